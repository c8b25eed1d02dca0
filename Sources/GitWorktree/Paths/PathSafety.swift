public import GitObjects

extension GitPath {
    /// Whether the path may stand in an index and be written to a work tree: it stays inside, holds no empty, `.` or `..`
    /// component, and none that any file system would take for `.git`. The same for a link named `.gitmodules`.
    ///
    /// Names that only HFS+ takes for `.git` (ignorable code points in it) are always refused; Git refuses them with
    /// `core.protectHFS` and in `fsck`.
    public func isSafe(mode: FileMode = .regular) -> Bool {
        guard !bytes.isEmpty else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            var start = 0
            while start <= buffer.count {
                var end = start
                while end < buffer.count, buffer[end] != UInt8(ascii: "/") { end += 1 }
                let component = UnsafeBufferPointer(rebasing: buffer[start..<end])
                guard GitPath.isSafe(component: component, isLink: mode == .symbolicLink) else { return false }
                start = end + 1
            }
            return true
        }
    }

    private static func isSafe(component: UnsafeBufferPointer<UInt8>, isLink: Bool) -> Bool {
        guard let first = component.first else { return false }
        let dot = UInt8(ascii: ".")
        if first == dot {
            if component.count == 1 || (component.count == 2 && component[1] == dot) { return false }
        }
        for byte in component where byte == 0 { return false }
        // A backslash separates on NTFS: what follows it is looked at too.
        var start = 0
        while start < component.count {
            let rest = UnsafeBufferPointer(rebasing: component[start...])
            if isNTFSDotGit(rest) { return false }
            if isLink && isNTFSDotGitModules(rest) { return false }
            guard let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) else { break }
            start += backslash + 1
        }
        guard first == dot || first >= 0x80 else { return true }
        if isHFS(component, equalTo: ".git") { return false }
        if isLink && isHFS(component, equalTo: ".gitmodules") { return false }
        return true
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }

    private static func hasPrefix(_ name: UnsafeBufferPointer<UInt8>, _ prefix: StaticString) -> Bool {
        guard name.count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where lower(name[index]) != prefix.utf8Start[index] { return false }
        return true
    }

    /// Whether only dots and spaces follow up to the end, a backslash or a stream's colon.
    private static func isNTFSEnd(_ name: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        for byte in name[start...] {
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: ":") { return true }
            if byte != UInt8(ascii: ".") && byte != UInt8(ascii: " ") { return false }
        }
        return true
    }

    private static func isNTFSDotGit(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if hasPrefix(name, ".git") { return isNTFSEnd(name, from: 4) }
        if hasPrefix(name, "git~1") { return isNTFSEnd(name, from: 5) }
        return false
    }

    /// `.gitmodules` and the short names that NTFS may give it.
    private static func isNTFSDotGitModules(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if hasPrefix(name, ".gitmodules") { return isNTFSEnd(name, from: 11) }
        if hasPrefix(name, "gitmod~"), name.count >= 8, name[7] >= UInt8(ascii: "1"), name[7] <= UInt8(ascii: "4") {
            return isNTFSEnd(name, from: 8)
        }
        // gi7eba~1 and shorter prefixes of that hash with more digits.
        var sawTilde = false
        let short = Array("gi7eba".utf8)
        guard name.count >= 8 else { return false }
        for index in 0..<8 {
            let byte = lower(name[index])
            if sawTilde {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return false }
            } else if byte == UInt8(ascii: "~") {
                guard index + 1 < 8, name[index + 1] >= UInt8(ascii: "1"), name[index + 1] <= UInt8(ascii: "9") else {
                    return false
                }
                sawTilde = true
            } else if index >= 6 || byte != short[index] {
                return false
            }
        }
        return isNTFSEnd(name, from: 8)
    }

    /// Whether HFS+ takes the name for another: case folded, ignorable code points left out.
    private static func isHFS(_ name: UnsafeBufferPointer<UInt8>, equalTo other: StaticString) -> Bool {
        var index = 0
        var matched = 0
        while index < name.count {
            if name[index] == 0xe2, index + 2 < name.count, isIgnorable(name[index + 1], name[index + 2]) {
                index += 3
                continue
            }
            // U+FEFF
            if name[index] == 0xef, index + 2 < name.count, name[index + 1] == 0xbb, name[index + 2] == 0xbf {
                index += 3
                continue
            }
            guard matched < other.utf8CodeUnitCount, lower(name[index]) == other.utf8Start[matched] else {
                return false
            }
            matched += 1
            index += 1
        }
        return matched == other.utf8CodeUnitCount
    }

    /// U+200C to U+200F, U+202A to U+202E, U+206A to U+206F, after their first byte.
    private static func isIgnorable(_ second: UInt8, _ third: UInt8) -> Bool {
        (second == 0x80 && ((0x8c...0x8f).contains(third) || (0xaa...0xae).contains(third)))
            || (second == 0x81 && (0xaa...0xaf).contains(third))
    }
}
