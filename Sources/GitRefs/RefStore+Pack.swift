internal import Bytes
public import GitObjects
internal import SystemPackage

extension RefStore {
    /// Which refs are packed.
    public struct PackOptions: Sendable {
        /// All of them, not only tags and those that are packed already.
        public var all: Bool
        /// Whether the loose files are removed.
        public var prunes: Bool

        /// All refs, and the loose files go: what `git gc` does.
        public init(all: Bool = true, prunes: Bool = true) {
            self.all = all
            self.prunes = prunes
        }
    }

    /// Moves loose refs into `packed-refs`. Symbolic refs and those of one work tree stay loose.
    ///
    /// `peel` tells what an annotated tag leads to in the end; nil for what is no tag. A ref whose object is missing
    /// (where `peel` throws) stays loose.
    ///
    /// - Throws: ``RefError``; a loose ref that changed meanwhile stays.
    public func packRefs(
        _ options: PackOptions = .init(), peel: (ObjectID) throws -> ObjectID?
    ) throws(RefError) {
        var lock = try lockPacked()
        let old = try packed().list(prefix: [])
        let oldNames = Set(old.map(\.name))
        var entries = Dictionary(uniqueKeysWithValues: old.map { ($0.name, $0) })
        var moved: [(name: RefName, id: ObjectID)] = []
        for ref in try list() where !ref.name.isPerWorktree {
            guard case .id(let id) = ref.target, options.all || ref.name.isTag || oldNames.contains(ref.name),
                try readLooseOrNil(ref.name) != nil
            else { continue }
            guard case .success(let peeled) = Result(catching: { try peel(id) }) else { continue }
            entries[ref.name] = PackedRefs.Entry(name: ref.name, id: id, peeled: peeled)
            moved.append((ref.name, id))
        }
        try write(entries.values.sorted { $0.name < $1.name }, &lock)
        guard options.prunes else { return }
        for (name, id) in moved { try pruneLoose(name, id) }
    }

    private func readLooseOrNil(_ name: RefName) throws(RefError) -> RefTarget? {
        do throws(RefError) {
            return try readLoose(name)
        } catch {
            guard case .broken = error else { throw error }
            return nil
        }
    }

    /// Removes a loose ref that is packed with the same value, unless somebody changes it just now.
    private func pruneLoose(_ name: RefName, _ id: ObjectID) throws(RefError) {
        let path = path(name)
        guard let lock = try? LockFile(path, waiting: options.lockTimeout) else { return }
        let isStill = (try? readLoose(name)) == .id(id)
        do throws(FileError) {
            if isStill { try Files.remove(path) }
            _ = consume lock
            try removeEmptyParents(path, below: name)
        } catch {
            throw .file(error)
        }
    }

    private func lockPacked() throws(RefError) -> LockFile {
        do throws(LockError) {
            return try LockFile(
                commonDirectory.appending("packed-refs"), waiting: options.packedLockTimeout)
        } catch {
            throw .locked(RefName(unchecked: Array("packed-refs".utf8)), error)
        }
    }

    private func write(_ entries: [PackedRefs.Entry], _ lock: inout LockFile) throws(RefError) {
        do throws(FileError) {
            try lock.output.write(PackedRefs.encode(entries))
            try lock.commit(synchronizing: options.synchronizes)
        } catch {
            throw .file(error)
        }
    }

    /// Drops refs from `packed-refs`, where any of them is there. The file is locked in any case: somebody who packs refs
    /// just now would bring back what is about to be removed.
    func removeFromPacked(_ names: Set<RefName>) throws(RefError) {
        var lock = try lockPacked()
        let before = try packed()
        var isThere = false
        for name in names where try before.find(name) != nil { isThere = true }
        guard isThere else { return }
        try write(try packed().list(prefix: []).filter { !names.contains($0.name) }, &lock)
    }
}
