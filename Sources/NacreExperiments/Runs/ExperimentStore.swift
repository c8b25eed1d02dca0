internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
internal import SystemPackage

/// An experiment: the commit that a run left.
public struct Experiment: Sendable {
    /// Its name.
    public let name: String
    /// The commit.
    public let commit: ObjectID
    /// What ran.
    public let frozen: ObjectID?
    /// The commit that was checked out when it ran.
    public let base: ObjectID?
    /// Seconds since 1970.
    public let time: Int64
    /// How it ended: `succeeded`, `failed (exit 1)`.
    public let status: String
    /// What was run.
    public let command: String
    /// The parameters by key.
    public let parameters: ValueObject
    /// The metrics by key.
    public let metrics: ValueObject
    /// Problems of parameter and metric files.
    public let problems: [String]

    /// Makes an experiment.
    public init(
        name: String, commit: ObjectID, frozen: ObjectID?, base: ObjectID?, time: Int64, status: String,
        command: String,
        parameters: ValueObject, metrics: ValueObject, problems: [String]
    ) {
        self.name = name
        self.commit = commit
        self.frozen = frozen
        self.base = base
        self.time = time
        self.status = status
        self.command = command
        self.parameters = parameters
        self.metrics = metrics
        self.problems = problems
    }

    /// Whether its run ended well.
    public var isSuccess: Bool { status == "succeeded" }
}

/// The experiments of a repository: `refs/experiments/<name>`.
public struct ExperimentStore: Sendable {
    /// What comes before an experiment's name.
    public static let prefix = "refs/experiments/"

    let workspace: Workspace

    /// The experiments of a repository.
    public init(_ workspace: Workspace) { self.workspace = workspace }

    /// The names with their commits, in order of name.
    public func names() throws -> [(name: String, commit: ObjectID)] {
        try workspace.refs.list(prefix: Self.prefix).compactMap { ref in
            guard let id = ref.id, let name = ref.name.dropping(Self.prefix) else { return nil }
            return (name, id)
        }
    }

    /// The commit of an experiment; nil where there is none of that name.
    public func find(_ name: String) throws -> ObjectID? {
        guard RunNames.isValid(name) else { return nil }
        return try workspace.refs.resolve(try RefName(Self.prefix + name))
    }

    /// An experiment with its parameters and metrics.
    public func experiment(_ name: String, _ id: ObjectID) throws -> Experiment {
        let commit = try workspace.objects.commit(id)
        let text = String(decoding: commit.message, as: UTF8.self)
        func trailer(_ key: String) -> String? {
            text.split(separator: "\n").last { $0.hasPrefix(key + ": ") }.map {
                String($0.dropFirst(key.utf8.count + 2))
            }
        }
        let source = try TreeSource(workspace.objects, id)
        let pipeline = (try? PipelineReader.read(from: source)) ?? nil
        let parameters = ValueTable.parameters(of: source, pipeline: pipeline)
        let metrics = ValueTable.metrics(of: source, pipeline: pipeline)
        let frozen = commit.parents.first
        var base = frozen
        if let frozen, let parent = try? workspace.objects.commit(frozen),
            parent.message.starts(with: "Work tree before the run ".utf8)
        {
            base = parent.parents.first
        }
        let subject = String(decoding: commit.subject, as: UTF8.self)
        return Experiment(
            name: name, commit: id, frozen: frozen, base: base, time: commit.committer.time,
            status: trailer("Nacre-Status") ?? "succeeded",
            command: subject.hasPrefix(name + ": ") ? String(subject.dropFirst(name.count + 2)) : subject,
            parameters: parameters.merged, metrics: metrics.merged,
            problems: (parameters.files + metrics.files).compactMap(\.problem))
    }

    /// All experiments, the newest first. What was read once is kept in a cache by commit, which never changes.
    public func all() throws -> [Experiment] {
        let names = try names()
        let cache = ExperimentCache(
            workspace.nacreDirectory.appending("experiments.cache"), algorithm: workspace.objects.algorithm)
        var result: [Experiment] = []
        result.reserveCapacity(names.count)
        var new: [Experiment] = []
        for (name, id) in names {
            if let known = cache.find(name, id) {
                result.append(known)
            } else {
                let experiment = try experiment(name, id)
                new.append(experiment)
                result.append(experiment)
            }
        }
        cache.add(new, count: names.count)
        return result.sorted { ($0.time, $1.name) > ($1.time, $0.name) }
    }

    /// Removes an experiment.
    ///
    /// - Returns: false where there is none of that name.
    public func remove(_ name: String) throws -> Bool {
        guard let id = try find(name) else { return false }
        var transaction = workspace.refs.beginTransaction()
        transaction.delete(try RefName(Self.prefix + name), expecting: .exactly(id))
        try transaction.commit(committer: try workspace.committer())
        return true
    }

    /// Gives an experiment another name.
    ///
    /// - Throws: ``RunError/nameTaken(_:)``, ``RunError/invalidName(_:)``.
    public func rename(_ name: String, to new: String) throws -> Bool {
        guard RunNames.isValid(new) else { throw RunError.invalidName(new) }
        guard let id = try find(name) else { return false }
        if try find(new) != nil { throw RunError.nameTaken(new) }
        var transaction = workspace.refs.beginTransaction()
        transaction.update(try RefName(Self.prefix + new), to: id, expecting: .absent, message: "rename")
        transaction.delete(try RefName(Self.prefix + name), expecting: .exactly(id))
        try transaction.commit(committer: try workspace.committer())
        return true
    }

    /// Makes a branch at an experiment.
    public func branch(_ name: String, as branch: String) throws -> Bool {
        guard let id = try find(name) else { return false }
        var transaction = workspace.refs.beginTransaction()
        transaction.update(
            try RefName.branch(branch), to: id, expecting: .absent, message: "branch: Created from experiment \(name)")
        try transaction.commit(committer: try workspace.committer())
        return true
    }
}
