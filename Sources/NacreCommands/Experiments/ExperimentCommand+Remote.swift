internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import NacreExperiments

extension ExperimentCommand {
    /// Experiments travel as refs, their records as notes: by the program's own `push` and `fetch`, so that credentials, hooks and
    /// large files are theirs to care for.
    static func transfer(
        _ verb: String, _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard let remote = operands.first, !remote.hasPrefix("-") else {
            throw CommandError.usage("\(verb) needs a remote")
        }
        let names = Array(operands.dropFirst())
        for name in names where !RunNames.isValid(name) { throw CommandError.fatal("\(RunError.invalidName(name))") }
        let transfer = try ExperimentTransfer(remote, workspace, context)
        if arguments.isOn("records") {
            guard names.isEmpty else { throw CommandError.usage("--records sends and brings no experiments") }
            return verb == "push" ? try transfer.pushRecords([]) : try transfer.pullRecords()
        }
        return verb == "push"
            ? try transfer.push(names, withRunCache: arguments.isOn("run-cache")) : try transfer.pull(names)
    }
}

/// Experiments, their records and the run cache on their way to a remote and back.
struct ExperimentTransfer {
    private let remote: String
    private let workspace: Workspace
    private let context: Context
    /// Where the remote's records are kept.
    private let prefix: String

    init(_ remote: String, _ workspace: Workspace, _ context: Context) throws {
        self.remote = remote
        self.workspace = workspace
        self.context = context
        let isName = try context.configuration().string("remote.\(remote).url") != nil
        prefix = Notes.remotes + (isName ? remote : "elsewhere") + "/"
    }

    private static let notes = [Notes.runs, Notes.attestations, Notes.logs]

    /// Sends experiments, then the records of this repository, then, where asked, the run cache.
    func push(_ names: [String], withRunCache: Bool) throws -> ExitCode {
        let store = ExperimentStore(workspace)
        let wanted = names.isEmpty ? try store.names().map(\.name) : names
        guard !wanted.isEmpty else { throw CommandError.error("there are no experiments to push") }
        for name in wanted where try store.find(name) == nil { throw ExperimentCommand.unknown(name) }
        var specs = wanted.map { "\(ExperimentStore.prefix)\($0):\(ExperimentStore.prefix)\($0)" }
        if withRunCache {
            // The cache has no history, so that nobody can push onto another's: what is there is taken over first.
            try fetch(["+\(RunCache.ref):\(prefix)run-cache"], isQuiet: true, mayFail: true)
            if let theirs = try workspace.refs.resolve(try RefName(prefix + "run-cache")) {
                try RunCache(workspace).merge(theirs)
            }
            if try hasRef(RunCache.ref) { specs.append("+\(RunCache.ref):\(RunCache.ref)") }
        }
        return try pushRecords(specs)
    }

    /// Sends refs and the records of this repository, joined with those that the remote has.
    func pushRecords(_ specs: [String]) throws -> ExitCode {
        guard try pullRecords() == .success else { return .failure }
        let records = try Self.notes.filter { try hasRef($0) }.map { "\($0):\($0)" }
        guard !(specs + records).isEmpty else { return .success }
        return try run(["push", remote] + specs + records)
    }

    /// Brings experiments, the records, and what the remote's run cache knows; large files come when they are needed.
    func pull(_ names: [String]) throws -> ExitCode {
        let patterns = names.isEmpty ? ["*"] : names
        let specs = patterns.map { "\(ExperimentStore.prefix)\($0):\(ExperimentStore.prefix)\($0)" }
        let code = try fetch(specs, isQuiet: false)
        guard code == .success else { return code }
        try fetch(["+\(RunCache.ref):\(prefix)run-cache"], isQuiet: true, mayFail: true)
        if let theirs = try workspace.refs.resolve(try RefName(prefix + "run-cache")) {
            try RunCache(workspace).merge(theirs)
        }
        return try pullRecords()
    }

    /// Brings the remote's records and joins them with ours.
    func pullRecords() throws -> ExitCode {
        let code = try fetch(["+refs/notes/nacre/*:\(prefix)notes/*"], isQuiet: true)
        guard code == .success else { return code }
        for name in Self.notes {
            guard let tail = try RefName(name).dropping("refs/notes/nacre/"),
                let theirs = try workspace.refs.resolve(try RefName("\(prefix)notes/\(tail)"))
            else { continue }
            let notes = try Notes(name, objects: workspace.objects, refs: workspace.refs)
            try notes.merge(theirs, committer: try workspace.committer())
        }
        return .success
    }

    @discardableResult
    private func fetch(_ specs: [String], isQuiet: Bool, mayFail: Bool = false) throws -> ExitCode {
        let options = ["--no-tags", "--no-write-fetch-head"] + (isQuiet ? ["--quiet"] : [])
        return try run(["fetch"] + options + [remote] + specs, isSilent: mayFail)
    }

    private func run(_ words: [String], isSilent: Bool = false) throws -> ExitCode {
        context.output.flush()
        var request = ChildProcess.Request("/proc/self/exe", words)
        if isSilent { request.error = .null }
        var child = try ChildProcess(request)
        return ExitCode(child.wait().code)
    }

    private func hasRef(_ name: String) throws -> Bool { try workspace.refs.resolve(try RefName(name)) != nil }
}
