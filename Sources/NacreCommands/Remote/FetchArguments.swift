internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// A fetch's options from its arguments.
enum FetchArguments {
    static func options(
        _ arguments: Arguments, _ repository: Repository, _ context: Context
    ) throws -> FetchOptions {
        var options = FetchOptions()
        options.deepening = try deepening(arguments, repository, context)
        if let spec = arguments.text("filter") { options.filter = try FilterSpec(parsing: spec) }
        if let tags = arguments.flag("tags") { options.tags = tags ? .all : Remote.TagMode.none }
        if arguments.isOn("n") { options.tags = Remote.TagMode.none }
        options.prunes = arguments.flag("prune")
        options.isForced = arguments.isOn("force")
        options.isDryRun = arguments.isOn("dry-run")
        options.appends = arguments.isOn("append")
        options.writesFetchHead = (arguments.flag("write-fetch-head") ?? true) && !options.isDryRun
        options.updatesHead = arguments.isOn("update-head-ok")
        options.isAtomic = arguments.isOn("atomic")
        options.isQuiet = !context.showsProgress(arguments)
        options.refmap = try refmap(arguments)
        options.negotiationTips = try negotiationTips(arguments, repository, context)
        if arguments.isOn("keep") { options.keepMessage = Array("fetch-pack \(getpid())\n".utf8) }
        let words = arguments.words.map { String(decoding: $0, as: UTF8.self) }
        options.action =
            context.reflogAction ?? (["fetch"] + words).joined(separator: " ")
        return options
    }

    private static func refmap(_ arguments: Arguments) throws -> [Refspec]? {
        guard arguments.last("refmap") != nil else { return nil }
        return try arguments.allTexts("refmap").filter { !$0.isEmpty }.map { text in
            do { return try Refspec(text, forPush: false) } catch {
                throw CommandError.fatal("invalid refspec '\(text)'")
            }
        }
    }

    /// Revisions, and patterns of refs.
    private static func negotiationTips(
        _ arguments: Arguments, _ repository: Repository, _ context: Context
    ) throws -> [ObjectID]? {
        let texts = arguments.allTexts("negotiation-tip")
        guard !texts.isEmpty else { return nil }
        let refs = try repository.refs.list()
        return try texts.flatMap { text -> [ObjectID] in
            guard text.contains(where: { "*?[".contains($0) }) else { return [try context.revision(text)] }
            let pattern = Array((text.hasPrefix("refs/") ? text : "refs/" + text).utf8)
            let found = refs.filter { Wildmatch.matches(pattern, $0.name.bytes) }.compactMap(\.id)
            if found.isEmpty {
                context.errors.line("warning: ignoring --negotiation-tip=\(text) because it does not match any refs")
            }
            return found
        }
    }

    /// How many remotes are fetched from at once (`--jobs`, `fetch.parallel`); 0 stands for one a core.
    static func jobs(_ arguments: Arguments, _ repository: Repository) throws -> Int {
        let count = try arguments.integer("jobs") ?? repository.config.int("fetch.parallel") ?? 1
        guard count >= 0 else { throw CommandError.fatal("fetch.parallel cannot be negative") }
        return count == 0 ? Workers.processorCount : count
    }

    /// Refspecs, one a line.
    static func standardInput() throws -> [String] {
        try Files.readAll(0, path: "standard input", limit: 64 << 20).split(separator: 10)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    static func deepening(
        _ arguments: Arguments, _ repository: Repository, _ context: Context
    ) throws -> FetchRequest.Deepening {
        var deepening = FetchRequest.Deepening()
        if let text = arguments.text("depth") {
            guard let depth = Int32(text), depth > 0 else {
                throw CommandError.fatal("depth \(text) is not a positive number")
            }
            deepening.depth = Int(depth)
        }
        if let text = arguments.text("deepen") {
            guard deepening.depth == nil else {
                throw CommandError.fatal("options '--deepen' and '--depth' cannot be used together")
            }
            guard let depth = Int32(text), depth >= 0 else {
                throw CommandError.fatal("negative depth in --deepen is not supported")
            }
            deepening.depth = Int(depth)
            deepening.isRelative = true
        }
        if arguments.isOn("unshallow") {
            guard deepening.depth == nil else {
                throw CommandError.fatal("options '--depth' and '--unshallow' cannot be used together")
            }
            guard try !ShallowFile.read(repository.commonDirectory, algorithm: repository.algorithm).isEmpty else {
                throw CommandError.fatal("--unshallow on a complete repository does not make sense")
            }
            deepening.depth = FetchRequest.Deepening.infinite
        }
        if let text = arguments.text("shallow-since") { deepening.since = try time(text, context) }
        deepening.not = arguments.allBytes("shallow-exclude")
        return deepening
    }

    static func time(_ text: String, _ context: Context) throws -> Int64 {
        guard let seconds = ApproximateDate.parse(text, now: context.now, localZone: context.localZone) else {
            throw CommandError.fatal("invalid date '\(text)'")
        }
        return seconds
    }

    /// Refspecs of the command line: `tag <name>` is `refs/tags/<name>:refs/tags/<name>`.
    static func refspecs(_ words: [String]) throws -> [Refspec] {
        var result: [Refspec] = []
        var index = 0
        while index < words.count {
            if words[index] == "tag" {
                guard index + 1 < words.count else { throw CommandError.fatal("You need to specify a tag name.") }
                let name = words[index + 1]
                result.append(try Refspec("refs/tags/\(name):refs/tags/\(name)", forPush: false))
                index += 2
                continue
            }
            do {
                result.append(try Refspec(words[index], forPush: false))
            } catch {
                throw CommandError.fatal("invalid refspec '\(words[index])'")
            }
            index += 1
        }
        return result
    }
}
