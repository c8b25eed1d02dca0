public import Bytes

/// An annotated tag.
public struct Tag: Sendable, Hashable {
    private var headers: Headers
    /// The object that is tagged.
    public let target: ObjectID
    /// Its kind, as the tag says.
    public let targetKind: ObjectKind
    /// The tag's name.
    public let name: [UInt8]
    /// Who made it; very old tags have none.
    public let tagger: Signature?
    /// Everything after the headers: the message, and a signature at its end where the tag is signed.
    public var message: [UInt8]

    /// Makes a tag.
    public init(target: ObjectID, kind: ObjectKind, name: [UInt8], tagger: Signature, message: [UInt8]) {
        self.target = target
        targetKind = kind
        self.name = name
        self.tagger = tagger
        self.message = message
        headers = Headers()
        headers.lines = [
            .init(name: "object", value: target.hexBytes), .init(name: "type", value: Array(kind.name.utf8)),
            .init(name: "tag", value: name), .init(name: "tagger", value: tagger.encoded),
        ]
    }

    /// Reads a tag.
    ///
    /// - Throws: ``ObjectError/malformed(_:offset:expected:)`` where `object`, `type` or `tag` is missing or broken.
    public init(parsing content: [UInt8], algorithm: HashAlgorithm) throws(ObjectError) {
        var messageStart = 0
        headers = try Headers(parsing: content, kind: .tag, messageStart: &messageStart)
        guard let object = headers.first("object"), let target = ObjectID(hex: object, algorithm: algorithm) else {
            throw .malformed(.tag, offset: headers.offset(of: "object"), expected: "'object' and an object id")
        }
        guard let type = headers.first("type"), let kind = ObjectKind(name: type) else {
            throw .malformed(.tag, offset: headers.offset(of: "type"), expected: "'type' and a kind of object")
        }
        guard let name = headers.first("tag") else {
            throw .malformed(.tag, offset: headers.offset(of: "tag"), expected: "'tag' and a name")
        }
        self.target = target
        targetKind = kind
        self.name = name
        tagger = headers.first("tagger").map { Signature(parsing: $0) }
        message = Array(content[messageStart...])
    }

    /// The content of the tag object; equal to what was parsed.
    public var encoded: [UInt8] {
        var output: [UInt8] = []
        headers.encode(into: &output)
        output.append(contentsOf: message)
        return output
    }
}
