/// Three streams in one: data, progress and one last error, told apart by the first byte of each packet.
///
/// <https://git-scm.com/docs/protocol-capabilities#_side_band_side_band_64k>
public enum Sideband {
    /// Which of the streams.
    public enum Band: UInt8, Sendable, Hashable {
        /// What was asked for: pack data, or packets inside packets.
        case data = 1
        /// What to show a person.
        case progress = 2
        /// Why the other side gives up.
        case error = 3
    }

    /// How much fits into a packet.
    public enum Width: Sendable, Hashable {
        /// `side-band`: 1,000 bytes.
        case narrow
        /// `side-band-64k`: 65,520 bytes.
        case wide

        /// The most bytes of one band in one packet.
        public var payload: Int { self == .wide ? PktLine.maximumPayload - 1 : 995 }
    }

    /// Packets of one band for these bytes.
    public static func encode(_ bytes: some Collection<UInt8>, band: Band, width: Width = .wide) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + (bytes.count / width.payload + 1) * 5)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(width.payload)
            output.append(contentsOf: PktLineWriter.header(payload: piece.count + 1))
            output.append(band.rawValue)
            output.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
        }
        return output
    }

    /// Which band a packet belongs to, and what it carries.
    ///
    /// - Throws: ``ProtocolError/emptyBand`` and ``ProtocolError/badBand(_:)``.
    public static func decode(_ payload: [UInt8]) throws(ProtocolError) -> (band: Band, bytes: ArraySlice<UInt8>) {
        guard let first = payload.first else { throw .emptyBand }
        guard let band = Band(rawValue: first) else { throw .badBand(first) }
        return (band, payload.dropFirst())
    }
}
