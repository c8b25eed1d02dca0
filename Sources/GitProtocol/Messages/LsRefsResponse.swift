public import Bytes
internal import GitObjects

/// The answer to `ls-refs`: a line for each ref.
public enum LsRefsResponse {
    /// One line.
    public static func encode(_ ref: AdvertisedRef) -> [UInt8] {
        var line = ref.id?.hexBytes ?? Array("unborn".utf8)
        line.append(UInt8(ascii: " "))
        line += ref.name
        if let target = ref.symbolicTarget { line += Array(" symref-target:".utf8) + target }
        if let peeled = ref.peeled { line += Array(" peeled:".utf8) + peeled.hexBytes }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// Reads one line, given without its newline.
    ///
    /// - Throws: ``ProtocolError/unexpected(line:expected:)``; attributes that are not known are passed over.
    public static func decode(
        _ line: ArraySlice<UInt8>, algorithm: HashAlgorithm
    ) throws(ProtocolError) -> AdvertisedRef {
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count >= 2, !fields[1].isEmpty else {
            throw .unexpectedLine(line, expected: "an object id and a ref")
        }
        var ref = AdvertisedRef(name: Array(fields[1]), id: nil)
        if !fields[0].elementsEqual("unborn".utf8) {
            guard let id = ObjectID(hex: fields[0], algorithm: algorithm) else {
                throw .unexpectedLine(line, expected: "an object id and a ref")
            }
            ref.id = id
        }
        for field in fields.dropFirst(2) {
            if field.starts(with: Array("symref-target:".utf8)) {
                ref.symbolicTarget = Array(field.dropFirst(14))
            } else if field.starts(with: Array("peeled:".utf8)) {
                guard let peeled = ObjectID(hex: field.dropFirst(7), algorithm: algorithm) else {
                    throw .unexpectedLine(line, expected: "'peeled:' and an object id")
                }
                ref.peeled = peeled
            }
        }
        return ref
    }
}
