internal import Bytes
internal import COpenSSL
internal import SystemPackage

/// DVC's lock file, read so that nobody runs a pipeline again only to change tools.
///
/// An entry counts only where everything that it names is still as it says: then it becomes an entry of our own lock.
struct DVCLock {
    private let stages: ValueObject

    /// Reads `dvc.lock`, schema 2.0.
    ///
    /// - Throws: ``ValueError`` where it is of another schema.
    init(parsing bytes: [UInt8]) throws(ValueError) {
        let root = try YAMLReader.read(bytes, source: "dvc.lock")
        guard let object = root.object, object["schema"]?.text.hasPrefix("2.") ?? false else {
            throw ValueError("dvc.lock", "it is not of schema 2.0; run 'dvc repro' with DVC 2 or later, or remove it")
        }
        stages = object["stages"]?.object ?? [:]
    }

    /// The entry of a stage as ours, where command, parameters, dependencies and outputs are as DVC left them.
    func entry(_ stage: PipelineStage, _ inspector: StageInspector, root: FilePath) throws -> PipelineLock.Stage? {
        guard let object = stages[stage.localName]?.object else { return nil }
        let commands =
            object["cmd"]?.array?.compactMap(\.string)
            ?? object["cmd"]?.string.map { text in
                text.split(separator: "\n").map(String.init)
            }
        guard commands == stage.commands else { return nil }
        func isCurrent(_ key: String, _ wanted: [String]) throws -> Bool {
            let items = object[key]?.array ?? []
            guard items.count == wanted.count else { return false }
            for item in items {
                guard let written = item.object?["path"]?.string, let hash = item.object?["md5"]?.string,
                    // Paths count from the stage's directory.
                    let path = PipelinePath.resolve(written, in: stage.directory), wanted.contains(path),
                    try MD5Digest.of(path.hasPrefix("/") ? FilePath(path) : root.appending(path)) == hash
                else { return false }
            }
            return true
        }
        guard try isCurrent("deps", stage.dependencies), try isCurrent("outs", stage.outputs.map(\.path)) else {
            return nil
        }
        let parameters = try inspector.parameters(of: stage)
        let known = object["params"]?.object ?? [:]
        for entry in parameters.entries {
            let name = known.keys.first { PipelinePath.resolve($0, in: stage.directory) == entry.key }
            guard let name, let values = known[name], values.isSame(as: entry.value) else { return nil }
        }
        func files(_ paths: [String]) throws -> [PipelineLock.File] {
            try inspector.files(paths).compactMap { path, item in item.map { PipelineLock.File(path: path, item: $0) } }
        }
        return PipelineLock.Stage(
            commands: stage.commands, dependencies: try files(stage.dependencies), parameters: parameters,
            outputs: try files(stage.outputs.map(\.path)))
    }
}

/// MD5 as DVC 3 uses it: of a file's bytes, or of the JSON that lists a directory.
enum MD5Digest {
    static func of(_ path: FilePath) throws -> String? {
        guard let status = try FileStatus.of(path, followingLinks: true) else { return nil }
        guard status.kind == .directory else { return Hex.string(digest(try Files.read(path))) }
        var files: [(name: String, hash: String)] = []
        func walk(_ folder: FilePath, _ prefix: String, _ depth: Int) throws {
            guard depth < 64 else { return }
            for entry in try Files.list(folder) ?? [] {
                let name = String(decoding: entry.name, as: UTF8.self)
                let file = folder.appending(bytes: entry.name)
                guard let status = try FileStatus.of(file, followingLinks: true) else { continue }
                if status.kind == .directory {
                    try walk(file, prefix + name + "/", depth + 1)
                } else {
                    files.append((prefix + name, Hex.string(digest(try Files.read(file)))))
                }
            }
        }
        try walk(path, "", 0)
        files.sort { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        let list: Value = .array(files.map { .object(["md5": .string($0.hash), "relpath": .string($0.name)]) })
        return Hex.string(digest(JSONWriter.bytes(list, style: .python))) + ".dir"
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            _ = bytes.withUnsafeBufferPointer { MD5($0.baseAddress, $0.count, buffer.baseAddress) }
            count = 16
        }
    }
}
