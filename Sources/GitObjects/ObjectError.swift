/// What can be wrong with an object's content. Offsets count bytes from the content's beginning.
public enum ObjectError: Error, Hashable, CustomStringConvertible {
    /// The content ends early, or something stands where another thing must.
    case malformed(ObjectKind, offset: Int, expected: String)
    /// A number in it is out of range.
    case outOfRange(ObjectKind, offset: Int)
    /// The object is larger than the limits allow.
    case tooLarge(ObjectKind, size: Int, limit: Int)

    public var description: String {
        switch self {
        case .malformed(let kind, let offset, let expected):
            "\(kind.name) is malformed at byte \(offset): expected \(expected)"
        case .outOfRange(let kind, let offset): "\(kind.name) holds a number out of range at byte \(offset)"
        case .tooLarge(let kind, let size, let limit): "\(kind.name) has \(size) bytes, more than the limit of \(limit)"
        }
    }
}
