/// The header lines of a commit or tag: `name SP value LF`, a value's further lines indented by one space, ended by an
/// empty line. Kept in order and as written, so that what this program does not know survives.
struct Headers: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        var name: String
        var value: [UInt8]
    }

    var lines: [Line] = []

    init() {}

    /// Reads the headers at the beginning of `content`; gives back where the message starts.
    init(parsing content: [UInt8], kind: ObjectKind, messageStart: inout Int) throws(ObjectError) {
        let newline = UInt8(ascii: "\n")
        let space = UInt8(ascii: " ")
        var offset = 0
        while offset < content.count {
            let end = content[offset...].firstIndex(of: newline) ?? content.count
            if end == offset {
                offset += 1
                break
            }
            if content[offset] == space {
                guard !lines.isEmpty else { throw .malformed(kind, offset: offset, expected: "a header") }
                lines[lines.count - 1].value.append(newline)
                lines[lines.count - 1].value.append(contentsOf: content[(offset + 1)..<end])
            } else {
                let split = content[offset..<end].firstIndex(of: space) ?? end
                lines.append(
                    Line(
                        name: String(decoding: content[offset..<split], as: UTF8.self),
                        value: Array(content[min(split + 1, end)..<end])))
            }
            offset = min(end + 1, content.count)
        }
        messageStart = offset
    }

    /// The first value of that name.
    func first(_ name: String) -> [UInt8]? { lines.first { $0.name == name }?.value }

    /// Where a value of that name starts; for messages about a damaged object.
    func offset(of name: String) -> Int {
        var offset = 0
        for line in lines {
            if line.name == name { return offset }
            offset += line.name.utf8.count + line.value.count + 2
        }
        return offset
    }

    func encode(into output: inout [UInt8]) {
        for line in lines {
            output.append(contentsOf: line.name.utf8)
            output.append(UInt8(ascii: " "))
            for byte in line.value {
                output.append(byte)
                if byte == UInt8(ascii: "\n") { output.append(UInt8(ascii: " ")) }
            }
            output.append(UInt8(ascii: "\n"))
        }
        output.append(UInt8(ascii: "\n"))
    }
}
