internal import Bytes
internal import GitObjects
internal import SystemPackage

/// What a list of experiments shows, by commit: one line of JSON each, behind the commit's id. Commits never change, so a
/// line is never wrong; a file that is damaged or missing only costs time.
struct ExperimentCache {
    private let path: FilePath
    private var known: [String: Experiment] = [:]
    private let content: [UInt8]

    init(_ path: FilePath, algorithm: HashAlgorithm) {
        self.path = path
        content = (try? Files.readIfPresent(path, limit: 1 << 30)) ?? []
        for line in content.split(separator: 10) {
            guard let value = try? JSONReader.read(Array(line), source: "cache"), let experiment = Self.decode(value)
            else { continue }
            known[experiment.commit.hex + experiment.name] = experiment
        }
    }

    func find(_ name: String, _ id: ObjectID) -> Experiment? { known[id.hex + name] }

    /// Adds lines; rewrites the file where most of its lines are of experiments that are gone.
    func add(_ new: [Experiment], count: Int) {
        guard !new.isEmpty else { return }
        var bytes = known.count > 4 * count + 100 ? [] : content
        if let last = bytes.last, last != 10 { bytes.append(10) }
        for experiment in new { bytes += JSONWriter.bytes(Self.encode(experiment)) + [10] }
        try? TemporaryFile.replace(path, with: bytes, synchronizing: false)
    }

    private static func encode(_ experiment: Experiment) -> Value {
        var object: ValueObject = [
            "name": .string(experiment.name), "commit": .string(experiment.commit.hex),
            "time": .integer(experiment.time),
            "status": .string(experiment.status), "command": .string(experiment.command),
            // NaN and the infinities are not JSON: they are kept as text.
            "params": wrap(experiment.parameters), "metrics": wrap(experiment.metrics),
            "problems": .array(experiment.problems.map(Value.string)),
        ]
        if let frozen = experiment.frozen { object["frozen"] = .string(frozen.hex) }
        if let base = experiment.base { object["base"] = .string(base.hex) }
        return .object(object)
    }

    private static func wrap(_ object: ValueObject) -> Value {
        .string(JSONWriter.string(.object(object), style: .python))
    }

    private static func unwrap(_ value: Value?) -> ValueObject? {
        guard let text = value?.string else { return nil }
        return try? JSONReader.read(Array(text.utf8), source: "cache").object
    }

    private static func decode(_ value: Value) -> Experiment? {
        guard let object = value.object, let name = object["name"]?.string,
            let commit = object["commit"]?.string.flatMap({ ObjectID(hex: $0) }),
            case .integer(let time)? = object["time"],
            let status = object["status"]?.string, let command = object["command"]?.string,
            let parameters = unwrap(object["params"]), let metrics = unwrap(object["metrics"])
        else { return nil }
        return Experiment(
            name: name, commit: commit, frozen: object["frozen"]?.string.flatMap { ObjectID(hex: $0) },
            base: object["base"]?.string.flatMap { ObjectID(hex: $0) }, time: time, status: status, command: command,
            parameters: parameters, metrics: metrics, problems: object["problems"]?.array?.compactMap(\.string) ?? [])
    }
}
