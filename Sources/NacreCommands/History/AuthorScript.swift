internal import GitObjects

/// Who wrote a commit that is being made anew, in Git's file between two stops: lines that a shell could read.
enum AuthorScript {
    /// The file of an author.
    static func text(name: [UInt8], address: [UInt8], date: [UInt8]) -> [UInt8] {
        [("NAME", name), ("EMAIL", address), ("DATE", date)].flatMap { key, value in
            Array("GIT_AUTHOR_\(key)=".utf8) + ShellQuoting.quote(value) + [10]
        }
    }

    /// The file of a commit's author.
    static func text(_ author: Signature) -> [UInt8] {
        text(name: author.name, address: author.email, date: Array("@\(author.time) \(author.zoneText)".utf8))
    }

    /// Reads a file; nil where something is missing in it.
    static func parse(_ text: [UInt8]) -> (name: [UInt8], address: [UInt8], date: String)? {
        var values: [String: [UInt8]] = [:]
        for line in text.split(separator: 10) {
            guard let equals = line.firstIndex(of: 0x3d) else { continue }
            values[String(decoding: line[..<equals], as: UTF8.self)] = unquoted(line[(equals + 1)...])
        }
        guard let name = values["GIT_AUTHOR_NAME"], let address = values["GIT_AUTHOR_EMAIL"],
            let date = values["GIT_AUTHOR_DATE"]
        else { return nil }
        return (name, address, String(decoding: date, as: UTF8.self))
    }

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
}
