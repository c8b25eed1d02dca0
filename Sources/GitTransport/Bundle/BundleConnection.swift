internal import Bytes
internal import GitObjects
public import GitProtocol

/// A bundle in place of a server: its refs are what it shows, its pack is what every fetch gets.
public final class BundleConnection: RemoteConnection {
    /// Whether each request says all again.
    public let isStateless = true
    /// The path as it was given.
    public let displayURL: String
    /// The bundle.
    public let bundle: BundleFile

    /// Serves a bundle; `displayURL` is the path as it was given.
    public init(displayURL: String, bundle: BundleFile) {
        self.displayURL = displayURL
        self.bundle = bundle
    }

    /// The bundle's refs, as a server of version 0 shows them.
    public func open(_ service: Service, version: ProtocolVersion) throws -> RefAdvertisement {
        guard service == .uploadPack else { throw ProtocolError.unsupported("pushing to a bundle") }
        let words = ["multi_ack_detailed", "side-band-64k", "ofs-delta", "object-format=\(bundle.algorithm.name)"]
        return RefAdvertisement(
            version: .v0, capabilities: CapabilityList(words),
            refs: bundle.refs.map { AdvertisedRef(name: $0.text, id: $0.id) })
    }

    /// Gives the whole pack once the client has said all.
    public func exchange(_ body: RequestBody, _ receive: (PktLine) throws -> Bool) throws {
        guard case .bytes(let request) = body else { throw ProtocolError.unsupported("pushing to a bundle") }
        if try receive(.data(Array("NAK\n".utf8))) { return }
        guard request.suffix(9).elementsEqual("0009done\n".utf8) else { throw ProtocolError.hungUp }
        try bundle.readPack { piece in
            var rest = piece[...]
            while !rest.isEmpty {
                let part = rest.prefix(Sideband.Width.wide.payload)
                _ = try receive(.data([Sideband.Band.data.rawValue] + part))
                rest = rest.dropFirst(part.count)
            }
        }
        guard try receive(.flush) else { throw ProtocolError.hungUp }
    }

    /// Nothing is open.
    public func close() {}
}
