internal import Bytes
internal import SystemPackage

/// Runs that wait: `.git/nacre/queue/<number>.json`.
public struct RunQueue: Sendable {
    private let directory: FilePath

    /// The queue of a repository.
    public init(_ workspace: Workspace) { directory = workspace.nacreDirectory.appending("queue") }

    private func names() throws -> [String] {
        (try Files.list(directory) ?? []).map { String(decoding: $0.name, as: UTF8.self) }.filter {
            $0.hasSuffix(".json")
        }.sorted()
    }

    /// Adds a run at the end.
    public func add(_ request: RunRequest) throws {
        try Files.makeDirectory(directory)
        var number = (try names().last.flatMap { Int($0.dropLast(5)) } ?? 0) + 1
        var object: ValueObject = [
            "directory": .string(request.directory), "commit": .bool(request.commitsToBranch),
            "overrides": .array(
                request.overrides.map {
                    .object(["file": .string($0.file), "key": .string($0.key), "value": $0.value])
                }),
        ]
        if let name = request.name { object["name"] = .string(name) }
        switch request.work {
        case .command(let words): object["command"] = .array(words.map(Value.string))
        case .pipeline(let targets, let forced):
            object["targets"] = .array(targets.map(Value.string))
            object["forced"] = .bool(forced)
        }
        while true {
            let digits = String(number)
            let name = String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + ".json"
            do throws(FileError) {
                var file = try OutputFile(creating: directory.appending(name))
                try file.write(JSONWriter.bytes(.object(object)))
                try file.synchronize()
                try file.close()
                return
            } catch {
                guard error.code == .fileExists else { throw error }
                number += 1
            }
        }
    }

    /// Takes everything out of the queue, in order.
    public func takeAll() throws -> [RunRequest] {
        var result: [RunRequest] = []
        for name in try names() {
            let path = directory.appending(name)
            guard let bytes = try Files.readIfPresent(path),
                let object = try JSONReader.read(bytes, source: path.string).object
            else { continue }
            var work = RunRecord.Work.pipeline(
                targets: object["targets"]?.array?.compactMap(\.string) ?? [], forced: object["forced"]?.bool ?? false)
            if let words = object["command"]?.array { work = .command(words.compactMap(\.string)) }
            var request = RunRequest(work)
            request.name = object["name"]?.string
            request.directory = object["directory"]?.string ?? ""
            request.overrides = (object["overrides"]?.array ?? []).compactMap { item in
                guard let file = item.object?["file"]?.string, let key = item.object?["key"]?.string,
                    let value = item.object?["value"]
                else { return nil }
                return .init(file: file, key: key, value: value)
            }
            result.append(request)
            try Files.remove(path)
        }
        return result
    }
}
