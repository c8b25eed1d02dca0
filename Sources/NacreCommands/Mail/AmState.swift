internal import Bytes
internal import GitObjects
internal import GitRepository

/// What `am` keeps between its stops, in Git's files (`rebase-apply/`), so that either program can go on.
struct AmState {
    static let directory = "rebase-apply"
    let support: MergeSupport

    func path(_ name: String) -> String { "\(Self.directory)/\(name)" }

    func read(_ name: String) throws -> [UInt8]? { try support.read(path(name)) }

    func line(_ name: String) throws -> String? { try support.readLine(path(name)) }

    func write(_ name: String, _ content: [UInt8]) throws { try support.write(path(name), content) }

    func write(_ name: String, _ text: String) throws { try write(name, Array((text + "\n").utf8)) }

    func flag(_ name: String, default fallback: Bool = false) throws -> Bool {
        try line(name).map { $0 == "t" } ?? fallback
    }

    func setFlag(_ name: String, _ value: Bool) throws { try write(name, value ? "t" : "f") }

    func number(_ name: String) throws -> Int { Int(try line(name) ?? "") ?? 0 }

    func remove(_ names: String...) throws { for name in names { try Files.remove(support.file(path(name))) } }

    var exists: Bool {
        get throws { try read("last") != nil && read("next") != nil }
    }

    static func mailName(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    }

    // MARK: The author

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x27]
        for byte in text {
            if byte == 0x27 || byte == 0x21 { result += [0x27, 0x5c, byte, 0x27] } else { result.append(byte) }
        }
        return result + [0x27]
    }

    /// What ``quoted(_:)`` made, put back.
    private static func unquoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in text {
            if isEscaped {
                result.append(byte)
                isEscaped = false
            } else if byte == 0x27 {
                isQuoted.toggle()
            } else if byte == 0x5c, !isQuoted {
                isEscaped = true
            } else {
                result.append(byte)
            }
        }
        return result
    }

    func writeAuthor(name: [UInt8], address: [UInt8], date: [UInt8]) throws {
        var text: [UInt8] = []
        for (key, value) in [("NAME", name), ("EMAIL", address), ("DATE", date)] {
            text += Array("GIT_AUTHOR_\(key)=".utf8) + Self.quoted(value) + [10]
        }
        try write("author-script", text)
    }

    func author() throws -> (name: [UInt8], address: [UInt8], date: String) {
        var values: [String: [UInt8]] = [:]
        for line in (try read("author-script") ?? []).split(separator: 10) {
            guard let equals = line.firstIndex(of: 0x3d) else { continue }
            values[String(decoding: line[..<equals], as: UTF8.self)] = Self.unquoted(line[(equals + 1)...])
        }
        guard let name = values["GIT_AUTHOR_NAME"], let address = values["GIT_AUTHOR_EMAIL"],
            let date = values["GIT_AUTHOR_DATE"]
        else { throw CommandError.fatal("could not parse author script") }
        return (name, address, String(decoding: date, as: UTF8.self))
    }
}
