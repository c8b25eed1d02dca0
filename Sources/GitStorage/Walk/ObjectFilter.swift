/// What a partial clone leaves out.
///
/// <https://git-scm.com/docs/git-rev-list#Documentation/git-rev-list.txt---filterltfilter-specgt>
public enum ObjectFilter: Sendable, Hashable {
    /// No blobs.
    case blobNone
    /// No blobs of this size or more.
    case blobLimit(Int)
    /// No trees and blobs this deep or deeper; a commit's tree is at depth 0.
    case treeDepth(Int)
    /// What all of them leave in.
    case combined([ObjectFilter])

    /// Reads `blob:none`, `blob:limit=<n>[kmg]`, `tree:<depth>` and `combine:<filter>+<filter>…`; nil for anything else.
    public init?(_ text: String) {
        if text == "blob:none" {
            self = .blobNone
        } else if text.hasPrefix("blob:limit=") {
            guard let size = ObjectFilter.size(text.dropFirst(11)) else { return nil }
            self = .blobLimit(size)
        } else if text.hasPrefix("tree:") {
            guard let depth = ObjectFilter.size(text.dropFirst(5)) else { return nil }
            self = .treeDepth(depth)
        } else if text.hasPrefix("combine:") {
            var filters: [ObjectFilter] = []
            for part in text.dropFirst(8).split(separator: "+", omittingEmptySubsequences: false) {
                guard let decoded = ObjectFilter.decode(part), let filter = ObjectFilter(decoded) else { return nil }
                filters.append(filter)
            }
            guard !filters.isEmpty else { return nil }
            self = .combined(filters)
        } else {
            return nil
        }
    }

    private static func size(_ text: Substring) -> Int? {
        guard let last = text.utf8.last else { return nil }
        let shift: Int
        switch last | 0x20 {
        case UInt8(ascii: "k"): shift = 10
        case UInt8(ascii: "m"): shift = 20
        case UInt8(ascii: "g"): shift = 30
        default: shift = 0
        }
        guard let number = Int(shift == 0 ? text : text.dropLast()), number >= 0 else { return nil }
        let (size, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : size
    }

    /// Undoes `%xx`.
    private static func decode(_ text: Substring) -> String? {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard bytes.count >= 2, let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            else {
                return nil
            }
            result.append(value)
            bytes = bytes.dropFirst(2)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The form in which the protocol and the configuration write it.
    public var text: String {
        switch self {
        case .blobNone: "blob:none"
        case .blobLimit(let size): "blob:limit=\(size)"
        case .treeDepth(let depth): "tree:\(depth)"
        case .combined(let filters): "combine:" + filters.map(\.text).joined(separator: "+")
        }
    }

    /// The least depth at which trees are left out.
    var depth: Int? {
        switch self {
        case .blobNone, .blobLimit: nil
        case .treeDepth(let depth): depth
        case .combined(let filters): filters.compactMap(\.depth).min()
        }
    }

    /// The least size at which blobs are left out.
    var blobLimit: Int? {
        switch self {
        case .blobNone: 0
        case .blobLimit(let size): size
        case .treeDepth: nil
        case .combined(let filters): filters.compactMap(\.blobLimit).min()
        }
    }
}
