/// A signed statement: a DSSE envelope.
///
/// <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>
public struct Envelope: Sendable, Hashable {
    /// A signature over ``preAuthentication``.
    public struct Signature: Sendable, Hashable {
        /// Which key made it: for SSH keys their fingerprint or public key line.
        public let keyIdentifier: String
        /// The signature's bytes.
        public let bytes: [UInt8]

        /// Makes a signature.
        public init(keyIdentifier: String, bytes: [UInt8]) {
            self.keyIdentifier = keyIdentifier
            self.bytes = bytes
        }
    }

    /// The type of in-toto statements.
    public static let statementType = "application/vnd.in-toto+json"

    /// The type of the payload.
    public let payloadType: String
    /// The payload.
    public let payload: [UInt8]
    /// The signatures; none where no key was configured.
    public var signatures: [Signature] = []

    /// Makes an envelope.
    public init(payload: [UInt8], payloadType: String = Envelope.statementType) {
        self.payload = payload
        self.payloadType = payloadType
    }

    /// What is signed: `DSSEv1 SP len(type) SP type SP len(body) SP body`.
    public var preAuthentication: [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    /// The envelope as JSON.
    public var value: Value {
        .object([
            "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
            "signatures": .array(
                signatures.map {
                    .object(["keyid": .string($0.keyIdentifier), "sig": .string(Base64.encode($0.bytes))])
                }),
        ])
    }

    /// Reads an envelope.
    ///
    /// - Throws: ``ValueError`` where a field is missing or is not Base64.
    public init(_ value: Value, source: String) throws(ValueError) {
        guard let object = value.object, let type = object["payloadType"]?.string,
            let payload = object["payload"]?.string.flatMap(Base64.decode)
        else { throw ValueError(source, "it is no DSSE envelope") }
        payloadType = type
        self.payload = payload
        for item in object["signatures"]?.array ?? [] {
            guard let bytes = item.object?["sig"]?.string.flatMap(Base64.decode) else {
                throw ValueError(source, "a signature of the envelope is not Base64")
            }
            signatures.append(Signature(keyIdentifier: item.object?["keyid"]?.string ?? "", bytes: bytes))
        }
    }
}
