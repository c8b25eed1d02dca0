internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Operands cut into revisions and paths: by `--`, or by what each of them names.
struct OperandSplit {
    /// The revisions as given.
    var revisions: [String] = []
    /// The paths as given.
    var paths: [[UInt8]] = []

    init(_ arguments: Arguments, _ context: Context) throws {
        if arguments.separator != nil {
            revisions = arguments.beforeSeparator.map { String(decoding: $0, as: UTF8.self) }
            paths = Array(arguments.afterSeparator)
            return
        }
        let resolver = try context.diffResolver()
        for (index, operand) in arguments.operands.enumerated() {
            let text = String(decoding: operand, as: UTF8.self)
            let isRevision =
                try RevisionRange(text).map { try $0.exists(resolver) }
                ?? RevisionShorthand.items(text, context).map { !$0.isEmpty } ?? (resolver.find(text) != nil)
            guard isRevision else {
                paths = Array(arguments.operands[index...])
                try OperandSplit.check(paths, context)
                return
            }
            revisions.append(text)
        }
    }

    /// Whether a word can be meant as nothing but a pattern of paths.
    static func looksLikePathspec(_ word: some Sequence<UInt8>) -> Bool {
        var isEscaped = false
        for byte in word {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[") {
                return true
            }
        }
        return word.starts(with: ":(".utf8) || word.elementsEqual(":/".utf8)
    }

    /// Without `--`, what is no revision has to be a path that exists.
    private static func check(_ paths: [[UInt8]], _ context: Context) throws {
        for path in paths {
            if path.first == UInt8(ascii: ":") || looksLikePathspec(path) { continue }
            let file = context.workingDirectory.pushing(FilePath(bytes: path))
            guard try FileStatus.of(file) == nil else { continue }
            let text = String(decoding: path, as: UTF8.self)
            throw CommandError.fatal(
                "ambiguous argument '\(text)': unknown revision or path not in the working tree.\n"
                    + "Use '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'"
            )
        }
    }
}

/// `X^@`, `X^!`, `X^-1` and `^X`, which name commits by others.
enum RevisionShorthand {
    /// What a text names; nil where it is none of these forms, nothing where it names nothing.
    static func items(_ text: String, _ context: Context) throws -> [RevisionRequest.Pending]? {
        guard text.hasPrefix("^") || text.hasSuffix("^@") || text.hasSuffix("^!") || text.contains("^-") else {
            return nil
        }
        let request = try RevisionRequest(context)
        return try request.revision(text) ? request.pending : []
    }
}

/// `A..B` and `A...B`.
struct RevisionRange {
    /// The left end, `HEAD` where it is left out.
    let left: String
    /// The right end.
    let right: String
    /// Whether the merge base stands for the left end.
    let isSymmetric: Bool

    /// Reads a range; nil where there are no two dots.
    init?(_ text: String) {
        guard !text.hasPrefix(":"), let dots = text.firstRange(of: "..") else { return nil }
        var rest = text[dots.upperBound...]
        isSymmetric = rest.hasPrefix(".")
        if isSymmetric { rest = rest.dropFirst() }
        left = text[..<dots.lowerBound].isEmpty ? "HEAD" : String(text[..<dots.lowerBound])
        right = rest.isEmpty ? "HEAD" : String(rest)
        if text == ".." { return nil }
    }

    /// Whether both ends name something.
    func exists(_ resolver: RevisionResolver) throws -> Bool {
        try resolver.find(left) != nil && resolver.find(right) != nil
    }

    /// What is compared: both ends, or the merge base and the right one.
    func ends(_ resolver: RevisionResolver) throws -> [ObjectID] {
        guard isSymmetric else { return [try resolver.resolve(left), try resolver.resolve(right)] }
        let first = try resolver.commit(left)
        let second = try resolver.commit(right)
        var bases = MergeBases(resolver.repository)
        guard let base = try bases.bases(of: first, [second]).first else {
            throw CommandError.fatal("\(left)...\(right): no merge base")
        }
        return [base, second]
    }
}

extension Context {
    /// The paths to compare; in a bare repository they count from the top.
    func diffPathspec(_ operands: [[UInt8]]) throws -> Pathspec {
        if operands.isEmpty { return .all }
        if hasWorkTree { return try pathspec(operands) }
        do throws(PathspecError) {
            return try Pathspec(operands, prefix: .root, root: [])
        } catch {
            throw CommandError.fatal(error.description)
        }
    }

    /// Finds what revisions name.
    func diffResolver() throws -> RevisionResolver { try revisionResolver() }
}
