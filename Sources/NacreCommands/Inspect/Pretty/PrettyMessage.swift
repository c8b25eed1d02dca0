internal import GitObjects

/// The built-in styles: headers and the indented message.
struct PrettyMessage {
    private let context: PrettyContext
    private let style: LogStyle
    private let tabWidth: Int

    init(_ context: PrettyContext, _ style: LogStyle, tabWidth: Int?) {
        self.context = context
        self.style = style
        self.tabWidth = tabWidth ?? ([LogStyle.medium, .full, .fuller].contains(style) ? 8 : 0)
    }

    /// Everything below the line with the id.
    func text(_ commit: CommitText, parents: [ObjectID]) -> [UInt8] {
        if style == .oneline { return Self.title(commit) }
        var result: [UInt8] = []
        headers(commit, parents, &result)
        var bodyStart = 0
        if style.isMail {
            mailSubject(commit, &result)
            bodyStart = result.count
            remainder(commit.body, &result)
        } else {
            result.append(10)
            remainder(commit.message, &result)
        }
        while let last = result.last, CommitText.isSpace(last) { result.removeLast() }
        result.append(10)
        // The empty line between header and body stays where there is no body.
        if style.isMail && result.count <= bodyStart { result.append(10) }
        return result
    }

    private static func title(_ commit: CommitText) -> [UInt8] { commit.subject }

    private func headers(_ commit: CommitText, _ parents: [ObjectID], _ result: inout [UInt8]) {
        if style == .raw {
            result += commit.headers
            return
        }
        if parents.count > 1, !style.isMail {
            result += "Merge:".utf8
            for parent in parents { result += " \(context.abbreviate(parent))".utf8 }
            result.append(10)
        }
        func person(_ label: String, _ signature: Signature) {
            let signature = context.mapped(signature)
            result += label.utf8
            result += signature.name + Array(" <".utf8) + signature.email + Array(">\n".utf8)
        }
        func date(_ label: String, _ signature: Signature) {
            result += "\(label)\(context.date(signature))\n".utf8
        }
        switch style {
        case .short: person("Author: ", commit.author)
        case .full:
            person("Author: ", commit.author)
            person("Commit: ", commit.committer)
        case .fuller:
            person("Author:     ", commit.author)
            date("AuthorDate: ", commit.author)
            person("Commit:     ", commit.committer)
            date("CommitDate: ", commit.committer)
        case .email, .mboxrd:
            person("From: ", commit.author)
            result += "Date: \(context.date(commit.author, DateStyle.Mode(.rfc2822)))\n".utf8
        default:
            person("Author: ", commit.author)
            date("Date:   ", commit.author)
        }
    }

    private func mailSubject(_ commit: CommitText, _ result: inout [UInt8]) {
        result += "Subject: [PATCH] ".utf8
        result += commit.subject
        result += "\n\n".utf8
    }

    private func remainder(_ message: ArraySlice<UInt8>, _ result: inout [UInt8]) {
        let indent = style.isMail ? 0 : 4
        var isFirst = true
        var start = message.startIndex
        while start < message.endIndex {
            let end = message[start...].firstIndex(of: 10) ?? message.endIndex
            var line = message[start..<end]
            start = min(end + 1, message.endIndex)
            while let last = line.last, CommitText.isSpace(last) { line.removeLast() }
            if line.isEmpty {
                if isFirst { continue }
                if style == .short { break }
            }
            isFirst = false
            result += [UInt8](repeating: 0x20, count: indent)
            if tabWidth > 0 { expandTabs(line, &result) } else { result += line }
            result.append(10)
        }
    }

    private func expandTabs(_ line: ArraySlice<UInt8>, _ result: inout [UInt8]) {
        var rest = line
        while let tab = rest.firstIndex(of: 9) {
            let before = rest[..<tab]
            result += before
            let width = TextColumns.width(before)
            result += [UInt8](repeating: 0x20, count: tabWidth - width % tabWidth)
            rest = rest[(tab + 1)...]
        }
        result += rest
    }
}
