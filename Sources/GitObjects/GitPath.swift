internal import Glibc

/// A path inside a repository: bytes with `/` between components, relative, without a slash at either end. Not a string:
/// file names need not be UTF-8. Ordered by bytes, as the index is.
public struct GitPath: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The bytes.
    public let bytes: [UInt8]

    /// The path of these bytes, unchecked; see ``isSafe`` in GitWorktree for what may be written to a work tree.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The path of these bytes, unchecked, without a copy.
    public init(adopting bytes: [UInt8]) { self.bytes = bytes }

    /// The path of a string's UTF-8.
    public init(_ string: some StringProtocol) { bytes = Array(string.utf8) }

    public init(stringLiteral value: String) { bytes = Array(value.utf8) }

    /// The top of the repository.
    public static let root = GitPath([UInt8]())

    /// Whether this is the top of the repository.
    public var isRoot: Bool { bytes.isEmpty }

    public static func < (left: GitPath, right: GitPath) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return left.count < right.count }
                let order = memcmp(a, b, min(left.count, right.count))
                return order != 0 ? order < 0 : left.count < right.count
            }
        }
    }

    public static func == (left: GitPath, right: GitPath) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in
                guard left.count == right.count else { return false }
                guard let a = left.baseAddress, let b = right.baseAddress else { return true }
                return memcmp(a, b, left.count) == 0
            }
        }
    }

    /// The bytes at once: one at a time, as an array does it, costs many times as much.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// The components between slashes.
    public var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

    /// The last component.
    public var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }

    /// The directory that holds it; nil for the top.
    public var parent: GitPath? {
        guard !isRoot else { return nil }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return GitPath(bytes[..<slash])
    }

    /// This path with a component below it.
    public func appending(_ name: some Collection<UInt8>) -> GitPath {
        isRoot ? GitPath(name) : GitPath(bytes + [UInt8(ascii: "/")] + name)
    }

    /// Whether this is `directory` or stands below it.
    public func isInside(_ directory: GitPath) -> Bool {
        directory.isRoot || bytes == directory.bytes
            || (bytes.count > directory.bytes.count && bytes[directory.bytes.count] == UInt8(ascii: "/")
                && bytes.starts(with: directory.bytes))
    }

    /// The bytes as text, broken UTF-8 replaced: for messages, never for comparing or output that a program reads.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The path as Git prints it where lines end with a newline: in double quotes with C escapes where it holds a quote,
    /// a backslash, a control character or (with `core.quotePath`, the default) a byte of 128 or more.
    public func quoted(quotingHighBytes: Bool = true) -> [UInt8] {
        GitPath.quote(bytes, quotingHighBytes: quotingHighBytes) ?? bytes
    }

    /// The bytes that a quoted form stands for, or nil where it is no whole quoted string.
    public static func unquote(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard let (bytes, count) = unquote(prefixOf: text), count == text.count else { return nil }
        return bytes
    }

    /// The bytes that a quoted form at the beginning of a text stands for, and how much of the text it is; nil where the
    /// text does not begin with a whole quoted string.
    public static func unquote(prefixOf text: some Collection<UInt8>) -> (bytes: [UInt8], count: Int)? {
        var rest = Array(text)[...]
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        var result: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return (result, rest.startIndex) }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard let code = rest.popFirst() else { return nil }
            switch code {
            case UInt8(ascii: "a"): result.append(7)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "v"): result.append(11)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(code)
            case UInt8(ascii: "0")...UInt8(ascii: "3"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
                result.append(digits.reduce(code & 7) { $0 << 3 | ($1 & 7) })
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return nil
    }

    /// The quoted form of any bytes, or nil where none is needed.
    public static func quote(_ bytes: some Collection<UInt8>, quotingHighBytes: Bool = true) -> [UInt8]? {
        func needsQuoting(_ byte: UInt8) -> Bool {
            byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                || (quotingHighBytes && byte >= 0x80)
        }
        guard bytes.contains(where: needsQuoting) else { return nil }
        let quote = UInt8(ascii: "\"")
        let backslash = UInt8(ascii: "\\")
        var result = [quote]
        for byte in bytes {
            guard needsQuoting(byte) else {
                result.append(byte)
                continue
            }
            result.append(backslash)
            switch byte {
            case 7: result.append(UInt8(ascii: "a"))
            case 8: result.append(UInt8(ascii: "b"))
            case 9: result.append(UInt8(ascii: "t"))
            case 10: result.append(UInt8(ascii: "n"))
            case 11: result.append(UInt8(ascii: "v"))
            case 12: result.append(UInt8(ascii: "f"))
            case 13: result.append(UInt8(ascii: "r"))
            case quote, backslash: result.append(byte)
            default:
                result.append(UInt8(ascii: "0") + (byte >> 6))
                result.append(UInt8(ascii: "0") + (byte >> 3 & 7))
                result.append(UInt8(ascii: "0") + (byte & 7))
            }
        }
        result.append(quote)
        return result
    }
}
