internal import Bytes
internal import GitObjects
public import SystemPackage

/// Everything around a run that may change its result: interpreter, packages, machine, variables, lock file.
public enum RecordedEnvironment {
    /// Lock files in the order in which they are looked for: first those that an environment can be restored from.
    public static let lockFiles = [
        "pylock.toml", "requirements.lock", "requirements.txt", "conda-linux-64.lock", "explicit.txt", "uv.lock",
        "poetry.lock",
    ]

    /// The lock file of a source: the one that is asked for, or the first that is there.
    public static func lockFile(of source: some FileSource, _ request: EnvironmentRequest) throws -> (
        path: String, content: [UInt8]
    )? {
        for name in request.lockFile.map({ [$0] }) ?? lockFiles {
            if let content = try source.read(GitPath(name)) { return (name, content) }
        }
        return nil
    }

    /// Records the environment of a run in `directory`.
    public static func capture(
        _ request: EnvironmentRequest, variables: [String: String], in directory: FilePath
    ) throws -> Value {
        var result = ValueObject()
        let python = try PythonEnvironment.capture(
            request.interpreter ?? "python3", searchPath: variables["PATH"] ?? "/usr/bin:/bin", in: directory)
        if let python { result["python"] = python.value }
        if let lock = try lockFile(of: DirectorySource(directory), request) {
            result["lock"] = .object([
                "path": .string(lock.path), "sha256": .string(Hex.string(Digest.hash(lock.content, .sha256))),
            ])
        }
        let recorded = RecordedVariables.select(from: variables, wanted: request.variables)
        if !recorded.isEmpty { result["variables"] = .object(recorded) }
        result["machine"] = Machine.describe(container: request.container ?? variables["NACRE_CONTAINER_DIGEST"])
        return .object(result)
    }

    /// How two environments differ, as dotted names with the values of both.
    public static func differences(_ old: Value, _ new: Value) -> [(name: String, difference: ValueDifference)] {
        let left = ValueObject(old.flattened.map { ($0.key, $0.value) })
        let right = ValueObject(new.flattened.map { ($0.key, $0.value) })
        return Set(left.keys).union(right.keys).sorted().compactMap { key in
            let before = left[key] ?? .null
            let after = right[key] ?? .null
            return before.isSame(as: after) ? nil : (key, ValueDifference(old: before, new: after))
        }
    }
}
