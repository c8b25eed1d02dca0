public import GitObjects
internal import GitStorage

/// What a reviewer wants to know of a change, read from commits and pointers alone.
public struct Review: Sendable {
    /// A large file or output whose size changed.
    public struct Size: Sendable, Hashable {
        /// The path.
        public let path: String
        /// The size before; nil where it is new.
        public let old: Int64?
        /// The size after; nil where it is gone.
        public let new: Int64?
    }

    /// The metrics that changed, by file and key.
    public let metrics: [(file: String, changes: [(key: String, difference: ValueDifference)])]
    /// The parameters that changed, by file and key.
    public let parameters: [(file: String, changes: [(key: String, difference: ValueDifference)])]
    /// What differs of the recorded environments; empty where one is not recorded here.
    public let environment: [(name: String, difference: ValueDifference)]
    /// The large files that changed.
    public let sizes: [Size]
    /// The policy of the newer revision.
    public let policy: Policy

    /// Compares two commits.
    public init(from old: ObjectID, to new: ObjectID, _ workspace: Workspace) throws {
        let objects = workspace.objects
        let before = try TreeSource(objects, old)
        let after = try TreeSource(objects, new)
        let oldPipeline = try PipelineReader.read(from: before)
        let newPipeline = try PipelineReader.read(from: after)
        policy = newPipeline?.policy ?? Policy()
        metrics = ValueTable.metrics(of: before, pipeline: oldPipeline)
            .differences(to: ValueTable.metrics(of: after, pipeline: newPipeline), numbersOnly: true)
        parameters = ValueTable.parameters(of: before, pipeline: oldPipeline)
            .differences(to: ValueTable.parameters(of: after, pipeline: newPipeline))
        let notes = try Notes(Notes.runs, objects: objects, refs: workspace.refs)
        func recorded(_ id: ObjectID) throws -> Value? {
            try notes.lines(id).last.flatMap { try? JSONReader.read($0, source: "run record").object?["environment"] }
        }
        if let left = try recorded(old), let right = try recorded(new) {
            environment = RecordedEnvironment.differences(left, right)
        } else {
            environment = []
        }
        let changes = try TreeChanges.between(
            try objects.peel(old, to: .tree), try objects.peel(new, to: .tree), in: objects)
        func size(_ entry: TreeEntry?) throws -> (bytes: Int64, isLarge: Bool)? {
            guard let entry, entry.mode.isBlob else { return nil }
            let size = try objects.header(entry.id).size
            guard size < 1024, let pointer = PointerText(try objects.read(entry.id).content) else {
                return (Int64(size), size >= 1 << 20)
            }
            return (pointer.size, true)
        }
        sizes = try changes.compactMap { change in
            let left = try size(change.old)
            let right = try size(change.new)
            guard left?.isLarge == true || right?.isLarge == true else { return nil }
            return Size(path: change.path.description, old: left?.bytes, new: right?.bytes)
        }
    }

    /// A size for people: `21.9 MB`.
    public static func bytes(_ count: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var number = Double(count)
        var unit = 0
        while number >= 999.5, unit < units.count - 1 {
            number /= 1000
            unit += 1
        }
        return NumberText.rounded((number * 10).rounded() / 10, digits: 4) + " " + units[unit]
    }

    /// As JSON.
    public var value: Value {
        .object([
            "metrics": ValueTable.json(metrics), "params": ValueTable.json(parameters),
            "environment": .object(ValueObject(environment.map { ($0.name, $0.difference.json) })),
            "sizes": .array(
                sizes.map {
                    .object([
                        "path": .string($0.path), "old": $0.old.map(Value.integer) ?? .null,
                        "new": $0.new.map(Value.integer) ?? .null,
                    ])
                }),
        ])
    }
}
