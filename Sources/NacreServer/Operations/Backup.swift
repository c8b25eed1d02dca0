internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import Glibc
internal import SystemPackage

/// A consistent copy of everything, made while the server serves; made again into the same folder, only what is new is
/// copied. The copy has the layout of a server's folder and could be served.
package struct Backup {
    private let source: RepositoryStore
    private let target: RepositoryStore

    /// Copies from one server's folder to another.
    package init(from source: RepositoryStore, to target: RepositoryStore) {
        self.source = source
        self.target = target
    }

    /// Copies the accounts, then each repository.
    ///
    /// - Throws: ``BackupError`` where a repository goes on changing under the copy.
    package func run(_ accounts: AccountStore, progress: (RepositoryName) -> Void = { _ in }) throws {
        try Files.makeDirectory(target.stateDirectory, permissions: 0o700)
        let copy = target.stateDirectory.appending("tmp_accounts_\(getpid())")
        defer { _ = try? Files.remove(copy) }
        try accounts.backup(to: copy)
        for suffix in ["-wal", "-shm"] { try Files.remove(FilePath(target.accountsPath.string + suffix)) }
        try Files.rename(copy, to: target.accountsPath)
        let names = try source.all()
        for name in names {
            progress(name)
            try copyRepository(name)
        }
        for name in try target.all() where !names.contains(name) { try target.remove(name) }
    }

    private func copyRepository(_ name: RepositoryName) throws {
        let from = source.path(of: name)
        let to = target.path(of: name)
        try Files.makeDirectory(to)
        // A pack may be replaced by a better one under the copy; then the next round finds that.
        for _ in 0..<5 {
            // The refs are read before the objects: whatever they lead to is there, and stays for the grace of maintenance.
            let repository = try Repository.open(from)
            let refs = try repository.refs.list()
            let head = try Files.read(from.appending("HEAD"))
            try copy(from, to, RelativePath())
            try Backup.write(refs, head, to)
            let restored = try Repository.open(to)
            let cut = try ShallowFile.read(to, algorithm: restored.algorithm)
            let tips = refs.compactMap(\.id)
            if try Connectivity.isComplete(tips, excluding: [], cut: cut, restored.objects) { return }
        }
        throw BackupError.changing(name)
    }

    /// The refs as one file, in place of whatever refs an earlier copy had.
    private static func write(_ refs: [Ref], _ head: [UInt8], _ path: FilePath) throws {
        var packed = "# pack-refs with: sorted \n"
        for ref in refs {
            if case .id(let id) = ref.target { packed += "\(id.hex) \(ref.name.string)\n" }
        }
        try Files.removeTree(path.appending("refs"))
        try Files.makeDirectory(path.appending("refs").appending("heads"))
        try Files.makeDirectory(path.appending("refs").appending("tags"))
        try TemporaryFile.replace(path.appending("packed-refs"), with: Array(packed.utf8))
        for ref in refs {
            guard case .symbolic(let target) = ref.target else { continue }
            let file = path.appending(bytes: ref.name.bytes)
            try Files.makeDirectory(file.removingLastComponent())
            try TemporaryFile.replace(file, with: Array("ref: ".utf8) + target.bytes + [UInt8(ascii: "\n")])
        }
        try TemporaryFile.replace(path.appending("HEAD"), with: head)
    }

    private struct RelativePath {
        var parts: [[UInt8]] = []
        func adding(_ part: [UInt8]) -> RelativePath { RelativePath(parts: parts + [part]) }
    }

    private static func isSkipped(_ path: RelativePath) -> Bool {
        guard let last = path.parts.last else { return false }
        if path.parts.count == 1, ["refs", "packed-refs", "HEAD", "logs"].contains(where: { Array($0.utf8) == last }) {
            return true
        }
        return last.starts(with: Array("tmp_".utf8)) || last.suffix(5).elementsEqual(".lock".utf8)
            || last == Array("incoming".utf8)
    }

    private func copy(_ from: FilePath, _ to: FilePath, _ relative: RelativePath) throws {
        try Files.makeDirectory(to)
        // Indexes come after what they are about: a reader of the copy never sees an index alone.
        let entries = try (Files.list(from) ?? []).sorted { left, right in
            let isLeft = left.name.suffix(4).elementsEqual(".idx".utf8)
            let isRight = right.name.suffix(4).elementsEqual(".idx".utf8)
            return isLeft == isRight ? left.name.lexicographicallyPrecedes(right.name) : isRight
        }
        for entry in entries {
            let path = relative.adding(entry.name)
            guard !Backup.isSkipped(path) else { continue }
            let (source, target) = (from.appending(bytes: entry.name), to.appending(bytes: entry.name))
            guard let status = try FileStatus.of(source) else { continue }
            switch status.kind {
            case .directory: try copy(source, target, path)
            case .regular:
                // Objects, packs and large files are named by their content: the same name and size is the same file.
                let isNamed = path.parts.count > 2 || path.parts.first == Array("objects".utf8)
                if isNamed, let there = try FileStatus.of(target), there.size == status.size { continue }
                try copyFile(source, target, status)
            default: continue
            }
        }
    }

    private func copyFile(_ from: FilePath, _ to: FilePath, _ status: FileStatus) throws {
        let descriptor = from.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
        // Taken away since it was listed.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var file = try TemporaryFile(
            in: to.removingLastComponent(), prefix: "backup", permissions: status.permissions & 0o777)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", from) }
            if count == 0 { break }
            try buffer.withUnsafeBytes { try file.output.write(buffer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        try file.finish(as: to)
    }
}

/// Why a backup was not made.
package enum BackupError: Error, Hashable, CustomStringConvertible {
    /// The repository changed faster than it could be copied.
    case changing(RepositoryName)
    /// The folder to restore into holds something.
    case notEmpty(String)

    package var description: String {
        switch self {
        case .changing(let name): "repository '\(name)' kept changing while it was copied (try again)"
        case .notEmpty(let path): "'\(path)' is not empty (restore into a new folder)"
        }
    }
}
