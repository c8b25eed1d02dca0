extension Wildmatch.Matcher {
    private func lowered(_ byte: UInt8) -> UInt8 {
        options.contains(.ignoringCase) && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }

    /// Whether a byte is in the bracket expression that starts at `start`; nil where the expression has no end.
    func bracket(at start: Int, end: inout Int, byte rawByte: UInt8) -> Bool? {
        let byte = lowered(rawByte)
        var p = start + 1
        guard p < pattern.count else { return nil }
        var isNegated = false
        if pattern[p] == UInt8(ascii: "!") || pattern[p] == UInt8(ascii: "^") {
            isNegated = true
            p += 1
        }
        var isMember = false
        var previous: UInt8 = 0
        var isFirst = true
        while true {
            guard p < pattern.count else { return nil }
            let symbol = pattern[p]
            if symbol == UInt8(ascii: "]") && !isFirst { break }
            isFirst = false
            if symbol == UInt8(ascii: "\\") {
                p += 1
                guard p < pattern.count else { return nil }
                if byte == pattern[p] { isMember = true }
                previous = pattern[p]
            } else if symbol == UInt8(ascii: "-"), previous != 0, p + 1 < pattern.count,
                pattern[p + 1] != UInt8(ascii: "]")
            {
                p += 1
                if pattern[p] == UInt8(ascii: "\\") {
                    p += 1
                    guard p < pattern.count else { return nil }
                }
                if isInRange(byte, previous, pattern[p]) { isMember = true }
                previous = 0
            } else if symbol == UInt8(ascii: "["), p + 1 < pattern.count, pattern[p + 1] == UInt8(ascii: ":") {
                let nameStart = p + 2
                var close = nameStart
                while close < pattern.count, pattern[close] != UInt8(ascii: "]") { close += 1 }
                guard close < pattern.count else { return nil }
                if close > nameStart, pattern[close - 1] == UInt8(ascii: ":") {
                    guard let isIn = isInClass(byte, pattern[nameStart..<(close - 1)]) else { return nil }
                    if isIn { isMember = true }
                    p = close
                    previous = 0
                } else {
                    // No `:]`: the `[` stands for itself.
                    if byte == symbol { isMember = true }
                    previous = symbol
                }
            } else {
                if byte == symbol { isMember = true }
                previous = symbol
            }
            p += 1
        }
        end = p
        return isMember != isNegated
    }

    private func isInRange(_ byte: UInt8, _ low: UInt8, _ high: UInt8) -> Bool {
        if byte >= low && byte <= high { return true }
        guard options.contains(.ignoringCase), byte >= 0x61, byte <= 0x7a else { return false }
        let upper = byte & ~0x20
        return upper >= low && upper <= high
    }

    private func isInClass(_ byte: UInt8, _ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool? {
        let isLower = byte >= 0x61 && byte <= 0x7a
        let isUpper = byte >= 0x41 && byte <= 0x5a
        let isDigit = byte >= 0x30 && byte <= 0x39
        let isGraph = byte > 0x20 && byte < 0x7f
        switch String(decoding: name, as: UTF8.self) {
        case "alnum": return isLower || isUpper || isDigit
        case "alpha": return isLower || isUpper
        case "blank": return byte == 0x20 || byte == 9
        case "cntrl": return byte < 0x20 || byte == 0x7f
        case "digit": return isDigit
        case "graph": return isGraph
        case "lower": return isLower
        case "print": return isGraph || byte == 0x20
        case "punct": return isGraph && !(isLower || isUpper || isDigit)
        case "space": return byte == 0x20 || (byte >= 9 && byte <= 13)
        case "upper": return isUpper || (options.contains(.ignoringCase) && isLower)
        case "xdigit": return isDigit || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
        default: return nil
        }
    }
}
