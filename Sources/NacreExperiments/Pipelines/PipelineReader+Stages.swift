extension PipelineReader {
    /// One stage as it stands after `foreach` and `matrix`: its name's suffix and the values that it sees.
    private struct Instance {
        var suffix = ""
        var context: TemplateContext
    }

    mutating func readStages(_ value: Value?, context: TemplateContext) throws {
        guard let value, value != .null else { return }
        guard let stages = value.object else {
            throw error(ValuePath([.key("stages")]), "'stages' must be a mapping of names to stages")
        }
        for entry in stages.entries {
            let place = ValuePath([.key("stages"), .key(entry.key)])
            guard let definition = entry.value.object else {
                throw error(place, "a stage must be a mapping with 'cmd'")
            }
            guard !entry.key.isEmpty, !entry.key.utf8.contains(where: { "@:/ ".utf8.contains($0) }) else {
                throw error(place, "'\(entry.key)' is no name for a stage: leave out '@', ':', '/' and spaces")
            }
            let (instances, body) = try instances(of: definition, context: context, at: place)
            for instance in instances {
                pipeline.stages.append(try readStage(entry.key, body, instance, at: place))
            }
        }
    }

    private func instances(
        of definition: ValueObject, context: TemplateContext, at place: ValuePath
    ) throws(ValueError) -> ([Instance], ValueObject) {
        let interpolation = Interpolation(context: context, source: file)
        if let foreach = definition["foreach"] {
            guard let body = definition["do"]?.object else { throw error(place, "'foreach' needs 'do'") }
            guard definition.count == 2 else { throw error(place, "beside 'foreach' only 'do' may stand") }
            return (try forEach(try interpolation.resolve(foreach), context: context, at: place), body)
        }
        guard let matrix = definition["matrix"] else { return ([Instance(context: context)], definition) }
        guard let axes = matrix.object, !axes.isEmpty else {
            throw error(place, "'matrix' must be a mapping of axes to lists")
        }
        var resolved: [(String, [Value])] = []
        for axis in axes.entries {
            guard let values = try interpolation.resolve(axis.value).array else {
                throw error(place, "the axis '\(axis.key)' of 'matrix' must be a list")
            }
            resolved.append((axis.key, values))
        }
        return (try product(resolved, context: context, at: place), definition)
    }

    private func forEach(
        _ items: Value, context: TemplateContext, at place: ValuePath
    ) throws(ValueError) -> [Instance] {
        switch items {
        case .array(let values):
            let isComposite = values.contains(where: \.isComposite)
            return values.enumerated().map { index, value in
                Instance(
                    suffix: isComposite ? String(index) : value.bool == nil ? name(of: value) : value.pythonText,
                    context: context.setting("item", to: value))
            }
        case .object(let object):
            return object.entries.map { entry in
                Instance(
                    suffix: entry.key,
                    context: context.setting("item", to: entry.value).setting("key", to: .string(entry.key)))
            }
        default: throw error(place, "'foreach' must be a list or a mapping")
        }
    }

    private func name(of value: Value) -> String { value == .null ? "None" : value.text }

    private func product(
        _ axes: [(String, [Value])], context: TemplateContext, at place: ValuePath
    ) throws(ValueError) -> [Instance] {
        var combinations: [(parts: [String], item: ValueObject)] = [([], [:])]
        for (axis, values) in axes {
            guard combinations.count * values.count <= 10_000 else {
                throw error(place, "'matrix' makes more than 10000 stages")
            }
            combinations = combinations.flatMap { combination in
                values.enumerated().map { index, value in
                    var item = combination.item
                    item[axis] = value
                    return (combination.parts + [value.isComposite ? "\(axis)\(index)" : name(of: value)], item)
                }
            }
        }
        return combinations.map { parts, item in
            let key = parts.joined(separator: "-")
            return Instance(
                suffix: key, context: context.setting("item", to: .object(item)).setting("key", to: .string(key)))
        }
    }

    private static let stageKeys: Set<String> = [
        "cmd", "wdir", "deps", "params", "vars", "outs", "metrics", "plots", "frozen", "always_changed", "meta", "desc",
        "matrix",
    ]

    private func readStage(
        _ name: String, _ body: ValueObject, _ instance: Instance, at place: ValuePath
    ) throws -> PipelineStage {
        for key in body.keys where !Self.stageKeys.contains(key) {
            throw error(place.appending(.key(key)), "'\(key)' is not a key of a stage")
        }
        let local = Interpolation(context: instance.context, source: file)
        var folder = directory
        if let wdir = body["wdir"] {
            guard let text = try local.resolve(wdir).string else { throw error(place, "'wdir' must be a path") }
            folder = try resolve(text, in: directory, at: place.appending(.key("wdir")))
        }
        let context = try readVariables(
            body["vars"], defaults: false, over: instance.context, in: folder, at: place.appending(.key("vars")))
        let interpolation = Interpolation(context: context, source: file)
        func resolved(_ key: String) throws(ValueError) -> Value? {
            guard let value = body[key], value != .null else { return nil }
            do throws(ValueError) {
                return try interpolation.resolve(value, isCommand: key == "cmd")
            } catch {
                throw ValueError(file, line: document.line(place.appending(.key(key))), error.reason)
            }
        }
        let localName = instance.suffix.isEmpty ? name : "\(name)@\(instance.suffix)"
        var outputs: [PipelineStage.Output] = []
        outputs += try readOutputs(try resolved("outs"), .data, folder, at: place.appending(.key("outs")))
        outputs += try readOutputs(try resolved("metrics"), .metric, folder, at: place.appending(.key("metrics")))
        outputs += try readOutputs(try resolved("plots"), .plot, folder, at: place.appending(.key("plots")))
        return PipelineStage(
            name: directory.isEmpty ? localName : "\(file):\(localName)", localName: localName,
            commands: try commands(try resolved("cmd"), at: place), directory: folder,
            dependencies: try dependencies(try resolved("deps"), folder, at: place.appending(.key("deps"))),
            parameters: try parameters(try resolved("params"), folder, at: place.appending(.key("params"))),
            outputs: outputs, isFrozen: try flag(try resolved("frozen"), "frozen", at: place),
            alwaysChanged: try flag(try resolved("always_changed"), "always_changed", at: place),
            summary: try resolved("desc")?.string, source: file, line: document.line(place))
    }

    private func flag(_ value: Value?, _ key: String, at place: ValuePath) throws(ValueError) -> Bool {
        guard let value else { return false }
        guard let flag = value.bool else { throw error(place.appending(.key(key)), "'\(key)' must be true or false") }
        return flag
    }

    /// A text is split into its lines, each a command of its own.
    private func commands(_ value: Value?, at place: ValuePath) throws(ValueError) -> [String] {
        let items: [Value]
        switch value {
        case .string(let text)?: items = text.split(separator: "\n").map { .string(String($0)) }
        case .array(let values)?: items = values
        default: throw error(place, "a stage needs 'cmd': a command or a list of commands")
        }
        let commands = items.compactMap(\.string).filter { $0.contains { !$0.isWhitespace } }
        guard !commands.isEmpty, items.allSatisfy({ $0.string != nil }) else {
            throw error(place.appending(.key("cmd")), "'cmd' must be a command or a list of commands")
        }
        return commands
    }

    private func dependencies(
        _ value: Value?, _ folder: String, at place: ValuePath
    ) throws(ValueError) -> [String] {
        guard let value else { return [] }
        guard let items = value.array else { throw error(place, "'deps' must be a list of paths") }
        var result: [String] = []
        for item in items {
            guard let path = item.string else { throw error(place, "'deps' must be a list of paths") }
            guard !path.contains("://") else {
                throw error(place, "the dependency '\(path)' is a URL: fetch it in a stage of its own")
            }
            result.append(try resolve(path, in: folder, at: place))
        }
        return result
    }

    private func parameters(
        _ value: Value?, _ folder: String, at place: ValuePath
    ) throws(ValueError) -> [PipelineStage.ParameterDependency] {
        guard let value else { return [] }
        guard let items = value.array else { throw error(place, "'params' must be a list of names") }
        var order: [String] = []
        var keys: [String: [String]?] = [:]
        func add(_ path: String, _ names: [String]?) {
            if keys[path] == nil {
                order.append(path)
                keys[path] = .some(names)
            } else if let names, let known = keys[path] ?? nil {
                keys[path] = .some(known + names.filter { !known.contains($0) })
            }
        }
        for item in items {
            switch item {
            case .string(let name): add(try resolve("params.yaml", in: folder, at: place), [name])
            case .object(let object):
                for entry in object.entries {
                    let path = try resolve(entry.key, in: folder, at: place)
                    guard ValueFile(name: path) != nil else {
                        throw error(place, "'\(path)' cannot hold parameters: name a .yaml, .json or .toml file")
                    }
                    guard let names = entry.value.array, !names.isEmpty else {
                        add(path, nil)
                        continue
                    }
                    add(path, names.map(\.text))
                }
            default: throw error(place, "'params' must be a list of names")
            }
        }
        return order.map { PipelineStage.ParameterDependency(path: $0, keys: keys[$0] ?? nil) }
    }

    private static let outputKeys: Set<String> = [
        "cache", "persist", "remote", "push", "desc", "type", "labels", "meta", "template", "x", "y", "x_label",
        "y_label",
        "title", "header", "tolerance", "checkpoint",
    ]

    private func readOutputs(
        _ value: Value?, _ role: PipelineStage.Output.Role, _ folder: String, at place: ValuePath
    ) throws(ValueError) -> [PipelineStage.Output] {
        guard let value else { return [] }
        var result: [PipelineStage.Output] = []
        for item in value.array ?? [value] {
            switch item {
            case .string(let path):
                result.append(PipelineStage.Output(path: try output(path, in: folder, at: place), role: role))
            case .object(let object):
                for entry in object.entries {
                    var output = PipelineStage.Output(path: try output(entry.key, in: folder, at: place), role: role)
                    for attribute in entry.value.object?.entries ?? [] {
                        guard Self.outputKeys.contains(attribute.key) else {
                            throw error(place, "'\(attribute.key)' is not an attribute of an output")
                        }
                        switch attribute.key {
                        case "persist": output.persists = attribute.value.bool ?? false
                        case "cache": output.isCached = attribute.value.bool ?? true
                        case "tolerance":
                            guard let tolerance = Tolerance(attribute.value) else {
                                throw error(place, "'tolerance' must be a number or a percentage, as 0.001 or 0.1%")
                            }
                            output.tolerance = tolerance
                        default: break
                        }
                    }
                    result.append(output)
                }
            default: throw error(place, "outputs must be a list of paths")
            }
        }
        return result
    }

    private func output(_ path: String, in folder: String, at place: ValuePath) throws(ValueError) -> String {
        let resolved = try resolve(path, in: folder, at: place)
        guard !resolved.hasPrefix("/"), !resolved.isEmpty else {
            throw error(place, "the output '\(path)' must stand inside the repository")
        }
        guard resolved != ".git", !resolved.hasPrefix(".git/") else {
            throw error(place, "an output cannot stand inside '.git'")
        }
        return resolved
    }
}
