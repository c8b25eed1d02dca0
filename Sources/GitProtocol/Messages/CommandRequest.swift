public import Bytes

/// A request of version 2: a command, capabilities, and the command's arguments.
public struct CommandRequest: Sendable, Hashable {
    /// The command: `ls-refs`, `fetch`, ….
    public var command: String
    /// What the client says of itself: `agent=…`, `object-format=…`, `server-option=…`.
    public var capabilities: CapabilityList
    /// The arguments, without newlines where read, with newlines where written.
    public var arguments: [[UInt8]]

    /// The most lines that a request may have.
    public static let lineLimit = 5_000_000

    /// Makes a request.
    public init(command: String, capabilities: CapabilityList, arguments: [[UInt8]]) {
        self.command = command
        self.capabilities = capabilities
        self.arguments = arguments
    }

    /// The request as packets.
    public var encoded: [UInt8] {
        var writer = PktLineWriter()
        writer.write("command=\(command)\n")
        for word in capabilities.words { writer.write(word + "\n") }
        if !arguments.isEmpty {
            writer.writeDelimiter()
            for line in arguments { writer.write(line) }
        }
        writer.writeFlush()
        return writer.bytes
    }

    /// Reads the next request; nil where the client has no more, which it says by a flush or by going away.
    ///
    /// - Throws: ``ProtocolError`` where a line does not belong; what the source throws.
    public static func read(from input: inout PktLineInput) throws -> CommandRequest? {
        var request = CommandRequest(command: "", capabilities: CapabilityList(), arguments: [])
        var isInArguments = false
        var isFirst = true
        var count = 0
        while true {
            guard let packet = try input.next() else {
                if isFirst { return nil }
                throw ProtocolError.hungUp
            }
            defer { isFirst = false }
            switch packet {
            case .flush:
                if isFirst { return nil }
                guard !request.command.isEmpty else {
                    throw ProtocolError.unexpectedPacket("flush packet", expected: "a command")
                }
                return request
            case .delimiter where !isInArguments: isInArguments = true
            case .delimiter, .responseEnd: throw ProtocolError.unexpectedPacket(packet.name, expected: "an argument")
            case .data:
                count += 1
                guard count <= lineLimit else { throw ProtocolError.tooLarge("number of lines", limit: lineLimit) }
                try request.take(packet.line ?? [], isArgument: isInArguments)
            }
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>, isArgument: Bool) throws(ProtocolError) {
        if isArgument {
            arguments.append(Array(line))
        } else if line.starts(with: Array("command=".utf8)) {
            guard command.isEmpty else { throw .unexpectedLine(line, expected: "one command") }
            command = String(decoding: line.dropFirst(8), as: UTF8.self)
        } else {
            guard capabilities.words.count < 1024 else { throw .tooLarge("number of capabilities", limit: 1024) }
            capabilities.append(String(decoding: line, as: UTF8.self))
        }
    }

    /// How the client names objects.
    ///
    /// - Throws: ``ProtocolError/unsupported(_:)`` where it is not the repository's way.
    public func check(_ algorithm: HashAlgorithm) throws(ProtocolError) {
        let name = capabilities.value("object-format") ?? "sha1"
        guard name == algorithm.name else {
            throw .unsupported(
                "object format '\(ProtocolError.printable(Array(name.utf8)))' (this is \(algorithm.name))")
        }
    }
}
