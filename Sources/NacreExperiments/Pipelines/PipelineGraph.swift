/// Stages that contradict each other.
public enum PipelineError: Error, Hashable, CustomStringConvertible {
    /// Two stages make one file.
    case sharedOutput(path: String, first: String, second: String)
    /// An output stands inside another.
    case nestedOutput(inner: String, outer: String, first: String, second: String)
    /// What a stage that never runs made is not there.
    case frozenWithoutOutput(path: String, stage: String)
    /// A stage depends on what it makes.
    case ownInput(path: String, stage: String)
    /// Stages wait for each other.
    case cycle([String])
    /// No stage has that name.
    case unknownStage(String, known: [String])
    /// A stage's command failed.
    case failed(stage: String, command: String, status: String)
    /// A command ended well and left a declared output out.
    case missingOutput(stage: String, path: String)
    /// A stage reads a file that is not there and that no stage makes.
    case missingDependency(stage: String, path: String, source: String, line: Int?)

    public var description: String {
        switch self {
        case .sharedOutput(let path, let first, let second):
            "the output '\(path)' is made by both \(first) and \(second); give one of them another path"
        case .nestedOutput(let inner, let outer, let first, let second):
            "the output '\(inner)' of \(first) stands inside the output '\(outer)' of \(second); "
                + "declare it outside, or only the outer one"
        case .frozenWithoutOutput(let path, let stage):
            "\(stage) is frozen, and its output '\(path)' is not there; bring it back, or take 'frozen' out to have it made"
        case .ownInput(let path, let stage):
            "\(stage) names '\(path)' as a dependency and as an output; take it out of one of them"
        case .cycle(let names):
            "stages wait for each other in a circle: \(names.joined(separator: " -> ")); "
                + "take one of these dependencies out"
        case .unknownStage(let name, let known):
            "no stage is named '\(name)'"
                + (known.isEmpty ? "" : " (there are: \(known.prefix(12).joined(separator: ", ")))")
        case .failed(let stage, let command, let status): "the stage '\(stage)' failed: '\(command)' \(status)"
        case .missingOutput(let stage, let path):
            "the stage '\(stage)' ended without making its output '\(path)'"
        case .missingDependency(let stage, let path, let source, let line):
            "the stage '\(stage)' (\(source)\(line.map { ", line \($0)" } ?? "")) needs '\(path)', which is not there"
        }
    }
}

/// Which stage waits for which.
public struct PipelineGraph: Sendable {
    /// The stages.
    public let stages: [PipelineStage]
    /// For each stage the stages whose outputs it reads, in the order of its dependencies.
    public let upstream: [[Int]]

    /// Finds the edges: a dependency that is, contains, or stands inside an output.
    ///
    /// - Throws: ``PipelineError/cycle(_:)``.
    public init(_ stages: [PipelineStage]) throws(PipelineError) {
        self.stages = stages
        var producers: [String: Int] = [:]
        var outputs: [(path: String, stage: Int)] = []
        for (index, stage) in stages.enumerated() {
            for output in stage.outputs {
                producers[output.path] = index
                outputs.append((output.path, index))
            }
        }
        outputs.sort { $0.path < $1.path }
        upstream = stages.enumerated().map { index, stage in
            var found: [Int] = []
            for dependency in stage.dependencies + stage.parameters.map(\.path) {
                for producer in Self.producers(of: dependency, producers, outputs)
                where producer != index && !found.contains(producer) { found.append(producer) }
            }
            return found
        }
        try checkCycles()
    }

    private static func producers(
        of path: String, _ exact: [String: Int], _ sorted: [(path: String, stage: Int)]
    ) -> [Int] {
        if let stage = exact[path] { return [stage] }
        // An output that holds the path.
        var parent = PipelinePath.parent(path)
        while !parent.isEmpty {
            if let stage = exact[parent] { return [stage] }
            parent = PipelinePath.parent(parent)
        }
        // Outputs inside the path.
        let prefix = path + "/"
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].path < prefix { low = middle + 1 } else { high = middle }
        }
        return sorted[low...].prefix { $0.path.hasPrefix(prefix) }.map(\.stage)
    }

    private func checkCycles() throws(PipelineError) {
        var state = [UInt8](repeating: 0, count: stages.count)
        for root in stages.indices where state[root] == 0 {
            var path: [(stage: Int, next: Int)] = [(root, 0)]
            state[root] = 1
            while let top = path.last {
                guard top.next < upstream[top.stage].count else {
                    state[top.stage] = 2
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let next = upstream[top.stage][top.next]
                if state[next] == 1 {
                    let start = path.firstIndex { $0.stage == next } ?? 0
                    throw .cycle((path[start...].map(\.stage) + [next]).reversed().map { stages[$0].place })
                }
                if state[next] == 0 {
                    state[next] = 1
                    path.append((next, 0))
                }
            }
        }
    }

    /// The stages that must have run for `targets` (all where empty), each after those that it waits for.
    public func order(for targets: [Int] = []) -> [Int] {
        var visited = [Bool](repeating: false, count: stages.count)
        var result: [Int] = []
        for root in targets.isEmpty ? Array(stages.indices) : targets where !visited[root] {
            visited[root] = true
            var path: [(stage: Int, next: Int)] = [(root, 0)]
            while let top = path.last {
                if top.next < upstream[top.stage].count {
                    path[path.count - 1].next += 1
                    let next = upstream[top.stage][top.next]
                    if !visited[next] {
                        visited[next] = true
                        path.append((next, 0))
                    }
                } else {
                    result.append(top.stage)
                    path.removeLast()
                }
            }
        }
        return result
    }

    /// Checks that no two stages make one file, no output stands inside another, and no stages wait for each other.
    public static func check(_ stages: [PipelineStage]) throws(PipelineError) {
        var owners: [String: String] = [:]
        for stage in stages {
            if let path = stage.dependencies.first(where: { path in stage.outputs.contains { $0.path == path } }) {
                throw .ownInput(path: path, stage: stage.place)
            }
            for output in stage.outputs {
                if let first = owners[output.path] {
                    throw .sharedOutput(path: output.path, first: first, second: stage.place)
                }
                owners[output.path] = stage.place
            }
        }
        for (path, stage) in owners.sorted(by: { $0.key < $1.key }) {
            var parent = PipelinePath.parent(path)
            while !parent.isEmpty {
                if let outer = owners[parent] {
                    throw .nestedOutput(inner: path, outer: parent, first: stage, second: outer)
                }
                parent = PipelinePath.parent(parent)
            }
        }
        _ = try PipelineGraph(stages)
    }
}
