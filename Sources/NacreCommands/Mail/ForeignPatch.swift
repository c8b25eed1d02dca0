internal import GitObjects

/// Patches that other programs write: StGit's and Mercurial's, read as mail.
enum ForeignPatch {
    /// What a file of patches is.
    enum Format: String {
        case mbox, mboxrd, stgit, hg
        case stgitSeries = "stgit-series"
    }

    /// What the first lines of a file say that it is; nil where they say nothing.
    static func detect(_ content: [UInt8]) -> Format? {
        let lines = content.split(separator: 10, omittingEmptySubsequences: false).prefix(64).drop { $0.isEmpty }
        guard let first = lines.first else { return nil }
        func begins(_ line: ArraySlice<UInt8>, _ words: String...) -> Bool {
            words.contains { line.starts(with: $0.utf8) }
        }
        if begins(first, "From ", "From: ") { return .mbox }
        if begins(first, "# This series applies on GIT commit") { return .stgitSeries }
        if first.elementsEqual("# HG changeset patch".utf8) { return .hg }
        let next = Array(lines.dropFirst().prefix(2))
        if next.count == 2, next[0].isEmpty, begins(next[1], "From:", "Author:", "Date:") { return .stgit }
        return nil
    }

    /// The patches that a series of StGit's names, one a line.
    static func names(inSeries content: [UInt8]) -> [[UInt8]] {
        content.split(separator: 10).filter { $0.first != UInt8(ascii: "#") }.map { Array($0) }
    }

    /// A patch of StGit's: the subject first, then who and when, then the rest of the message.
    static func mail(fromStGit content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var hasSubject = false
        var rest = content[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 10 }
            rest = rest.dropFirst(line.count + 1)
            if line.allSatisfy({ $0 == 32 || (9...13).contains($0) }) { continue }
            if line.starts(with: "Author:".utf8) {
                result += Array("From:".utf8) + line.dropFirst(7) + [10]
            } else if line.starts(with: "From".utf8) || line.starts(with: "Date".utf8) {
                result += line + [10]
            } else if !hasSubject {
                result += Array("Subject: ".utf8) + line + [10]
                hasSubject = true
            } else {
                result += [10] + line + [10]
                break
            }
        }
        return result + rest
    }

    /// A patch of Mercurial's: lines that begin with `#`, then the message.
    ///
    /// - Throws: where the date cannot be read.
    static func mail(fromMercurial content: [UInt8], now: Int64) throws(CommandError) -> [UInt8] {
        var result: [UInt8] = []
        var rest = content[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 10 }
            rest = rest.dropFirst(line.count + 1)
            if line.starts(with: "# User ".utf8) {
                result += Array("From: ".utf8) + line.dropFirst(7) + [10]
            } else if line.starts(with: "# Date ".utf8) {
                let date = try date(String(decoding: line.dropFirst(7), as: UTF8.self))
                let text = DateStyle.Mode(.rfc2822).format(date, now: now, localZone: { _ in 0 })
                result += Array("Date: \(text)\n".utf8)
            } else if !line.starts(with: "# ".utf8) {
                result += [10] + line + [10]
                break
            }
        }
        return result + rest
    }

    /// Seconds, and the zone as seconds west of Greenwich.
    private static func date(_ text: String) throws(CommandError) -> Signature {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), let west = Int(parts[1]) else {
            throw CommandError.error("invalid Date line")
        }
        return Signature(name: [], email: [], time: seconds, zoneMinutes: -west / 60)
    }
}
