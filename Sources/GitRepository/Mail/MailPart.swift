/// One part of a message: headers and a body.
struct MailPart {
    private(set) var headers: [(name: String, value: [UInt8])] = []
    private let body: ArraySlice<UInt8>

    /// A body whose lines can be converted one by one.
    struct Body {
        let raw: [UInt8]
        let convert: ([UInt8]) -> [UInt8]
    }

    init(_ content: [UInt8], isMessage: Bool) {
        var start = 0
        if isMessage, content.starts(with: "From ".utf8) {
            start = content.firstIndex(of: 10).map { $0 + 1 } ?? content.count
        }
        while start < content.count {
            let end = content[start...].firstIndex(of: 10).map { $0 + 1 } ?? content.count
            var line = content[start..<end]
            if line.last == 10 { line = line.dropLast() }
            if line.last == 13 { line = line.dropLast() }
            if line.isEmpty {
                start = end
                break
            }
            if let first = line.first, first == 32 || first == 9 {
                guard !headers.isEmpty else { break }
                headers[headers.count - 1].value += [32] + MailPatch.trimmed(line)
            } else {
                guard let colon = line.firstIndex(of: 0x3a), !line[..<colon].contains(32) else { break }
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                headers.append((name, MailPatch.trimmed(line[(colon + 1)...])))
            }
            start = end
        }
        body = content[start...]
    }

    private func value(_ name: String) -> String? {
        headers.last { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// `name=value` of the content type, quotation marks taken off.
    private func parameter(_ name: String) -> String? {
        guard let type = value("content-type") else { return nil }
        for part in type.split(separator: ";").dropFirst() {
            let words = part.split(separator: "=", maxSplits: 1)
            guard words.count == 2, words[0].filter({ !$0.isWhitespace }).lowercased() == name else { continue }
            let text = words[1].drop(while: \.isWhitespace)
            if text.first == "\"" { return String(text.dropFirst().prefix { $0 != "\"" }) }
            return String(text.prefix { !$0.isWhitespace })
        }
        return nil
    }

    /// What sets the parts of a multipart body off.
    var boundary: String? {
        guard value("content-type")?.lowercased().hasPrefix("multipart/") == true else { return nil }
        return parameter("boundary")
    }

    var charset: String? { parameter("charset") }

    /// The parts of a multipart body.
    func parts(_ boundary: String) -> [[UInt8]] {
        let mark = Array("--\(boundary)".utf8)
        var result: [[UInt8]] = []
        var current: [UInt8]?
        var start = body.startIndex
        while start < body.endIndex {
            let end = body[start...].firstIndex(of: 10).map { $0 + 1 } ?? body.endIndex
            let line = body[start..<end]
            start = end
            if line.starts(with: mark) {
                if let current { result.append(current) }
                current = line.dropFirst(mark.count).starts(with: "--".utf8) ? nil : []
            } else {
                current?.append(contentsOf: line)
            }
        }
        if let current { result.append(current) }
        return result
    }

    /// The body as bytes, whatever it was coded as for the way.
    func decodedBody(_ convert: @escaping ([UInt8]) -> [UInt8]) -> Body {
        let coding = value("content-transfer-encoding")?.lowercased() ?? ""
        let raw: [UInt8]
        if coding.hasPrefix("quoted-printable") {
            raw = MailCoding.quotedPrintable(body, isHeader: false)
        } else if coding.hasPrefix("base64") {
            raw = MailCoding.base64(body)
        } else {
            raw = Array(body)
        }
        return Body(raw: raw, convert: convert)
    }
}
