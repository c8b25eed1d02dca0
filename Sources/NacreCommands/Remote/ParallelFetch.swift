internal import Bytes
internal import GitRepository
internal import Synchronization
internal import SystemPackage

/// Fetches from several remotes at once, each in a process of its own, so that what they say does not mix.
struct ParallelFetch {
    private let arguments: Arguments
    private let context: Context
    private let jobs: Int

    init(_ arguments: Arguments, _ context: Context, jobs: Int) {
        self.arguments = arguments
        self.context = context
        self.jobs = jobs
    }

    /// What each process is told: the options that concern one remote.
    private func words(for name: String) -> [String] {
        let own: Set<String> = ["all", "multiple", "jobs", "append", "auto-maintenance"]
        var words = ["fetch", "--append", "--no-auto-maintenance"]
        for given in arguments.occurrences where !own.contains(given.name) {
            guard let option = FetchCommand.options.first(where: { $0.name == given.name }) else { continue }
            var word = (option.hasLong ? "--" : "-") + (given.isNegated ? "no-" : "") + option.name
            if let text = given.text { word += "=" + text }
            words.append(word)
        }
        return words + [name]
    }

    func run(_ names: [String]) throws -> ExitCode {
        let repository = try context.repository()
        if !arguments.isOn("append") {
            try TemporaryFile.replace(
                repository.gitDirectory.appending("FETCH_HEAD"), with: [], synchronizing: false)
        }
        let program = String(decoding: try Files.readLink("/proc/self/exe") ?? Array("nacre".utf8), as: UTF8.self)
        let results = Mutex<[Int: ChildProcess.Result]>([:])
        let requests = names.map { name in
            var request = ChildProcess.Request(program, words(for: name))
            request.variables = [("NACRE_OPERATION", "1")]
            request.output = .pipe
            request.error = .pipe
            return request
        }
        Workers.forEach(names.count, workers: jobs) { _, index in
            guard let result = try? ChildProcess.run(requests[index]) else { return }
            results.withLock { $0[index] = result }
        }
        var code = ExitCode.success
        for (index, name) in names.enumerated() {
            if !arguments.isOn("quiet") { context.output.line("Fetching \(name)") }
            context.output.flush()
            let result = results.withLock { $0[index] }
            context.output.write(result?.output ?? [])
            context.output.flush()
            context.errors.write(result?.error ?? [])
            guard result?.status.isSuccess != true else { continue }
            context.errors.line("error: could not fetch \(name)")
            code = .failure
        }
        if arguments.flag("auto-maintenance") ?? true { context.maintainAutomatically(quiet: arguments.isOn("quiet")) }
        return code
    }
}
