/// Looks through an index file's bytes for names, without making its entries.
public enum IndexNameScan {
    /// Whether an index file may hold a path that ends with one of the names; false only where it surely holds none.
    ///
    /// What cannot be told by passing over the entries (version 4 shares prefixes, split and sparse indexes leave entries
    /// out, damage) counts as true: whoever reads the index then finds out. The file's hash is not looked at.
    ///
    /// - Complexity: O(n), a few loads an entry and no allocation.
    public static func mayHold(_ names: [[UInt8]], in content: [UInt8], idByteCount: Int) -> Bool {
        let end = content.count - idByteCount
        guard end >= 12, content[0...3].elementsEqual("DIRC".utf8) else { return true }
        let version = word(content, 4)
        guard version == 2 || version == 3 else { return true }
        let fixed = 40 + idByteCount + 2
        let lasts = Set(names.compactMap(\.last))
        var offset = 12
        for _ in 0..<word(content, 8) {
            guard end - offset >= fixed else { return true }
            let bits = UInt16(content[offset + fixed - 2]) << 8 | UInt16(content[offset + fixed - 1])
            let start = offset + fixed + (bits & 0x4000 != 0 ? 2 : 0)
            let length = Int(bits & 0xfff)
            // A path that is too long for its field, or of no length: a split index's.
            guard length > 0, length < 0xfff, start + length < end else { return true }
            if lasts.contains(content[start + length - 1]) {
                let path = content[start..<(start + length)]
                if names.contains(where: { path.suffix($0.count).elementsEqual($0) }) { return true }
            }
            offset += (start - offset + length + 8) & ~7
        }
        while offset < end {
            guard end - offset >= 8 else { return true }
            let name = content[offset..<(offset + 4)]
            if name.elementsEqual("link".utf8) || name.elementsEqual("sdir".utf8) { return true }
            offset += 8 + word(content, offset + 4)
        }
        return offset != end
    }

    private static func word(_ content: [UInt8], _ offset: Int) -> Int {
        Int(content[offset]) << 24 | Int(content[offset + 1]) << 16 | Int(content[offset + 2]) << 8
            | Int(content[offset + 3])
    }
}
