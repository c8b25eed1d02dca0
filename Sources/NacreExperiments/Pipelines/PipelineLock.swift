internal import Bytes
internal import SystemPackage

/// What each stage read and made when it last ran: `nacre.lock`. Depends on that alone: no times, no machine names.
public struct PipelineLock: Sendable, Hashable {
    /// A file or directory.
    public struct File: Sendable, Hashable {
        /// The path from the top of the repository.
        public let path: String
        /// What stood there.
        public let item: HashCache.Item
    }

    /// One stage.
    public struct Stage: Sendable, Hashable {
        /// The commands.
        public var commands: [String]
        /// What was read, in order of path.
        public var dependencies: [File]
        /// The parameters that were read, by file and key.
        public var parameters: ValueObject
        /// What was made, in order of path.
        public var outputs: [File]
    }

    /// The stages by their name in their own file.
    public var stages: [String: Stage] = [:]

    static let schema = "nacre-1"

    /// No stages.
    public init() {}

    /// Reads a lock file.
    ///
    /// - Throws: ``ValueError`` where it is of another schema or damaged.
    public init(parsing bytes: [UInt8], source: String) throws(ValueError) {
        let root = try YAMLReader.read(bytes, source: source)
        guard root.object?["schema"]?.string == Self.schema else {
            throw ValueError(source, "it is no lock of schema \(Self.schema); remove it to have it written again")
        }
        for entry in root.object?["stages"]?.object?.entries ?? [] {
            guard let object = entry.value.object else {
                throw ValueError(source, "the stage '\(entry.key)' is no mapping")
            }
            let commands = object["cmd"]?.array?.compactMap(\.string) ?? object["cmd"]?.string.map { [$0] } ?? []
            stages[entry.key] = Stage(
                commands: commands, dependencies: try Self.files(object["deps"], source),
                parameters: object["params"]?.object ?? [:], outputs: try Self.files(object["outs"], source))
        }
    }

    private static func files(_ value: Value?, _ source: String) throws(ValueError) -> [File] {
        var result: [File] = []
        for item in value?.array ?? [] {
            guard let object = item.object, let path = object["path"]?.string, let hash = object["sha256"]?.text else {
                throw ValueError(source, "an entry has no path or sha256")
            }
            let size = object["size"]?.number.flatMap { Int64(exactly: $0) } ?? 0
            let count = object["nfiles"]?.number.flatMap { Int(exactly: $0) }
            result.append(File(path: path, item: .init(sha256: hash, size: size, fileCount: count)))
        }
        return result
    }

    /// The file's bytes; the same stages give the same bytes.
    public var encoded: [UInt8] {
        var object = ValueObject()
        for name in stages.keys.sorted() {
            guard let stage = stages[name] else { continue }
            var item: ValueObject = [
                "cmd": stage.commands.count == 1 ? .string(stage.commands[0]) : .array(stage.commands.map(Value.string))
            ]
            if !stage.dependencies.isEmpty { item["deps"] = .array(stage.dependencies.map(Self.value)) }
            if !stage.parameters.isEmpty { item["params"] = .object(stage.parameters.sorted) }
            if !stage.outputs.isEmpty { item["outs"] = .array(stage.outputs.map(Self.value)) }
            object[name] = .object(item)
        }
        return YAMLWriter.bytes(.object(["schema": .string(Self.schema), "stages": .object(object)]))
    }

    private static func value(_ file: File) -> Value {
        var object: ValueObject = [
            "path": .string(file.path), "sha256": .string(file.item.sha256), "size": .integer(file.item.size),
        ]
        if let count = file.item.fileCount { object["nfiles"] = .integer(Int64(count)) }
        return .object(object)
    }
}
