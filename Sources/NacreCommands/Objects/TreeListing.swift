internal import GitConfig
internal import GitObjects
internal import GitRepository

/// What the verbs that list trees share.
enum TreeListing {
    /// Six octal digits of a mode as it was written.
    static func mode(_ raw: UInt32) -> String {
        let digits = String(raw, radix: 8)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// `core.quotePath`.
    static func quotesHighBytes(_ context: Context) -> Bool {
        ((try? context.repository().config.bool("core.quotepath")) ?? nil) ?? true
    }
}

extension TreeListing {
    /// `path` as seen from the directory `prefix`, which ends with a slash.
    static func relative(_ path: [UInt8], to prefix: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        if path.count + 1 == prefix.count, prefix.starts(with: path) { return Array("./".utf8) }
        var common = 0
        for (index, byte) in zip(path, prefix).map({ $0 == $1 ? $0 : nil }).enumerated() {
            guard let byte else { break }
            if byte == slash { common = index + 1 }
        }
        let up = prefix[common...].count { $0 == slash }
        let rest = Array(repeatElement(Array("../".utf8), count: up).joined()) + path[common...]
        return rest.isEmpty ? Array("./".utf8) : rest
    }
}

extension Context {
    /// Whether there is no work tree.
    var isBare: Bool { ((try? repository().workTree) ?? nil) == nil }
}
