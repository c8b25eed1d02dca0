/// The `Key: value` lines at a message's end.
struct Trailers {
    struct Item {
        let key: [UInt8]
        let value: [UInt8]
        /// The line or lines as written.
        let raw: [UInt8]
        /// Whether it is a trailer; other lines may stand among them.
        let isTrailer: Bool
    }

    struct Options {
        var keys: [String] = []
        var isOnly = false
        var unfolds = false
        var showsKeys = true
        var showsValues = true
        var separator: [UInt8]?
        var keySeparator: [UInt8]?

        /// Reads `key=…,only,unfold,separator=…`; nil where something is unknown.
        init?(parsing text: String) {
            for word in text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
                let equals = word.firstIndex(of: "=")
                let name = word[..<(equals ?? word.endIndex)]
                let value = equals.map { String(word[word.index(after: $0)...]) }
                let isOn = value.map { ["true", "yes", "on", "1"].contains($0.lowercased()) } ?? true
                switch name {
                case "key":
                    guard let value else { return nil }
                    keys.append((value.hasSuffix(":") ? String(value.dropLast()) : value).lowercased())
                    isOnly = true
                case "only": isOnly = isOn
                case "unfold": unfolds = isOn
                case "keyonly": showsValues = !isOn
                case "valueonly": showsKeys = !isOn
                case "separator": separator = Self.expand(value ?? "")
                case "key_value_separator": keySeparator = Self.expand(value ?? "")
                default: return nil
                }
            }
        }

        /// `%n` and `%x2C` in a separator.
        private static func expand(_ text: String) -> [UInt8] {
            var result: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"), rest.first == UInt8(ascii: "n") {
                    rest.removeFirst()
                    result.append(10)
                } else if byte == UInt8(ascii: "%"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
                    let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
                {
                    rest.removeFirst(3)
                    result.append(value)
                } else if byte == UInt8(ascii: "%"), rest.first == UInt8(ascii: "%") {
                    rest.removeFirst()
                    result.append(byte)
                } else {
                    result.append(byte)
                }
            }
            return result
        }
    }

    private(set) var items: [Item] = []

    init(_ message: ArraySlice<UInt8>) {
        var lines = message.split(separator: 10, omittingEmptySubsequences: false)
        while let last = lines.last, last.allSatisfy(CommitText.isSpace) { lines.removeLast() }
        guard let start = lines.lastIndex(where: { $0.allSatisfy(CommitText.isSpace) }), start > 0 else { return }
        let block = lines[(start + 1)...]
        var trailers = 0
        var others = 0
        var isRecognized = false
        for line in block {
            if let first = line.first, CommitText.isSpace(first) { continue }
            if Self.isOwn(line) {
                isRecognized = true
                trailers += 1
            } else if Self.colon(line) != nil {
                trailers += 1
            } else {
                others += 1
            }
        }
        guard trailers > 0, others == 0 || (isRecognized && trailers * 3 >= others) else { return }
        var pieces: [[ArraySlice<UInt8>]] = []
        for line in block {
            if let first = line.first, CommitText.isSpace(first), !pieces.isEmpty {
                pieces[pieces.count - 1].append(line)
            } else {
                pieces.append([line])
            }
        }
        for piece in pieces {
            let raw = Array(piece.joined(separator: [10]))
            guard let colon = Self.colon(piece[0]) else {
                items.append(Item(key: [], value: raw, raw: raw, isTrailer: false))
                continue
            }
            let key = piece[0][..<colon].filter { !CommitText.isSpace($0) }
            let end = raw.firstIndex(of: UInt8(ascii: ":")) ?? raw.count - 1
            var value = raw[(end + 1)...]
            while let first = value.first, CommitText.isSpace(first) { value.removeFirst() }
            while let last = value.last, CommitText.isSpace(last) { value.removeLast() }
            items.append(Item(key: Array(key), value: Array(value), raw: raw, isTrailer: true))
        }
    }

    private static func isOwn(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: "Signed-off-by: ".utf8) || line.starts(with: "(cherry picked from commit ".utf8)
    }

    /// Where the colon of a trailer stands; nil for another line.
    private static func colon(_ line: ArraySlice<UInt8>) -> Int? {
        var sawSpace = false
        for index in line.indices {
            let byte = line[index]
            if byte == UInt8(ascii: ":") { return index > line.startIndex ? index : nil }
            if byte == 0x20 || byte == 9 {
                if index == line.startIndex { return nil }
                sawSpace = true
                continue
            }
            let isName =
                (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)
                || byte == UInt8(ascii: "-")
            if !isName || sawSpace { return nil }
        }
        return nil
    }

    /// The trailers as `%(trailers:…)` prints them.
    func format(_ options: Options) -> [UInt8] {
        var result: [UInt8] = []
        for item in items {
            if !item.isTrailer && options.isOnly { continue }
            if !options.keys.isEmpty {
                guard options.keys.contains(String(decoding: item.key, as: UTF8.self).lowercased()) else { continue }
            }
            if let separator = options.separator, !result.isEmpty { result += separator }
            if item.isTrailer {
                let isPlain =
                    options.showsKeys && options.showsValues && !options.unfolds && options.keySeparator == nil
                    && options.separator == nil && options.keys.isEmpty && !options.isOnly
                if isPlain {
                    result += item.raw
                } else {
                    if options.showsKeys { result += item.key }
                    if options.showsKeys && options.showsValues { result += options.keySeparator ?? Array(": ".utf8) }
                    if options.showsValues { result += options.unfolds ? Self.unfold(item.value) : item.value }
                }
            } else {
                result += item.raw
            }
            if options.separator == nil { result.append(10) }
        }
        return result
    }

    private static func unfold(_ value: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = value[...]
        while let byte = rest.popFirst() {
            if byte == 10 {
                while let next = rest.first, CommitText.isSpace(next) { rest.removeFirst() }
                result.append(0x20)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
