internal import GitObjects
internal import GitRefs
internal import GitRepository

/// Branches that point into what is rebased, and follow it (`--update-refs`).
struct RebaseRefs {
    let operation: RebaseOperation
    private static let file = "update-refs"

    /// A branch, where it stood, and where it will.
    private struct Record {
        var name: String
        var before: ObjectID
        var after: ObjectID
    }

    private var repository: Repository { operation.repository }
    private var zero: ObjectID { .zero(repository.algorithm) }

    private func records() throws -> [Record] {
        let lines = String(decoding: try operation.read(Self.file) ?? [], as: UTF8.self).split(separator: "\n")
        return stride(from: 0, to: lines.count - lines.count % 3, by: 3).compactMap { place in
            guard let before = ObjectID(hex: String(lines[place + 1])),
                let after = ObjectID(hex: String(lines[place + 2]))
            else { return nil }
            return Record(name: String(lines[place]), before: before, after: after)
        }
    }

    private func write(_ records: [Record]) throws {
        guard !records.isEmpty else { return try operation.remove(Self.file) }
        try operation.write(
            Self.file, records.sorted { $0.name < $1.name }.map { "\($0.name)\n\($0.before)\n\($0.after)\n" }.joined())
    }

    private func record(_ name: String) throws -> Record {
        Record(name: name, before: try repository.refs.resolve(RefName(name)) ?? zero, after: zero)
    }

    /// Puts a step behind every commit that a branch names.
    func addSteps(_ todo: inout RebaseTodo, head: RefName?) throws {
        var branches: [ObjectID: [RefName]] = [:]
        for ref in try repository.refs.list(prefix: "refs/heads/") {
            if let id = try repository.refs.resolve(ref.name), ref.name != head {
                branches[id, default: []].append(ref.name)
            }
        }
        var places: [RefName: String] = [:]
        for worktree in try repository.worktrees() where !worktree.isBare {
            if let branch = worktree.branch { places[branch] = "\(worktree.path)" }
        }
        var records: [Record] = []
        var steps: [RebaseStep] = []
        for step in todo.steps {
            steps.append(step)
            guard let commit = step.commit else { continue }
            for name in (branches[commit] ?? []).reversed() {
                if let place = places[name] {
                    steps.append(RebaseStep(.comment, text: "# Ref \(name) checked out at '\(place)'"))
                } else {
                    steps.append(RebaseStep(.updateRef, text: name.string))
                    steps.append(RebaseStep(.comment))
                    records.append(try record(name.string))
                }
            }
        }
        todo.steps = steps
        try write(records)
    }

    /// Keeps records of the branches that a list names.
    func keep(_ todo: RebaseTodo) throws {
        let known = try records()
        let names = todo.steps.filter { $0.action == .updateRef }.map(\.text)
        let done = known.filter { $0.after != zero && !names.contains($0.name) }
        try write(try done + names.map { name in try known.first { $0.name == name } ?? record(name) })
    }

    /// Notes where a branch will stand.
    func set(_ name: String, to id: ObjectID) throws {
        var all = try records()
        guard let place = all.firstIndex(where: { $0.name == name }) else { return }
        all[place].after = id
        try write(all)
    }

    /// The branches to be moved, with what makes it so.
    func move() throws -> (moved: [String], failed: [String]) {
        var result: (moved: [String], failed: [String]) = ([], [])
        for record in try records() where record.after != zero {
            do {
                var transaction = repository.refs.beginTransaction()
                transaction.update(
                    try RefName(record.name), to: record.after,
                    expecting: record.before == zero ? .absent : .exactly(record.before),
                    message: "rewritten during rebase")
                try transaction.commit(committer: try operation.context.reflogIdentity())
                result.moved.append(record.name)
            } catch {
                operation.context.errors.line("error: update_ref failed for ref '\(record.name)': \(error)")
                result.failed.append(record.name)
            }
        }
        return result
    }
}
