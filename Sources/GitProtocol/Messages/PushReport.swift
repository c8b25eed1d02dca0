public import Bytes
public import GitObjects

/// What became of a push: `report-status` and `report-status-v2`.
public struct PushReport: Sendable, Hashable {
    /// What became of one update.
    public struct Result: Sendable, Hashable {
        /// The ref.
        public var name: [UInt8]
        /// Why it was not moved; nil where it was.
        public var failure: String?
        /// What the server did instead of what was asked (`report-status-v2`); empty where it did that.
        public var options: [Option]

        /// Makes a result.
        public init(name: [UInt8], failure: String? = nil, options: [Option] = []) {
            self.name = name
            self.failure = failure
            self.options = options
        }
    }

    /// A difference between what was asked and what was done.
    public enum Option: Sendable, Hashable {
        /// Another ref was moved.
        case refName([UInt8])
        /// The ref stood here before.
        case old(ObjectID)
        /// The ref stands here now.
        case new(ObjectID)
        /// The move was none that only adds commits.
        case forcedUpdate
    }

    /// Why the pack was not taken; nil where it was.
    public var unpackFailure: String?
    /// What became of each update, in their order.
    public var results: [Result]

    /// Makes a report.
    public init(unpackFailure: String? = nil, results: [Result] = []) {
        self.unpackFailure = unpackFailure
        self.results = results
    }

    /// The report as packets, the last one a flush; `version` 2 adds the options.
    public func encoded(version: Int) -> [UInt8] {
        var writer = PktLineWriter()
        writer.write("unpack \(unpackFailure ?? "ok")\n")
        let newline = [UInt8(ascii: "\n")]
        for result in results {
            if let failure = result.failure {
                writer.write(Array("ng ".utf8) + result.name + Array(" \(failure)".utf8) + newline)
                continue
            }
            writer.write(Array("ok ".utf8) + result.name + newline)
            guard version >= 2 else { continue }
            for option in result.options {
                switch option {
                case .refName(let name): writer.write(Array("option refname ".utf8) + name + newline)
                case .old(let id): writer.write("option old-oid \(id.hex)\n")
                case .new(let id): writer.write("option new-oid \(id.hex)\n")
                case .forcedUpdate: writer.write("option forced-update\n")
                }
            }
        }
        writer.writeFlush()
        return writer.bytes
    }

    /// Reads a report's packets; the flush at the end may be among them.
    ///
    /// - Throws: ``ProtocolError`` where a line does not belong.
    public init(parsing bytes: [UInt8], algorithm: HashAlgorithm) throws(ProtocolError) {
        self.init()
        var reader = PktLineReader()
        reader.append(bytes)
        var isFirst = true
        while let packet = try reader.next() {
            guard let line = packet.line else { break }
            if isFirst {
                guard line.starts(with: Array("unpack ".utf8)) else {
                    throw .unexpectedLine(line, expected: "'unpack' and a status")
                }
                let status = ProtocolError.printable(line.dropFirst(7), limit: 4096)
                unpackFailure = status == "ok" ? nil : status
                isFirst = false
            } else {
                try take(line, algorithm: algorithm)
            }
        }
        if isFirst { throw .hungUp }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, algorithm: HashAlgorithm) throws(ProtocolError) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        let value = fields.count > 2 ? fields[2] : []
        switch String(decoding: fields[0], as: UTF8.self) {
        case "ok" where fields.count >= 2: results.append(Result(name: Array(fields[1])))
        case "ng" where fields.count >= 2:
            let reason = value.isEmpty ? "failed" : ProtocolError.printable(value, limit: 4096)
            results.append(Result(name: Array(fields[1]), failure: reason))
        case "option" where fields.count >= 2 && !results.isEmpty:
            try takeOption(String(decoding: fields[1], as: UTF8.self), value, line, algorithm)
        default: throw .unexpectedLine(line, expected: "'ok', 'ng' or 'option'")
        }
    }

    private mutating func takeOption(
        _ key: String, _ value: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>, _ algorithm: HashAlgorithm
    ) throws(ProtocolError) {
        func id() throws(ProtocolError) -> ObjectID {
            guard let id = ObjectID(hex: value, algorithm: algorithm) else {
                throw .unexpectedLine(line, expected: "an object id")
            }
            return id
        }
        let option: Option
        switch key {
        case "refname": option = .refName(Array(value))
        case "old-oid": option = .old(try id())
        case "new-oid": option = .new(try id())
        case "forced-update": option = .forcedUpdate
        default: return
        }
        results[results.count - 1].options.append(option)
    }
}
