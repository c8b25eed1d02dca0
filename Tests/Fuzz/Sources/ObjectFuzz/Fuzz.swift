import Bytes
import GitObjects
import GitStorage

/// Reads any bytes as an object of the kind that the first byte chooses, and checks it as fsck does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = input.first else { return 0 }
    let content = Array(input.dropFirst())
    let checker = ObjectChecker(isStrict: true)
    for kind in ObjectKind.allCases where kind.rawValue == first & 3 + 1 {
        _ = checker.findings(.zero(.sha1), kind, content.span.bytes)
    }
    switch first & 3 {
    case 0:
        if let commit = try? Commit(parsing: content, algorithm: .sha1) { precondition(!commit.encoded.isEmpty) }
        _ = try? CommitLinks(parsing: content.span.bytes, algorithm: .sha1)
    case 1:
        if let tree = try? Tree(parsing: content, algorithm: .sha1) { _ = tree.encoded }
    case 2: _ = GitPath.unquote(content)
    default: _ = try? Tag(parsing: content, algorithm: .sha1)
    }
    return 0
}
