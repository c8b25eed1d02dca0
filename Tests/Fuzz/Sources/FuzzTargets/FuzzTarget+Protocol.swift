import Bytes
import GitObjects
import GitProtocol

extension FuzzTarget {
    /// A stream that hands the bytes out in pieces, so that packets are cut anywhere.
    private static func packetStream(_ input: [UInt8]) -> PktLineInput {
        var rest = input[...]
        return PktLineInput {
            let piece = rest.prefix(37)
            rest = rest.dropFirst(37)
            return Array(piece)
        }
    }

    /// Every packet of a stream, until one is refused.
    private static func packets(_ input: [UInt8], _ take: (PktLine) throws -> Void) {
        var stream = packetStream(input)
        while let packet = try? stream.next(), (try? take(packet)) != nil {}
    }

    /// Reads any bytes as packets, and each packet as one of a side band.
    static let pktLine = FuzzTarget("PktLine") { input in
        var reader = PktLineReader()
        reader.append(input)
        var writer = PktLineWriter()
        while let packet = try? reader.next() {
            writer.write(packet)
            if case .data(let payload) = packet { _ = try? Sideband.decode(payload) }
        }
        packets(input) { _ in }
    }

    /// Reads any bytes as commands of protocol version 2, with the arguments of `ls-refs` and `fetch`.
    static let commandRequest = FuzzTarget("CommandRequest") { input in
        var stream = packetStream(input)
        while let request = try? CommandRequest.read(from: &stream) {
            try? request.check(.sha1)
            if let refs = try? LsRefsRequest(arguments: request.arguments) { _ = refs.matches(Array("refs/a".utf8)) }
            var fetch = FetchRequest()
            for line in request.arguments { try? fetch.take(line, algorithm: .sha1) }
        }
    }

    /// Reads any bytes as the commands of a push.
    static let pushRequest = FuzzTarget("PushRequest") { input in
        var stream = packetStream(input)
        _ = try? PushRequest.read(from: &stream, algorithm: .sha1)
        _ = try? stream.rawBytes()
    }

    /// Reads any bytes as what a server says of its refs, in each version of the protocol.
    static let refAdvertisement = FuzzTarget("RefAdvertisement") { input in
        for service in [Service.uploadPack, .receivePack] {
            var reader = RefAdvertisementReader(service: service)
            packets(input) { try reader.take($0) }
        }
        packets(input) { packet in
            if let line = packet.line { _ = try LsRefsResponse.decode(line, algorithm: .sha1) }
        }
    }

    /// Reads any bytes as the answer to a fetch.
    static let fetchResponse = FuzzTarget("FetchResponse") { input in
        for sidebandAll in [false, true] {
            var reader = FetchResponseReader(algorithm: .sha1, sidebandAll: sidebandAll)
            packets(input) { _ = try reader.take($0) }
        }
        for flags in 0..<4 {
            var reader = PlainFetchReader(algorithm: .sha1, expectsShallow: flags & 1 == 1, isDone: flags & 2 == 2)
            packets(input) { _ = try reader.take($0) }
        }
    }

    /// Reads any bytes as the report on a push.
    static let pushReport = FuzzTarget("PushReport") { input in
        if let report = try? PushReport(parsing: input, algorithm: .sha1) {
            _ = report.encoded(version: 1)
            _ = report.encoded(version: 2)
        }
    }
}
