internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import LargeFiles

/// What the three verbs of locks share.
private enum Locks {
    static let remote = OptionSpec.value("remote", "r", "name", "the remote whose server keeps the locks")
    static let json = OptionSpec.flag("json", "print JSON")

    /// The server that keeps the locks, and the branch that they are asked for.
    static func service(_ arguments: Arguments, _ context: Context) throws -> (LargeFileRemote, ref: String?) {
        let repository = try context.repository()
        var found = try LargeCommand.defaultRemote(repository)
        if let name = arguments.text("remote") {
            let remote = try Remote(name, repository.config)
            guard let address = remote.urls.first else { throw CommandError.fatal("no such remote: '\(name)'") }
            found = (name, address)
        }
        guard let found else { throw CommandError.fatal("there is no remote that could keep locks") }
        let connection = try LargeCommand.largeFileConnection(
            context, address: found.address, remote: found.name, isPush: true)
        guard let service = connection.httpRemote else {
            throw CommandError.fatal("'\(found.name)' keeps no locks: only HTTP remotes do")
        }
        return (service, repository.currentBranch.map { "refs/heads/\($0)" })
    }

    static func paths(_ operands: [[UInt8]], _ context: Context) throws -> [String] {
        try operands.map { String(decoding: try context.path($0).bytes, as: UTF8.self) }
    }

    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    static func text(_ lock: LargeFileLock) -> String {
        "{\"id\":\(quoted(lock.id)),\"path\":\(quoted(lock.path)),\"owner\":{\"name\":\(quoted(lock.owner))},"
            + "\"locked_at\":\(quoted(lock.lockedAt))}"
    }

    /// Does something to each operand, goes on where one fails, and says so.
    static func each(
        _ operands: [String], _ what: String, _ context: Context, _ body: (String) throws -> Void
    ) throws -> ExitCode {
        var code = ExitCode.success
        for operand in operands {
            do {
                try body(operand)
            } catch let error as LargeFileRemote.TransferError {
                context.errors.line("error: cannot \(what) '\(operand)': \(error)")
                code = .failure
            }
        }
        return code
    }
}

struct LockCommand: Command {
    static let name = "lock"
    static let summary = "lock files on the server, so that others do not change them"
    static let usage = ["[--remote=<name>] [--json] <path>..."]
    static let options: [OptionSpec] = [Locks.remote, Locks.json]
    static let details = [
        "A push, by nacre or git-lfs, of a large file that somebody else has locked is refused. 'nacre unlock' gives a lock "
            + "back, 'nacre locks' lists them."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard !arguments.operands.isEmpty else { throw CommandError.usage("a path is needed") }
        let (service, ref) = try Locks.service(arguments, context)
        return try Locks.each(Locks.paths(arguments.operands, context), "lock", context) { path in
            let lock = try service.lock(path, ref: ref)
            context.output.line(arguments.isOn("json") ? Locks.text(lock) : "Locked \(path)")
        }
    }
}

struct UnlockCommand: Command {
    static let name = "unlock"
    static let summary = "give locks back"
    static let usage = ["[--remote=<name>] [--force] [--json] (--id=<id> | <path>...)"]
    static let options: [OptionSpec] = [
        Locks.remote, Locks.json,
        .flag("force", "f", "break the lock of somebody else, which takes a maintainer"),
        .value("id", "i", "id", "the lock with this id"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let id = arguments.text("id")
        guard arguments.operands.isEmpty == (id != nil) else { throw CommandError.usage("either paths or --id") }
        let (service, ref) = try Locks.service(arguments, context)
        let names = try id.map { [$0] } ?? Locks.paths(arguments.operands, context)
        return try Locks.each(names, "unlock", context) { name in
            let found = id == nil ? try service.locks(path: name).first?.id : id
            guard let found else { throw LargeFileRemote.TransferError(reason: "it is not locked") }
            try service.unlock(found, isForced: arguments.isOn("force"), ref: ref)
            context.output.line(
                arguments.isOn("json") ? "{\"id\":\(Locks.quoted(found)),\"unlocked\":true}" : "Unlocked \(name)")
        }
    }
}

struct LocksCommand: Command {
    static let name = "locks"
    static let summary = "list the locks on the server"
    static let usage = ["[--remote=<name>] [--path=<path>] [--id=<id>] [--json]"]
    static let options: [OptionSpec] = [
        Locks.remote, Locks.json,
        .value("path", "p", "path", "only the lock on this path"),
        .value("id", "i", "id", "only the lock with this id"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let (service, _) = try Locks.service(arguments, context)
        let path = try arguments.bytes("path").map { try Locks.paths([$0], context)[0] }
        let locks = try service.locks(path: path, id: arguments.text("id")).sorted { $0.path < $1.path }
        if arguments.isOn("json") {
            context.output.line("[" + locks.map { Locks.text($0) }.joined(separator: ",") + "]")
            return .success
        }
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let pathWidth = locks.map(\.path.count).max() ?? 0
        let ownerWidth = locks.map(\.owner.count).max() ?? 0
        for lock in locks {
            context.output.line("\(padded(lock.path, pathWidth))\t\(padded(lock.owner, ownerWidth))\tID:\(lock.id)")
        }
        return .success
    }
}
