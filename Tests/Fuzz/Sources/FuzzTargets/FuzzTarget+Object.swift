import Bytes
import GitObjects
import GitStorage

extension FuzzTarget {
    /// Reads any bytes as an object of the kind that the first byte chooses, and checks it as fsck does.
    static let object = FuzzTarget("Object") { input in
        guard let first = input.first else { return }
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
    }
}
