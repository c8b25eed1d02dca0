internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRepository
internal import GitTransport

struct LsRemoteCommand: Command {
    static let name = "ls-remote"
    static let summary = "list references in a remote repository"
    static let usage = [
        "[--heads] [--tags] [--refs] [--upload-pack=<exec>]\n              [-q | --quiet] [--exit-code] [--get-url]\n"
            + "              [--symref] [<repository> [<refs>...]]"
    ]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "do not print remote URL"),
        .value("upload-pack", "exec", "path of git-upload-pack on the remote host"),
        .flag("tags", "t", "limit to tags"),
        .flag("heads", "h", "limit to heads"),
        .flag("refs", "do not show peeled tags"),
        .flag("get-url", "take url.<base>.insteadOf into account"),
        .flag("exit-code", "exit with exit code 2 if no matching refs are found"),
        .flag("symref", "show underlying ref in addition to the object pointed by it"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let config = try context.configuration()
        let operands = arguments.texts
        let name = try operands.first ?? defaultRemote(context, config)
        let remote = try Remote(name, config)
        if operands.isEmpty && !remote.isConfigured {
            throw CommandError.fatal("No remote configured to list refs from.")
        }
        if arguments.isOn("get-url") {
            context.output.line(remote.urls[0])
            return .success
        }
        var access = try context.remoteAccess()
        if let program = arguments.text("upload-pack") { access.ssh.uploadPack = program }
        let connection = try access.connect(to: remote.urls[0], config, remote: remote)
        defer { connection.close() }
        let client = try FetchClient(connection, agent: Context.agent, version: access.version(config))
        let patterns = operands.dropFirst().map { "*/" + $0 }
        let prefixes = (arguments.isOn("heads") ? ["refs/heads/"] : []) + (arguments.isOn("tags") ? ["refs/tags/"] : [])
        let refs = try client.refs(prefixes: prefixes.map { Array($0.utf8) })
        if operands.isEmpty && !arguments.isOn("quiet") { context.errors.line("From \(remote.urls[0])") }
        var count = 0
        for ref in refs where shows(ref, prefixes, patterns) {
            count += print(ref, arguments, patterns, context)
        }
        return count == 0 && arguments.isOn("exit-code") ? ExitCode(2) : .success
    }

    private static func defaultRemote(_ context: Context, _ config: Config) throws -> String {
        try context.repositoryIfPresent()?.fetchRemote() ?? "origin"
    }

    private static func shows(_ ref: AdvertisedRef, _ prefixes: [String], _ patterns: [String]) -> Bool {
        guard ref.id != nil else { return false }
        return prefixes.isEmpty || prefixes.contains { ref.name.starts(with: $0.utf8) }
    }

    private static func print(
        _ ref: AdvertisedRef, _ arguments: Arguments, _ patterns: [String], _ context: Context
    ) -> Int {
        var count = 0
        func matches(_ name: [UInt8]) -> Bool {
            patterns.isEmpty
                || patterns.contains { RefPattern.matches($0, "/" + String(decoding: name, as: UTF8.self)) }
        }
        if let id = ref.id, matches(ref.name) {
            if arguments.isOn("symref"), let target = ref.symbolicTarget {
                context.output.line(Array("ref: ".utf8) + target + [9] + ref.name)
            }
            context.output.line(id.hexBytes + [9] + ref.name)
            count += 1
        }
        if let peeled = ref.peeled, !arguments.isOn("refs") {
            let name = ref.name + Array("^{}".utf8)
            if matches(name) {
                context.output.line(peeled.hexBytes + [9] + name)
                count += 1
            }
        }
        return count
    }
}

/// A shell pattern whose `*` also takes slashes, as Git's own listing matches.
enum RefPattern {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(text.utf8)[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // Going back to the last star only keeps this linear in pattern times text.
        var pattern = pattern
        var text = text
        var star: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while !text.isEmpty || !pattern.isEmpty {
            if let first = pattern.first {
                if first == UInt8(ascii: "*") {
                    star = (pattern.dropFirst(), text)
                    pattern = pattern.dropFirst()
                    continue
                }
                if let byte = text.first, first == byte || first == UInt8(ascii: "?") {
                    pattern = pattern.dropFirst()
                    text = text.dropFirst()
                    continue
                }
            }
            guard let last = star, !last.text.isEmpty else { return false }
            star = (last.pattern, last.text.dropFirst())
            pattern = last.pattern
            text = last.text.dropFirst()
        }
        return true
    }
}
