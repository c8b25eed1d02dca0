internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitTransport
internal import SystemPackage

/// The subcommands of `remote` that change the configuration.
struct RemoteEdit {
    private let repository: Repository
    private let arguments: Arguments
    private let context: Context

    init(_ repository: Repository, _ arguments: Arguments, _ context: Context) {
        self.repository = repository
        self.arguments = arguments
        self.context = context
    }

    private func change(_ body: (inout ConfigFile) throws(ConfigError) -> Void) throws {
        try ConfigFile.edit(repository.commonDirectory.appending("config"), body)
    }

    private func checkName(_ name: String) throws {
        guard (try? RefName("refs/remotes/\(name)/test")) != nil, !name.isEmpty else {
            throw CommandError.fatal("'\(name)' is not a valid remote name")
        }
    }

    func add(_ name: String, _ url: String) throws -> ExitCode {
        try checkName(name)
        guard try !Remote(name, repository.config).isConfigured else {
            throw CommandError(.error, "remote \(name) already exists.", exitCode: ExitCode(3))
        }
        let mirror = arguments.last("mirror")
        var specs = arguments.allTexts("track").map { "+refs/heads/\($0):refs/remotes/\(name)/\($0)" }
        if specs.isEmpty { specs = ["+refs/heads/*:refs/remotes/\(name)/*"] }
        specs.append(CloneSettings.notesSpec(name))
        switch mirror?.text {
        case nil where mirror == nil: break
        case nil, "fetch": specs = ["+refs/*:refs/*"]
        case "push": specs = []
        case let other?: throw CommandError.usage("unknown mirror argument: \(other)")
        }
        try change { file throws(ConfigError) in
            try file.set("remote.\(name).url", to: url)
            for spec in specs { try file.add("remote.\(name).fetch", Array(spec.utf8)) }
            if mirror != nil && mirror?.text != "fetch" { try file.set("remote.\(name).mirror", to: "true") }
            if let tags = arguments.flag("tags") {
                try file.set("remote.\(name).tagOpt", to: tags ? "--tags" : "--no-tags")
            }
        }
        if let master = arguments.text("master") {
            try symbolic(name, master)
        }
        guard arguments.isOn("fetch") else { return .success }
        context.opened = nil
        context.output.line("Updating \(name)")
        var options = FetchOptions()
        options.isQuiet = true
        return try FetchCommand.fetch(Remote(name, context.repository().config), options, Arguments(), context)
    }

    private func symbolic(_ name: String, _ branch: String) throws {
        var transaction = repository.refs.beginTransaction()
        transaction.setSymbolic(
            try RefName("refs/remotes/\(name)/HEAD"), to: try RefName("refs/remotes/\(name)/\(branch)"),
            message: "remote set-head")
        try transaction.commit(committer: context.reflogIdentity())
    }

    func rename(_ old: String, _ new: String) throws -> ExitCode {
        let remote = try RemoteCommand.known(old, repository)
        guard old != new else { return .success }
        try checkName(new)
        guard try !Remote(new, repository.config).isConfigured else {
            throw CommandError(.error, "remote \(new) already exists.", exitCode: ExitCode(3))
        }
        let branches = repository.config.entries.filter {
            $0.key.section == "branch" && ["remote", "pushremote"].contains($0.key.name) && $0.text == old
        }
        try change { file throws(ConfigError) in
            try file.renameSection("remote.\(old)", to: "remote.\(new)")
            try file.unset("remote.\(new).fetch", all: true)
            for spec in remote.fetchSpecs {
                let text = spec.description
                    .replacingPart(":refs/remotes/\(old)/", with: ":refs/remotes/\(new)/")
                    .replacingPart(":\(CloneSettings.notesPrefix(old))", with: ":\(CloneSettings.notesPrefix(new))")
                try file.add("remote.\(new).fetch", Array(text.utf8))
            }
            for entry in branches { try file.set(entry.key.description, to: new) }
        }
        try moveRefs(from: "refs/remotes/\(old)/", to: "refs/remotes/\(new)/")
        try moveRefs(from: CloneSettings.notesPrefix(old), to: CloneSettings.notesPrefix(new))
        return .success
    }

    private func moveRefs(from old: String, to new: String) throws {
        let refs = try repository.refs.list(prefix: old)
        var symbolic: [(RefName, RefName)] = []
        for ref in refs {
            let name = try RefName(new + (ref.name.dropping(old) ?? ""))
            var transaction = repository.refs.beginTransaction()
            if case .symbolic(let target) = ref.target {
                let moved = try target.dropping(old).map { try RefName(new + $0) } ?? target
                symbolic.append((name, moved))
            } else if let id = ref.id {
                transaction.update(
                    name, to: id, expecting: .absent, message: "remote: renamed \(ref.name) to \(name)")
            }
            transaction.delete(ref.name, followingSymbolic: false)
            try transaction.commit(committer: context.reflogIdentity())
        }
        for (name, target) in symbolic {
            var transaction = repository.refs.beginTransaction()
            transaction.setSymbolic(name, to: target, message: "remote: renamed \(old) to \(new)")
            try transaction.commit(committer: context.reflogIdentity())
        }
    }

    func remove(_ name: String) throws -> ExitCode {
        _ = try RemoteCommand.known(name, repository)
        let branches = repository.config.entries.filter {
            $0.key.section == "branch" && $0.key.name == "remote" && $0.text == name
        }.compactMap { $0.key.subsection.map { String(decoding: $0, as: UTF8.self) } }
        try change { file throws(ConfigError) in
            try file.removeSection("remote.\(name)")
            for branch in branches {
                for key in ["remote", "merge"] where repository.config.isSet("branch.\(branch).\(key)") {
                    try file.unset("branch.\(branch).\(key)", all: true)
                }
            }
        }
        for prefix in ["refs/remotes/\(name)/", CloneSettings.notesPrefix(name)] {
            for ref in try repository.refs.list(prefix: prefix) {
                var transaction = repository.refs.beginTransaction()
                transaction.delete(ref.name, followingSymbolic: false)
                try transaction.commit(committer: context.reflogIdentity())
            }
        }
        return .success
    }

    func setURL(_ operands: [String]) throws -> ExitCode {
        let name = operands[0]
        let url = operands[1]
        _ = try RemoteCommand.known(name, repository)
        let key = "remote.\(name).\(arguments.isOn("push") ? "pushurl" : "url")"
        let present = repository.config.strings(key)
        let isDeletion = arguments.isOn("delete")
        if isDeletion && !arguments.isOn("push") && present.allSatisfy({ $0 == url }) {
            throw CommandError.fatal("Will not delete all non-push URLs")
        }
        let old = operands.count > 2 ? operands[2] : nil
        if let old, !present.contains(old) { throw CommandError.fatal("No such URL found: \(old)") }
        if isDeletion && !present.contains(url) { throw CommandError.fatal("No such URL found: \(url)") }
        try change { file throws(ConfigError) in
            if isDeletion {
                try file.unset(key, matching: .matching { $0?.elementsEqual(url.utf8) == true }, all: true)
            } else if arguments.isOn("add") {
                try file.add(key, Array(url.utf8))
            } else if let old {
                try file.set(key, to: Array(url.utf8), matching: .matching { $0?.elementsEqual(old.utf8) == true })
            } else {
                try file.set(key, to: url)
            }
        }
        return .success
    }

    func setBranches(_ name: String, _ branches: [String]) throws -> ExitCode {
        _ = try RemoteCommand.known(name, repository)
        let key = "remote.\(name).fetch"
        try change { file throws(ConfigError) in
            if !arguments.isOn("add") && repository.config.isSet(key) { try file.unset(key, all: true) }
            for branch in branches {
                try file.add(key, Array("+refs/heads/\(branch):refs/remotes/\(name)/\(branch)".utf8))
            }
        }
        return .success
    }

    func setHead(_ name: String, _ branch: String?) throws -> ExitCode {
        let head = try RefName("refs/remotes/\(name)/HEAD")
        if arguments.isOn("delete") {
            var transaction = repository.refs.beginTransaction()
            transaction.delete(head, followingSymbolic: false)
            try transaction.commit(committer: context.reflogIdentity())
            return .success
        }
        var wanted = branch
        if arguments.isOn("auto") {
            let remote = try RemoteCommand.known(name, repository)
            let access = try context.remoteAccess()
            let connection = try access.connect(to: remote.urls[0], repository.config, remote: remote)
            defer { connection.close() }
            let client = try FetchClient(connection, agent: Context.agent, version: access.version(repository.config))
            let refs = try client.refs(prefixes: [Array("HEAD".utf8)])
            let target = refs.first { $0.name == RefName.head.bytes }?.symbolicTarget
            wanted = target.flatMap { RefName.isValid($0) ? RefName(unchecked: $0).dropping("refs/heads/") : nil }
            guard wanted != nil else { throw CommandError.error("Cannot determine remote HEAD") }
        }
        guard let wanted else { throw CommandError.usage("") }
        guard try repository.refs.read(RefName("refs/remotes/\(name)/\(wanted)")) != nil else {
            throw CommandError.error("Not a valid ref: refs/remotes/\(name)/\(wanted)")
        }
        try symbolic(name, wanted)
        if arguments.isOn("auto") { context.output.line("\(name)/HEAD set to \(wanted)") }
        return .success
    }
}

extension String {
    /// This text with the first occurrence of a part replaced.
    fileprivate func replacingPart(_ part: String, with other: String) -> String {
        let bytes = Array(utf8)
        let wanted = Array(part.utf8)
        guard bytes.count >= wanted.count else { return self }
        for start in 0...(bytes.count - wanted.count) where bytes[start..<start + wanted.count].elementsEqual(wanted) {
            return String(
                decoding: bytes[..<start] + Array(other.utf8) + bytes[(start + wanted.count)...], as: UTF8.self)
        }
        return self
    }
}
