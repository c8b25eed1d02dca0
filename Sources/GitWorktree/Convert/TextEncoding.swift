internal import GitObjects
internal import Glibc

/// `working-tree-encoding`: a text's bytes in another encoding than UTF-8, by the system's `iconv`.
struct TextEncoding {
    private let name: String
    private let path: GitPath

    init(named name: String, _ path: GitPath) {
        self.name = name
        self.path = path
    }

    /// To UTF-8.
    func decode(_ bytes: [UInt8]) throws(WorktreeError) -> [UInt8] {
        try checkMark(bytes)
        let source = name.uppercased().hasSuffix("-BOM") ? String(name.dropLast(4)) : name
        guard let result = TextEncoding.convert(bytes, from: source, to: "UTF-8") else {
            throw .encoding(path, "failed to encode '\(path)' from \(name) to UTF-8")
        }
        // Back again, it must be the same.
        guard result.starts(with: [0xef, 0xbb, 0xbf]) else { return result }
        return Array(result.dropFirst(3))
    }

    /// From UTF-8.
    func encode(_ bytes: [UInt8]) throws(WorktreeError) -> [UInt8] {
        var target = name
        var mark: [UInt8] = []
        if name.uppercased() == "UTF-16LE-BOM" {
            target = "UTF-16LE"
            mark = [0xff, 0xfe]
        }
        guard let result = TextEncoding.convert(bytes, from: "UTF-8", to: target) else {
            throw .encoding(path, "failed to encode '\(path)' from UTF-8 to \(name)")
        }
        return mark + result
    }

    /// UTF-16 and UTF-32 need a byte order mark, and with the order in the name must not have one.
    private func checkMark(_ bytes: [UInt8]) throws(WorktreeError) {
        let upper = name.uppercased()
        let marks: [[UInt8]] = [[0, 0, 0xfe, 0xff], [0xff, 0xfe, 0, 0], [0xfe, 0xff], [0xff, 0xfe]]
        let hasMark = marks.contains { bytes.starts(with: $0) }
        if ["UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE"].contains(upper), hasMark {
            throw .encoding(path, "BOM is prohibited in '\(path)' if encoded as \(name)")
        }
        if ["UTF-16", "UTF-32"].contains(upper), !hasMark {
            throw .encoding(path, "BOM is required in '\(path)' if encoded as \(name)")
        }
    }

    private static func convert(_ bytes: [UInt8], from source: String, to target: String) -> [UInt8]? {
        guard let converter = iconv_open(target, source), converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        var input = bytes
        var output: [UInt8] = []
        return input.withUnsafeMutableBytes { raw -> [UInt8]? in
            var next: UnsafeMutablePointer<CChar>? = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            var left = raw.count
            while true {
                var isDone = false
                var failed = false
                let piece = [UInt8](unsafeUninitializedCapacity: max(left * 4, 64)) { buffer, count in
                    let capacity = buffer.count
                    var free = capacity
                    var place: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(buffer.baseAddress!)
                        .assumingMemoryBound(to: CChar.self)
                    let result =
                        left == 0
                        ? iconv(converter, nil, nil, &place, &free) : iconv(converter, &next, &left, &place, &free)
                    if result == .max && errno != E2BIG { failed = true }
                    isDone = result != .max && left == 0
                    count = capacity - free
                }
                if failed { return nil }
                output += piece
                if isDone { return output }
            }
        }
    }
}
