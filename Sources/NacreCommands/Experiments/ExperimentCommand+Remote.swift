internal import Bytes
internal import GitObjects
internal import GitRefs
internal import NacreExperiments

extension ExperimentCommand {
    /// Experiments travel as refs, their records as notes: by the program's own `push` and `fetch`, so that credentials, hooks and
    /// large files are theirs to care for.
    static func transfer(
        _ verb: String, _ operands: [String], _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard let remote = operands.first, !remote.hasPrefix("-") else {
            throw CommandError.usage("\(verb) needs a remote")
        }
        let names = Array(operands.dropFirst())
        for name in names where !RunNames.isValid(name) { throw CommandError.fatal("\(RunError.invalidName(name))") }
        var words: [String]
        if verb == "push" {
            let store = ExperimentStore(workspace)
            let wanted = names.isEmpty ? try store.names().map(\.name) : names
            guard !wanted.isEmpty else { throw CommandError.error("there are no experiments to push") }
            for name in wanted where try store.find(name) == nil { throw unknown(name) }
            words = ["push", remote] + wanted.map { "\(ExperimentStore.prefix)\($0):\(ExperimentStore.prefix)\($0)" }
            for notes in [Notes.runs, Notes.attestations, Notes.logs] where try hasRef(notes, workspace) {
                words.append("\(notes):\(notes)")
            }
        } else {
            let patterns = names.isEmpty ? ["*"] : names
            words =
                ["fetch", remote] + patterns.map { "\(ExperimentStore.prefix)\($0):\(ExperimentStore.prefix)\($0)" }
            words.append("+refs/notes/nacre/*:refs/notes/nacre/*")
        }
        context.output.flush()
        var child = try ChildProcess(.init("/proc/self/exe", words))
        return ExitCode(child.wait().code)
    }

    private static func hasRef(_ name: String, _ workspace: Workspace) throws -> Bool {
        try workspace.refs.list(prefix: name).contains { $0.name.string == name }
    }
}
