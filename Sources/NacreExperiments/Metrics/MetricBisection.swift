public import GitObjects
internal import GitStorage

/// Finds the first commit whose metric is on the wrong side of a limit, by recorded numbers as far as they go.
public struct MetricBisection: Sendable {
    /// What was found.
    public enum Outcome: Sendable, Hashable {
        /// The first commit on the wrong side, with its metric and that of the one before.
        case found(ObjectID, value: Double, before: Double)
        /// These commits have no number for the metric, the answer depends on one of them, and running them gave none.
        case unknown([ObjectID])
    }

    /// Why it cannot be done.
    public enum Failure: Error, CustomStringConvertible {
        /// The good commit is not among the first parents of the bad one.
        case notAncestor
        /// An end has no number, or is on the wrong side.
        case wrongEnd(String)

        public var description: String {
            switch self {
            case .notAncestor: "the good revision is not an ancestor of the bad one along first parents"
            case .wrongEnd(let reason): reason
            }
        }
    }

    /// The metric's dotted key.
    public let metric: String
    /// Whether a number is on the wrong side.
    public let isBad: @Sendable (Double) -> Bool

    /// Makes a search.
    public init(metric: String, isBad: @escaping @Sendable (Double) -> Bool) {
        self.metric = metric
        self.isBad = isBad
    }

    /// The metric that a commit's tree records, or else an experiment that ran this very commit; nil where there is none.
    public func value(_ commit: ObjectID, _ workspace: Workspace) throws -> Double? {
        if let number = try recorded(commit, workspace) { return number }
        for (_, id) in try ExperimentStore(workspace).names() {
            let experiment = try workspace.objects.commit(id)
            guard experiment.parents.first == commit, RunTrailer.isSuccess(experiment.message) else { continue }
            if let number = try recorded(id, workspace) { return number }
        }
        return nil
    }

    private func recorded(_ commit: ObjectID, _ workspace: Workspace) throws -> Double? {
        let source = try TreeSource(workspace.objects, commit)
        let pipeline = (try? PipelineReader.read(from: source)) ?? nil
        return ValueTable.metrics(of: source, pipeline: pipeline).value(metric)?.finiteNumber
    }

    /// The commits from the good one to the bad one along first parents.
    public func chain(good: ObjectID, bad: ObjectID, _ workspace: Workspace) throws -> [ObjectID] {
        var chain = [bad]
        while let last = chain.last, last != good {
            guard let parent = try workspace.objects.commit(last).parents.first else { throw Failure.notAncestor }
            chain.append(parent)
        }
        return chain.reversed()
    }

    /// Searches between two commits.
    ///
    /// - Parameter run: runs a commit for which no number is recorded, and gives its number; nil where it cannot be had.
    public func search(
        good: ObjectID, bad: ObjectID, _ workspace: Workspace, run: (ObjectID) throws -> Double? = { _ in nil }
    ) throws -> Outcome {
        let chain = try chain(good: good, bad: bad, workspace)
        guard let first = try value(good, workspace) ?? run(good), !isBad(first) else {
            throw Failure.wrongEnd("the good revision has no good number for '\(metric)'")
        }
        guard let last = try value(bad, workspace) ?? run(bad), isBad(last) else {
            throw Failure.wrongEnd("the bad revision has no bad number for '\(metric)'")
        }
        var low = (index: 0, value: first)
        var high = (index: chain.count - 1, value: last)
        var hopeless: Set<Int> = []
        while high.index - low.index > 1 {
            let middle = (low.index + high.index) / 2
            // The nearest commit to the middle that has a number; where none has, the nearest that can be run.
            let candidates = ((low.index + 1)..<high.index).sorted { abs($0 - middle) < abs($1 - middle) }
            var probe: (index: Int, value: Double)?
            for index in candidates where probe == nil {
                if let number = try value(chain[index], workspace) { probe = (index, number) }
            }
            for index in candidates where probe == nil && !hopeless.contains(index) {
                if let number = try run(chain[index]) { probe = (index, number) } else { hopeless.insert(index) }
            }
            guard let probe else { return .unknown(Array(chain[(low.index + 1)...high.index])) }
            if isBad(probe.value) { high = probe } else { low = probe }
        }
        return .found(chain[high.index], value: high.value, before: low.value)
    }
}
