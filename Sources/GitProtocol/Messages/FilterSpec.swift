internal import Bytes
public import GitObjects

/// Which objects a partial clone leaves out.
///
/// <https://git-scm.com/docs/git-rev-list#Documentation/git-rev-list.txt---filterltfilter-specgt>
public indirect enum FilterSpec: Sendable, Hashable {
    /// `blob:none`: all blobs.
    case noBlobs
    /// `blob:limit=N`: blobs of N bytes or more.
    case blobLimit(UInt64)
    /// `tree:N`: trees and blobs N levels or more below the root tree.
    case treeDepth(UInt64)
    /// `object:type=K`: all objects of other kinds.
    case kind(ObjectKind)
    /// `combine:A+B`: what any of them leaves out.
    case combined([FilterSpec])

    /// Reads a specification; `k`, `m` and `g` are taken as powers of 1024.
    ///
    /// - Throws: ``ProtocolError/badFilter(_:)``, also for `sparse:oid`, which is not supported.
    public init(parsing text: String) throws(ProtocolError) {
        if text == "blob:none" {
            self = .noBlobs
        } else if let value = FilterSpec.suffix(of: text, after: "blob:limit=") {
            guard let limit = FilterSpec.number(value) else { throw .badFilter(text) }
            self = .blobLimit(limit)
        } else if let value = FilterSpec.suffix(of: text, after: "tree:") {
            guard let depth = FilterSpec.number(value) else { throw .badFilter(text) }
            self = .treeDepth(depth)
        } else if let value = FilterSpec.suffix(of: text, after: "object:type=") {
            guard let kind = ObjectKind(name: Array(value.utf8)) else { throw .badFilter(text) }
            self = .kind(kind)
        } else if let value = FilterSpec.suffix(of: text, after: "combine:") {
            self = .combined(try FilterSpec.parts(of: value, in: text))
        } else {
            throw .badFilter(text)
        }
    }

    private static func parts(of value: Substring, in text: String) throws(ProtocolError) -> [FilterSpec] {
        let parts = value.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count <= 32 else { throw .badFilter(text) }
        var filters: [FilterSpec] = []
        for part in parts {
            // Filters do not nest: a combination inside one would let a request recurse.
            guard let decoded = percentDecoded(part), !decoded.hasPrefix("combine:") else { throw .badFilter(text) }
            filters.append(try FilterSpec(parsing: decoded))
        }
        return filters
    }

    private static func suffix(of text: String, after prefix: String) -> Substring? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : nil
    }

    private static func number(_ text: Substring) -> UInt64? {
        let shift: UInt64? =
            switch text.last {
            case "k", "K": 10
            case "m", "M": 20
            case "g", "G": 30
            default: nil
            }
        guard let shift else { return UInt64(text) }
        guard let value = UInt64(text.dropLast()), value <= UInt64.max >> shift else { return nil }
        return value << shift
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var output: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            guard let high = bytes.popFirst(), let low = bytes.popFirst(), let value = Hex.decode([high, low]) else {
                return nil
            }
            output += value
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The specification with numbers written out, as it is sent.
    public var expanded: String {
        switch self {
        case .noBlobs: "blob:none"
        case .blobLimit(let limit): "blob:limit=\(limit)"
        case .treeDepth(let depth): "tree:\(depth)"
        case .kind(let kind): "object:type=\(kind.name)"
        case .combined(let filters): "combine:" + filters.map(\.expanded).joined(separator: "+")
        }
    }
}
