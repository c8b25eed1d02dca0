internal import Bytes
public import GitObjects
internal import SystemPackage

/// A transaction whose refs are locked and hold what was expected. Going away without ``commit(committer:)`` gives the
/// locks back and changes nothing.
public struct PreparedRefTransaction: ~Copyable {
    /// A change of one ref's own value, symbolic refs resolved.
    struct Step {
        var update: RefTransaction.Update
        /// What the ref held, all zeros where nothing.
        var old: ObjectID
        /// What it holds itself.
        var oldTarget: RefTarget?
        /// Logs that get the entry besides its own: `HEAD`'s, or those of symbolic refs that led here.
        var alsoLogged: [RefName] = []
        /// The name under which the change was asked for: what messages call it.
        var requested: RefName

        init(_ update: RefTransaction.Update, zero: ObjectID) {
            self.update = update
            old = zero
            requested = update.name
        }
    }

    private let store: RefStore
    private var steps: [Step] = []
    private var locks: [RefName: LockBox] = [:]
    private var isDone = false

    /// A lock that can be kept in a dictionary.
    private final class LockBox {
        private var lock: LockFile
        init(_ lock: consuming LockFile) { self.lock = lock }

        func write(_ bytes: [UInt8], synchronizing: Bool) throws(FileError) {
            try lock.output.write(bytes)
            if synchronizing { try lock.output.synchronize() }
            try lock.close()
        }

        func commit() throws(FileError) { try lock.commit() }
    }

    init(_ transaction: RefTransaction, logsHead: Bool = true) throws(RefError) {
        store = transaction.store
        let head = try? store.read(.head)
        for update in transaction.updates { steps.append(try Self.resolve(update, store)) }
        steps.sort { $0.update.name < $1.update.name }
        for (first, second) in zip(steps, steps.dropFirst()) where first.update.name == second.update.name {
            throw .multipleUpdates(first.update.name)
        }
        if logsHead, case .symbolic(let branch) = head {
            for index in steps.indices where steps[index].update.name == branch {
                if !steps[index].alsoLogged.contains(.head) && !steps.contains(where: { $0.update.name == .head }) {
                    steps[index].alsoLogged.append(.head)
                }
            }
        }
        try checkConflicts()
        for index in steps.indices {
            try lock(steps[index].update.name, for: steps[index].requested)
            // Read again under the lock.
            let name = steps[index].update.name
            steps[index].oldTarget = try Self.readBroken(name, store)
            steps[index].old = try Self.id(of: steps[index].oldTarget, store) ?? .zero(store.algorithm)
            try Self.check(steps[index])
        }
        // A symbolic ref whose log grows is held too, so that nobody moves it away meanwhile.
        for step in steps {
            for name in step.alsoLogged where locks[name] == nil { try lock(name, for: name) }
        }
        try writeLocks()
    }

    /// Follows a symbolic ref to the one that is to be changed.
    private static func resolve(_ update: RefTransaction.Update, _ store: RefStore) throws(RefError) -> Step {
        var step = Step(update, zero: .zero(store.algorithm))
        guard update.followsSymbolic else { return step }
        for _ in 0...RefStore.maximumSymbolicDepth {
            guard case .symbolic(let next)? = try readBroken(step.update.name, store) else { return step }
            step.alsoLogged.append(step.update.name)
            step.update.name = next
        }
        throw .tooManySymbolic(update.name)
    }

    /// What a ref holds, where a broken one may be replaced.
    private static func readBroken(_ name: RefName, _ store: RefStore) throws(RefError) -> RefTarget? {
        do throws(RefError) {
            return try store.read(name)
        } catch {
            guard case .broken = error else { throw error }
            return nil
        }
    }

    private static func id(of target: RefTarget?, _ store: RefStore) throws(RefError) -> ObjectID? {
        switch target {
        case .id(let id): id
        case .symbolic(let name): try store.resolve(name)
        case nil: nil
        }
    }

    private static func check(_ step: Step) throws(RefError) {
        let name = step.requested
        let exists = step.oldTarget != nil && !step.old.isZero
        switch step.update.expectation {
        case .any: return
        case .absent: if exists { throw .cannotLock(name, .exists) }
        case .present: if !exists { throw .cannotLock(name, .unresolvable(name)) }
        case .exactly(let id) where id.isZero: if exists { throw .cannotLock(name, .exists) }
        case .exactly(let id):
            if !exists {
                throw .cannotLock(
                    name, step.oldTarget == nil ? .unresolvable(name) : .missing(expected: id))
            }
            if step.old != id { throw .cannotLock(name, .isAt(step.old, expected: id)) }
        }
    }

    // MARK: Names that cannot stand together

    private func checkConflicts() throws(RefError) {
        let leaving = Set(steps.filter { $0.update.change == .delete }.map(\.update.name))
        let coming = steps.filter {
            if case .set = $0.update.change { true } else if case .symbolic = $0.update.change { true } else { false }
        }
        let comingNames = Set(coming.map(\.update.name))
        for step in coming {
            let name = step.update.name
            for parent in Self.parents(name) where comingNames.contains(parent) {
                throw .cannotLock(parent, .conflictInTransaction(parent, name))
            }
            guard try Self.readBroken(name, store) == nil else { continue }
            for parent in Self.parents(name) where !leaving.contains(parent) {
                if try Self.readBroken(parent, store) != nil {
                    throw .cannotLock(name, .conflict(existing: parent, new: name))
                }
            }
            if let child = try store.firstBelow(name, ignoring: leaving) {
                throw .cannotLock(name, .conflict(existing: child, new: name))
            }
        }
    }

    /// `refs/heads/a` for `refs/heads/a/b`, and so on up.
    private static func parents(_ name: RefName) -> [RefName] {
        let slash = UInt8(ascii: "/")
        return name.bytes.indices.filter { name.bytes[$0] == slash }.map {
            RefName(unchecked: Array(name.bytes[..<$0]))
        }
        .filter { $0.bytes.contains(slash) }
    }

    // MARK: Locks

    private mutating func lock(_ name: RefName, for requested: RefName) throws(RefError) {
        let path = store.path(name)
        var attempts = 0
        while true {
            do throws(LockError) {
                locks[name] = LockBox(try LockFile(path, waiting: store.options.lockTimeout))
                return
            } catch {
                // A directory may be missing, or just have been removed by somebody who deleted the last ref in it.
                attempts += 1
                guard case .file(let cause) = error, cause.code == .noSuchFileOrDirectory, attempts < 4 else {
                    throw .locked(requested, error)
                }
                do throws(FileError) {
                    try Files.makeDirectory(path.removingLastComponent())
                } catch {
                    throw .locked(requested, .file(error))
                }
            }
        }
    }

    private func writeLocks() throws(RefError) {
        for step in steps {
            let name = step.update.name
            switch step.update.change {
            case .set(let id):
                if Self.isUnchanged(step) { continue }
                try clearWay(name)
                try write(id.hexBytes, to: name)
            case .symbolic(let target):
                try clearWay(name)
                try write(Array("ref: ".utf8) + target.bytes, to: name)
            case .delete, .verify: continue
            }
        }
    }

    /// What an earlier ref left there must not be in the way of the rename.
    private func clearWay(_ name: RefName) throws(RefError) {
        let path = store.path(name)
        let isBlocked = try RefError.wrapping { () throws(FileError) in
            try store.removeEmptyDirectories(path)
            return try FileStatus.of(path)?.kind == .directory
        }
        if isBlocked { throw .cannotLock(name, .blocked(path)) }
    }

    private func write(_ line: [UInt8], to name: RefName) throws(RefError) {
        try RefError.wrapping { () throws(FileError) in
            try locks[name]?.write(line + [10], synchronizing: store.options.synchronizes)
        }
    }

    /// Whether the ref holds the new value already, in its own file or the packed one.
    private static func isUnchanged(_ step: Step) -> Bool {
        if case .set(let id) = step.update.change { step.oldTarget == .id(id) } else { false }
    }

    // MARK: Making the changes

    /// Lets the log say that the ref held something before: after a renaming, what it held under its old name.
    mutating func overrideOld(_ id: ObjectID) {
        for index in steps.indices { steps[index].old = id }
    }

    /// Writes the logs, then the refs.
    ///
    /// - Throws: ``RefError/file(_:)``, where the file system fails on the way.
    public mutating func commit(committer: Signature) throws(RefError) {
        guard !isDone else { return }
        isDone = true
        for step in steps { try writeLogs(step, committer) }
        for step in steps where !Self.isUnchanged(step) {
            switch step.update.change {
            case .set, .symbolic:
                do throws(FileError) {
                    try locks[step.update.name]?.commit()
                    locks[step.update.name] = nil
                } catch {
                    throw .file(error)
                }
            case .delete, .verify: continue
            }
        }
        try deleteRefs()
        locks.removeAll()
    }

    private func writeLogs(_ step: Step, _ committer: Signature) throws(RefError) {
        let new: ObjectID
        switch step.update.change {
        case .set(let id): new = id
        case .delete: new = .zero(store.algorithm)
        case .symbolic(let target):
            guard step.update.isLogged, let id = try store.resolve(target) else { return }
            new = id
        case .verify: return
        }
        let entry = ReflogEntry(old: step.old, new: new, committer: committer, message: step.update.message)
        for name in step.alsoLogged { try store.appendReflog(name, entry) }
        guard step.update.change != .delete, !Self.isUnchanged(step) else { return }
        try store.appendReflog(step.update.name, entry, creating: step.update.createsReflog)
    }

    /// Removes refs: from `packed-refs` first, so that no older value shows through, then their files and logs.
    private mutating func deleteRefs() throws(RefError) {
        let names = steps.filter { $0.update.change == .delete }.map(\.update.name)
        guard !names.isEmpty else { return }
        try store.removeFromPacked(Set(names))
        for name in names {
            let path = store.path(name)
            try RefError.wrapping { () throws(FileError) in try Files.remove(path) }
            try store.removeReflog(name)
            locks[name] = nil
            try RefError.wrapping { () throws(FileError) in try store.removeEmptyParents(path, below: name) }
        }
    }
}
