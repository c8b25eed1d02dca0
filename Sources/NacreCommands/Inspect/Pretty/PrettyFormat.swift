internal import Bytes
internal import GitObjects
internal import GitRefs

/// Expands the placeholders of `--format` for one commit.
struct PrettyFormat {
    let context: PrettyContext
    let commit: CommitText
    var reflog: ReflogItem?
    /// `%m`: `>`, `<`, `-`, `=`.
    var mark = ">"
    /// How many columns the graph takes to the left.
    var graphWidth = 0

    private enum Flush { case none, left, right, both, leftAndSteal }
    private enum Truncation { case none, right, left, middle }

    private var output: [UInt8] = []
    private var flush = Flush.none
    private var truncation = Truncation.none
    private var padding = 0
    private var isColumn = false
    private var wrapStart = 0
    private var wrap = (width: 0, first: 0, rest: 0)
    private var isAutoColor = false
    private lazy var parts = CommitText.split(commit.message)

    init(_ context: PrettyContext, _ commit: CommitText) {
        self.context = context
        self.commit = commit
    }

    /// The format with everything filled in.
    mutating func expand(_ format: [UInt8]) throws -> [UInt8] {
        output.removeAll(keepingCapacity: true)
        output.reserveCapacity(256)
        var index = 0
        let percent = UInt8(ascii: "%")
        while index < format.count {
            guard let next = format[index...].firstIndex(of: percent) else {
                output += format[index...]
                break
            }
            output += format[index..<next]
            index = next + 1
            guard index < format.count else {
                output.append(percent)
                break
            }
            if format[index] == percent {
                output.append(percent)
                index += 1
                continue
            }
            let consumed = try item(format, index)
            if consumed == 0 { output.append(percent) }
            index += consumed
        }
        rewrap(0, 0, 0)
        return output
    }

    /// A placeholder with the signs that may stand before it; how many bytes it took.
    private mutating func item(_ format: [UInt8], _ start: Int) throws -> Int {
        var position = start
        let magic = format[position]
        let isMagic = magic == UInt8(ascii: "-") || magic == UInt8(ascii: "+") || magic == UInt8(ascii: " ")
        if isMagic { position += 1 }
        guard position < format.count else { return 0 }
        let before = output.count
        var consumed: Int
        if flush == .none {
            var text: [UInt8] = []
            consumed = try placeholder(format, position, &text)
            output += text
        } else {
            consumed = try padded(format, position)
        }
        guard consumed > 0 else { return 0 }
        if isMagic {
            consumed += 1
            let isEmpty = output.count == before
            if isEmpty && magic == UInt8(ascii: "-") {
                while output.last == 10 { output.removeLast() }
            } else if !isEmpty && magic == UInt8(ascii: "+") {
                output.insert(10, at: before)
            } else if !isEmpty && magic == UInt8(ascii: " ") {
                output.insert(0x20, at: before)
            }
        }
        return consumed
    }

    // MARK: Padding and wrapping

    private mutating func padded(_ format: [UInt8], _ start: Int) throws -> Int {
        var room = padding
        if isColumn {
            let lineStart = output.lastIndex(of: 10).map { $0 + 1 } ?? 0
            room = padding - TextColumns.width(output[lineStart...]) - graphWidth
        }
        var local: [UInt8] = []
        var total = 0
        var position = start
        while true {
            let isColor = format[position] == UInt8(ascii: "C")
            let consumed = try placeholder(format, position, &local)
            total += consumed
            position += consumed
            guard isColor, consumed > 0, position + 1 < format.count, format[position] == UInt8(ascii: "%") else {
                break
            }
            position += 1
            total += 1
        }
        let width = TextColumns.width(local[...])
        if flush == .leftAndSteal {
            while width > room, output.last == 0x20 {
                output.removeLast()
                room += 1
            }
            flush = .right
            if width <= room { room = max(room, width) }
        }
        if width > room {
            switch truncation {
            case .none: output += local
            case .left: output += Self.replace(local, 0, width - (room - 2))
            case .middle: output += Self.replace(local, room / 2 - 1, width - (room - 2))
            case .right: output += Self.replace(local, room - 2, width - (room - 2))
            }
        } else {
            let spaces = room - width
            let left = flush == .right ? spaces : flush == .both ? spaces / 2 : 0
            output += [UInt8](repeating: 0x20, count: left) + local + [UInt8](repeating: 0x20, count: spaces - left)
        }
        flush = .none
        return total
    }

    /// Text with some columns replaced by two dots.
    private static func replace(_ text: [UInt8], _ start: Int, _ width: Int) -> [UInt8] {
        var result: [UInt8] = []
        var column = 0
        var hasDots = false
        var index = 0
        while index < text.count {
            if let end = TextColumns.escapeEnd(text[...], index) {
                result += text[index..<end]
                index = end
                continue
            }
            guard let (scalar, length) = TextColumns.scalar(text[...], index) else { return text }
            let columns = TextColumns.width(scalar)
            if column >= start, column < start + width {
                if !hasDots { result += "..".utf8 }
                hasDots = true
            } else {
                result += text[index..<(index + length)]
            }
            column += columns
            index += length
        }
        return result
    }

    private mutating func rewrap(_ width: Int, _ first: Int, _ rest: Int) {
        if wrap == (width, first, rest) { return }
        if wrapStart < output.count, wrap != (0, 0, 0) {
            let tail = Array(output[wrapStart...])
            output.removeSubrange(wrapStart...)
            output += TextWrapping.wrap(tail, width: wrap.width, first: wrap.first, rest: wrap.rest)
        }
        wrapStart = output.count
        wrap = (width, first, rest)
    }

    /// Reads `<(20,trunc)`, `>|(30)`, `>>(10)`, `><(10)`.
    private mutating func paddingPlaceholder(_ format: [UInt8], _ start: Int) -> Int {
        var position = start
        var kind = Flush.left
        if format[position] == UInt8(ascii: ">") {
            kind = .right
            position += 1
            if position < format.count, format[position] == UInt8(ascii: "<") {
                kind = .both
                position += 1
            } else if position < format.count, format[position] == UInt8(ascii: ">") {
                kind = .leftAndSteal
                position += 1
            }
        } else {
            position += 1
        }
        var column = false
        if position < format.count, format[position] == UInt8(ascii: "|") {
            column = true
            position += 1
        }
        guard position < format.count, format[position] == UInt8(ascii: "("),
            let close = format[position...].firstIndex(of: UInt8(ascii: ")"))
        else { return 0 }
        let words = String(decoding: format[(position + 1)..<close], as: UTF8.self).split(separator: ",")
        guard let first = words.first, let width = Int(first.trimmed), width > 0, words.count <= 2 else { return 0 }
        switch words.count == 2 ? words[1].trimmed : "" {
        case "": truncation = .none
        case "trunc": truncation = .right
        case "ltrunc": truncation = .left
        case "mtrunc": truncation = .middle
        default: return 0
        }
        (padding, isColumn, flush) = (width, column, kind)
        return close + 1 - start
    }

    // MARK: Placeholders

    private mutating func placeholder(_ format: [UInt8], _ at: Int, _ sink: inout [UInt8]) throws -> Int {
        func letter(_ offset: Int) -> UInt8 { at + offset < format.count ? format[at + offset] : 0 }
        switch letter(0) {
        case UInt8(ascii: "n"):
            sink.append(10)
            return 1
        case UInt8(ascii: "x"):
            guard let high = Hex.value(letter(1)), let low = Hex.value(letter(2)) else { return 0 }
            sink.append(high << 4 | low)
            return 3
        case UInt8(ascii: "C"): return color(format, at, &sink)
        case UInt8(ascii: "w"): return wrapPlaceholder(format, at)
        case UInt8(ascii: "<"), UInt8(ascii: ">"): return paddingPlaceholder(format, at)
        case UInt8(ascii: "H"):
            if isAutoColor { sink += context.decorationColors.commit.utf8 }
            sink += commit.id.hexBytes
            if isAutoColor { sink += TerminalColor.reset.utf8 }
        case UInt8(ascii: "h"):
            if isAutoColor { sink += context.decorationColors.commit.utf8 }
            sink += context.abbreviate(commit.id).utf8
            if isAutoColor { sink += TerminalColor.reset.utf8 }
        case UInt8(ascii: "T"): sink += commit.tree.hexBytes
        case UInt8(ascii: "t"): sink += context.abbreviate(commit.tree).utf8
        case UInt8(ascii: "P"): sink += commit.parents.map(\.hex).joined(separator: " ").utf8
        case UInt8(ascii: "p"): sink += commit.parents.map { context.abbreviate($0) }.joined(separator: " ").utf8
        case UInt8(ascii: "m"): sink += mark.utf8
        case UInt8(ascii: "d"):
            sink += decoration(" (", ")").utf8
        case UInt8(ascii: "D"): sink += decoration("", "").utf8
        case UInt8(ascii: "S"): sink += (context.sourceOf(commit.id) ?? "").utf8
        case UInt8(ascii: "e"): sink += (commit.encoding ?? "").utf8
        case UInt8(ascii: "s"): sink += parts.subject
        case UInt8(ascii: "f"): sink += Self.fileName(parts.subject)
        case UInt8(ascii: "b"): sink += parts.body
        case UInt8(ascii: "B"): sink += commit.message.drop { $0 == 10 }
        case UInt8(ascii: "N"):
            guard let notes = context.notes else { return 1 }
            sink += try notes.text(commit.id, raw: true)
        case UInt8(ascii: "a"): return person(commit.author, letter(1), &sink)
        case UInt8(ascii: "c"): return person(commit.committer, letter(1), &sink)
        case UInt8(ascii: "g"): return reflogPlaceholder(letter(1), &sink)
        case UInt8(ascii: "G"): return try signature(letter(1), &sink)
        case UInt8(ascii: "("): return try longPlaceholder(format, at, &sink)
        default: return 0
        }
        return 1
    }

    private func decoration(_ prefix: String, _ suffix: String) -> String {
        context.decorations.text(
            commit.id, style: .short, prefix: prefix, suffix: suffix,
            colors: isAutoColor ? context.decorationColors : nil)
    }

    private mutating func wrapPlaceholder(_ format: [UInt8], _ at: Int) -> Int {
        guard at + 1 < format.count, format[at + 1] == UInt8(ascii: "("),
            let close = format[(at + 1)...].firstIndex(of: UInt8(ascii: ")"))
        else { return 0 }
        let text = String(decoding: format[(at + 2)..<close], as: UTF8.self)
        var numbers = [0, 0, 0]
        if !text.isEmpty {
            let words = text.split(separator: ",", omittingEmptySubsequences: false)
            guard words.count <= 3 else { return 0 }
            for (index, word) in words.enumerated() {
                guard let number = Int(word.trimmed), number >= 0, number < 16384 else { return 0 }
                numbers[index] = number
            }
        }
        rewrap(numbers[0], numbers[1], numbers[2])
        return close + 1 - at
    }

    private mutating func color(_ format: [UInt8], _ at: Int, _ sink: inout [UInt8]) -> Int {
        let rest = format[(at + 1)...]
        if rest.first == UInt8(ascii: "(") {
            guard let close = rest.firstIndex(of: UInt8(ascii: ")")) else { return 0 }
            var text = String(decoding: format[(at + 2)..<close], as: UTF8.self)
            let length = close + 1 - at
            if text == "auto" {
                isAutoColor = context.usesColor
                if isAutoColor, !sink.isEmpty || (flush == .none && !output.isEmpty) {
                    sink += TerminalColor.reset.utf8
                }
                return length
            }
            var isOn = context.usesColor
            if text.hasPrefix("auto,") {
                text = String(text.dropFirst(5))
            } else if text.hasPrefix("always,") {
                text = String(text.dropFirst(7))
                isOn = true
            }
            isAutoColor = false
            guard let sequence = TerminalColor.sequence(text) else { return 0 }
            if isOn { sink += sequence.utf8 }
            return length
        }
        for name in ["red", "green", "blue", "reset"] where rest.starts(with: name.utf8) {
            isAutoColor = false
            if context.usesColor { sink += (TerminalColor.sequence(name) ?? "").utf8 }
            return 1 + name.utf8.count
        }
        return 0
    }

    private func person(_ signature: Signature, _ letter: UInt8, _ sink: inout [UInt8]) -> Int {
        func show(_ style: DateStyle) -> String { context.date(signature, DateStyle.Mode(style)) }
        switch letter {
        case UInt8(ascii: "n"): sink += signature.name
        case UInt8(ascii: "N"): sink += context.mapped(signature).name
        case UInt8(ascii: "e"): sink += signature.email
        case UInt8(ascii: "E"): sink += context.mapped(signature).email
        case UInt8(ascii: "l"): sink += signature.email.prefix { $0 != UInt8(ascii: "@") }
        case UInt8(ascii: "L"): sink += context.mapped(signature).email.prefix { $0 != UInt8(ascii: "@") }
        case UInt8(ascii: "d"): sink += context.date(signature).utf8
        case UInt8(ascii: "D"): sink += show(.rfc2822).utf8
        case UInt8(ascii: "r"): sink += show(.relative).utf8
        case UInt8(ascii: "t"): sink += String(signature.time).utf8
        case UInt8(ascii: "i"): sink += show(.iso).utf8
        case UInt8(ascii: "I"): sink += show(.isoStrict).utf8
        case UInt8(ascii: "s"): sink += show(.short).utf8
        case UInt8(ascii: "h"): sink += show(.human).utf8
        default: return 0
        }
        return 2
    }

    private func reflogPlaceholder(_ letter: UInt8, _ sink: inout [UInt8]) -> Int {
        let known = "dDgsnNeE".utf8.contains(letter)
        guard let reflog else { return known ? 2 : 0 }
        switch letter {
        case UInt8(ascii: "D"): sink += selector(reflog, reflog.fullName.string).utf8
        case UInt8(ascii: "d"): sink += selector(reflog, reflog.name).utf8
        case UInt8(ascii: "s"): sink += reflog.entry.message
        case UInt8(ascii: "n"): sink += reflog.entry.committer.name
        case UInt8(ascii: "N"): sink += context.mapped(reflog.entry.committer).name
        case UInt8(ascii: "e"): sink += reflog.entry.committer.email
        case UInt8(ascii: "E"): sink += context.mapped(reflog.entry.committer).email
        default: return 0
        }
        return 2
    }

    func selector(_ item: ReflogItem, _ name: String) -> String {
        "\(name)@{\(item.showsDate ? context.date(item.entry.committer) : String(item.position))}"
    }

    private func signature(_ letter: UInt8, _ sink: inout [UInt8]) throws -> Int {
        guard "GSKFPT?".utf8.contains(letter) else { return 0 }
        guard let check = try context.verify(commit.id) else {
            if letter == UInt8(ascii: "?") { sink += "N".utf8 }
            if letter == UInt8(ascii: "T") { sink += "undefined".utf8 }
            return 2
        }
        switch letter {
        case UInt8(ascii: "?"): sink += String(check.status).utf8
        case UInt8(ascii: "G"): sink += check.output
        case UInt8(ascii: "S"): sink += check.signer.utf8
        case UInt8(ascii: "K"): sink += check.key.utf8
        case UInt8(ascii: "F"): sink += check.fingerprint.utf8
        case UInt8(ascii: "P"): sink += check.primaryFingerprint.utf8
        default: sink += check.trust.utf8
        }
        return 2
    }

    private func longPlaceholder(_ format: [UInt8], _ at: Int, _ sink: inout [UInt8]) throws -> Int {
        guard let close = format[at...].firstIndex(of: UInt8(ascii: ")")) else { return 0 }
        let text = String(decoding: format[(at + 1)..<close], as: UTF8.self)
        let colon = text.firstIndex(of: ":")
        let name = String(text[..<(colon ?? text.endIndex)])
        let arguments = colon.map { String(text[text.index(after: $0)...]) } ?? ""
        switch name {
        case "trailers":
            guard let options = Trailers.Options(parsing: arguments) else { return 0 }
            sink += Trailers(commit.message).format(options)
        case "describe": sink += (try context.describe(commit.id, arguments) ?? "").utf8
        default: return 0
        }
        return close + 1 - at
    }

    /// A subject as a file's name: letters, digits, dots and underscores, dashes for the rest.
    static func fileName(_ subject: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var needsDash = false
        for byte in subject {
            let isGood =
                (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            if isGood {
                if needsDash && !result.isEmpty { result.append(UInt8(ascii: "-")) }
                needsDash = false
                result.append(byte)
                if byte == UInt8(ascii: "."), result.suffix(2).elementsEqual([byte, byte]) { result.removeLast() }
            } else {
                needsDash = true
            }
        }
        while result.last == UInt8(ascii: ".") || result.last == UInt8(ascii: "-") { result.removeLast() }
        return result
    }
}

extension Substring {
    /// Without white space at the ends.
    var trimmed: String {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}

extension String {
    var trimmed: String { self[...].trimmed }
}
