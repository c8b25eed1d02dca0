internal import GitObjects

/// Reads the pipelines of a source: `nacre.yaml` and `dvc.yaml` in the top directory and below.
public struct PipelineReader {
    /// The files of a pipeline, in the order in which they are read.
    public static let fileNames = ["nacre.yaml", "dvc.yaml"]

    let source: any FileSource
    var pipeline = Pipeline()
    // Per file while it is read.
    var file = ""
    var directory = ""
    var document = YAMLReader.Document(value: .null, positions: [:])

    private init(source: any FileSource) { self.source = source }

    /// Reads the pipeline files of `directories` (the top one by default), and of others the stages that those wait for.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: ``ValueError`` with file and line, or ``PipelineError`` where stages contradict each other.
    public static func read(from source: any FileSource, directories: [String] = [""]) throws -> Pipeline? {
        var reader = PipelineReader(source: source)
        for directory in directories { try reader.readFiles(in: directory) }
        guard !reader.pipeline.sources.isEmpty else { return nil }
        let own = reader.pipeline.stages.count
        try reader.readUpstream(besides: Set(directories))
        try PipelineGraph.check(reader.pipeline.stages)
        if reader.pipeline.stages.count > own, own > 0 {
            let needed = Set(try PipelineGraph(reader.pipeline.stages).order(for: Array(0..<own)))
            reader.pipeline.stages = needed.sorted().map { reader.pipeline.stages[$0] }
        }
        return reader.pipeline
    }

    /// The directories whose files say what `targets` are: the top one, and those of targets like `folder/dvc.yaml:name`.
    public static func directories(for targets: [String]) -> [String] {
        var result = [""]
        for target in targets {
            guard let colon = target.lastIndex(of: ":") else { continue }
            let file = String(target[..<colon])
            let folder = PipelinePath.parent(file)
            let name = folder.isEmpty ? file : String(file.dropFirst(folder.count + 1))
            if fileNames.contains(name), !result.contains(folder) { result.append(folder) }
        }
        return result
    }

    private mutating func readFiles(in directory: String) throws {
        var seen: Set<String> = []
        for name in Self.fileNames {
            let path = directory.isEmpty ? name : directory + "/" + name
            guard let bytes = try source.read(GitPath(path)) else { continue }
            let first = pipeline.stages.count
            try readFile(bytes, path: path, directory: directory)
            for stage in pipeline.stages[first...] {
                guard seen.insert(stage.localName).inserted else {
                    throw ValueError(path, line: stage.line, "the stage '\(stage.localName)' is defined in both files")
                }
            }
        }
    }

    /// Reads the files of the directories in which, or above which, the stages' dependencies stand: who makes them may be said there.
    private mutating func readUpstream(besides directories: Set<String>) throws {
        var seen = directories
        var next = 0
        while next < pipeline.stages.count {
            let stage = pipeline.stages[next]
            next += 1
            for path in stage.dependencies where !path.hasPrefix("/") {
                var folder = path
                while !folder.isEmpty, seen.insert(folder).inserted {
                    try readFiles(in: folder)
                    folder = PipelinePath.parent(folder)
                }
            }
        }
    }

    /// The directories of a source that hold pipeline files, the top first.
    public static func directories(of source: some FileSource) throws -> [String] {
        let files = try source.files(below: .root, depth: 6) { path in
            fileNames.contains(String(decoding: path.name, as: UTF8.self))
        }
        return Array(Set(files.map { PipelinePath.parent($0.description) })).sorted()
    }

    func error(_ path: ValuePath, _ reason: String) -> ValueError {
        ValueError(file, line: document.line(path), reason)
    }

    private mutating func readFile(_ bytes: [UInt8], path: String, directory: String) throws {
        file = path
        self.directory = directory
        document = try YAMLReader.document(bytes, source: path)
        guard let root = document.value.object else {
            throw ValueError(path, "a pipeline must be a mapping with 'stages'")
        }
        pipeline.sources.append(path)
        let isDVC = path.hasSuffix("dvc.yaml")
        let known =
            ["stages", "vars", "params", "metrics", "plots", "artifacts", "datasets"]
            + (isDVC ? [] : ["policy", "environment"])
        for key in root.keys where !known.contains(key) {
            let hint = isDVC && (key == "policy" || key == "environment") ? " (put it into nacre.yaml)" : ""
            throw error(ValuePath([.key(key)]), "'\(key)' is not a key of a pipeline\(hint)")
        }
        let context = try readVariables(root["vars"], defaults: true)
        let interpolation = Interpolation(context: context, source: path)
        try readStages(root["stages"], context: context)
        pipeline.parameterFiles += try paths(root["params"], key: "params", interpolation)
        pipeline.metricFiles += try paths(root["metrics"], key: "metrics", interpolation)
        if let plots = root["plots"] { try readPlots(try interpolation.resolve(plots)) }
        if let policy = root["policy"] {
            pipeline.policy = try Policy(policy, at: ValuePath([.key("policy")]), error: error)
        }
        if let environment = root["environment"] {
            pipeline.environment = try EnvironmentRequest(environment, error: error)
        }
        addNamedFiles()
    }

    private mutating func addNamedFiles() {
        for stage in pipeline.stages {
            pipeline.metricFiles += stage.outputs.filter { $0.role == .metric }.map(\.path)
            pipeline.parameterFiles += stage.parameters.map(\.path)
        }
        pipeline.metricFiles = unique(pipeline.metricFiles)
        pipeline.parameterFiles = unique(pipeline.parameterFiles)
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func paths(
        _ value: Value?, key: String, _ interpolation: Interpolation
    ) throws(ValueError) -> [String] {
        guard let value else { return [] }
        guard let items = try interpolation.resolve(value).array else {
            throw error(ValuePath([.key(key)]), "'\(key)' must be a list of paths")
        }
        var result: [String] = []
        for item in items {
            // A path, or a path with attributes.
            guard let name = item.string ?? item.object?.keys.first else {
                throw error(ValuePath([.key(key)]), "'\(key)' must be a list of paths")
            }
            result.append(try resolve(name, in: directory, at: ValuePath([.key(key)])))
        }
        return result
    }

    func resolve(_ path: String, in directory: String, at place: ValuePath) throws(ValueError) -> String {
        guard let resolved = PipelinePath.resolve(path, in: directory) else {
            throw error(place, "'\(path)' leads out of the repository")
        }
        return resolved
    }

    /// The variables of `vars` (files, `file:key,key`, mappings) over those of `params.yaml`.
    func readVariables(
        _ value: Value?, defaults: Bool, over base: TemplateContext = TemplateContext(), in folder: String? = nil,
        at place: ValuePath = ValuePath([.key("vars")])
    ) throws -> TemplateContext {
        var context = base
        let folder = folder ?? directory
        var names: [String] = []
        var inline: [ValueObject] = []
        for item in value?.array ?? [] {
            switch item {
            case .string(let name): names.append(name)
            case .object(let object): inline.append(object)
            default: throw error(place, "'vars' must be a list of files and mappings")
            }
        }
        guard value == nil || value?.array != nil else {
            throw error(place, "'vars' must be a list of files and mappings")
        }
        if defaults, !names.contains(where: { $0 == "params.yaml" || $0.hasPrefix("params.yaml:") }) {
            let path = try resolve("params.yaml", in: folder, at: place)
            if let object = try source.value(GitPath(path))?.object { try context.merge(object, from: path) }
        }
        for name in names {
            guard !Interpolation.isTemplate(name) else { throw error(place, "'vars' may not hold '${…}'") }
            let parts = name.split(separator: ":", maxSplits: 1)
            let path = try resolve(String(parts.first ?? ""), in: folder, at: place)
            guard let object = try source.value(GitPath(path))?.object else {
                throw error(place, "cannot find the file of variables '\(path)'")
            }
            guard parts.count == 2 else {
                try context.merge(object, from: path)
                continue
            }
            for key in parts[1].split(separator: ",").map(String.init) {
                guard let keyPath = ValuePath(parsing: key), let found = Value.object(object)[keyPath],
                    let nested = Value.object([:]).setting(keyPath, to: found)?.object
                else { throw error(place, "'\(path)' has no variable '\(key)'") }
                try context.merge(nested, from: path)
            }
        }
        for object in inline { try context.merge(object, from: file) }
        return context
    }

    private mutating func readPlots(_ value: Value) throws(ValueError) {
        let place = ValuePath([.key("plots")])
        var entries: [(String, ValueObject)] = []
        for item in value.array ?? [value] {
            switch item {
            case .string(let name): entries.append((name, [:]))
            case .object(let object): entries += object.entries.map { ($0.key, $0.value.object ?? [:]) }
            default: throw error(place, "'plots' must be a list or mapping of plots")
            }
        }
        for (name, attributes) in entries {
            var sources: [Pipeline.Plot.Source] = []
            if case .object(let files)? = attributes["y"] {
                for entry in files.entries {
                    let columns = entry.value.array?.compactMap(\.string) ?? entry.value.string.map { [$0] } ?? []
                    sources.append(.init(path: try resolve(entry.key, in: directory, at: place), columns: columns))
                }
            } else {
                let columns = attributes["y"]?.array?.compactMap(\.string) ?? attributes["y"]?.string.map { [$0] } ?? []
                sources = [.init(path: try resolve(name, in: directory, at: place), columns: columns)]
            }
            let x = attributes["x"]?.string ?? attributes["x"]?.object?.entries.first?.value.string
            pipeline.plots.append(
                Pipeline.Plot(
                    name: name, sources: sources, x: x, title: attributes["title"]?.string,
                    xLabel: attributes["x_label"]?.string, yLabel: attributes["y_label"]?.string))
        }
    }
}
