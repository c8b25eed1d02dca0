internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

extension Context {
    /// Where the working directory stands below the work tree's top; the root where it is outside or there is none.
    func prefix() throws -> GitPath {
        guard let workTree = try repository().workTree else { return .root }
        return Context.relative(workingDirectory, to: workTree) ?? Context.relative(realDirectory, to: workTree)
            ?? .root
    }

    /// The path inside the work tree that an operand names, relative to the working directory.
    ///
    /// - Throws: Git's error where it leads outside.
    func path(_ operand: [UInt8]) throws -> GitPath {
        let (_, workTree) = try repositoryWithWorkTree()
        let absolute = workingDirectory.pushing(FilePath(bytes: operand)).lexicallyNormalized()
        guard let path = Context.relative(absolute, to: workTree) else {
            let text = String(decoding: operand, as: UTF8.self)
            throw CommandError.fatal("\(text): '\(text)' is outside repository at '\(workTree)'")
        }
        return path
    }

    /// `path` relative to the working directory, with `..` where it must be: how messages name files.
    func relativeToWorkingDirectory(_ path: GitPath) throws -> [UInt8] {
        let here = try prefix().components
        let there = path.components
        var common = 0
        while common < here.count, common < there.count, here[common].elementsEqual(there[common]) { common += 1 }
        let parts =
            Array(repeating: Array("..".utf8)[...], count: here.count - common) + there[common...].map { $0 }
        return parts.isEmpty ? Array("./".utf8) : Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }

    /// The working directory as `PWD` names it, where that is the same directory: symbolic links above the work tree stay.
    private var realDirectory: FilePath {
        environment.nonEmpty("PWD").map { FilePath($0) } ?? workingDirectory
    }

    private static func relative(_ path: FilePath, to top: FilePath) -> GitPath? {
        var path = path
        guard path.removePrefix(top) else { return nil }
        return GitPath(path.bytes)
    }

    /// The index as it stands on the disk.
    func index() throws -> Index {
        try repository().readIndex()
    }
}
