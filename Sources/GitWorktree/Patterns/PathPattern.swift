internal import GitObjects

/// One pattern of an ignore or attributes file.
struct PathPattern: Sendable {
    /// The pattern without `!` before and `/` after it.
    let bytes: [UInt8]
    /// Whether it began with `!`.
    let isNegative: Bool
    /// Whether it ended with `/`: only directories match.
    let isForDirectories: Bool
    /// Whether it holds no slash: the last component is matched, at any depth.
    let isForNames: Bool
    /// How many bytes at its beginning are literal.
    let literalCount: Int
    /// Whether it is `*` and a literal.
    let isSuffix: Bool

    init(_ text: ArraySlice<UInt8>) {
        var text = text
        isNegative = text.first == UInt8(ascii: "!")
        if isNegative { text.removeFirst() }
        isForDirectories = text.last == UInt8(ascii: "/")
        if isForDirectories { text.removeLast() }
        bytes = Array(text)
        isForNames = !bytes.contains(UInt8(ascii: "/"))
        literalCount = Wildmatch.literalCount(bytes)
        isSuffix =
            bytes.first == UInt8(ascii: "*") && Wildmatch.literalCount(bytes.dropFirst()) == bytes.count - 1
    }

    /// Whether a path matches.
    ///
    /// - Parameters:
    ///   - path: the whole path from the top.
    ///   - nameStart: where its last component starts.
    ///   - baseCount: how many bytes of it are the directory of the file that holds the pattern (no slash counted).
    func matches(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, baseCount: Int, isDirectory: Bool, ignoringCase: Bool
    ) -> Bool {
        if isForDirectories && !isDirectory { return false }
        let options: Wildmatch.Options = ignoringCase ? [.ignoringCase] : []
        return bytes.withUnsafeBufferPointer { pattern in
            if isForNames {
                let name = UnsafeBufferPointer(rebasing: path[nameStart...])
                if literalCount == pattern.count { return PathPattern.equal(pattern, name, ignoringCase) }
                if isSuffix {
                    let count = pattern.count - 1
                    return count <= name.count
                        && PathPattern.equal(
                            UnsafeBufferPointer(rebasing: pattern[1...]),
                            UnsafeBufferPointer(rebasing: name[(name.count - count)...]), ignoringCase)
                }
                return Wildmatch.matches(pattern: pattern, text: name, options: options)
            }
            var pattern = pattern
            var literal = literalCount
            if pattern.first == UInt8(ascii: "/") {
                pattern = UnsafeBufferPointer(rebasing: pattern[1...])
                literal -= 1
            }
            let start = baseCount == 0 ? 0 : baseCount + 1
            guard start <= path.count else { return false }
            let name = UnsafeBufferPointer(rebasing: path[start...])
            guard literal <= name.count,
                PathPattern.equal(
                    UnsafeBufferPointer(rebasing: pattern[..<literal]), UnsafeBufferPointer(rebasing: name[..<literal]),
                    ignoringCase)
            else { return false }
            if literal == pattern.count { return literal == name.count }
            return Wildmatch.matches(
                pattern: UnsafeBufferPointer(rebasing: pattern[literal...]),
                text: UnsafeBufferPointer(rebasing: name[literal...]), options: options.union(.pathname))
        }
    }

    private static func equal(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, _ ignoringCase: Bool
    ) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] {
            guard ignoringCase else { return false }
            let a = left[index] | 0x20
            guard a == right[index] | 0x20, a >= UInt8(ascii: "a"), a <= UInt8(ascii: "z") else { return false }
        }
        return true
    }
}
