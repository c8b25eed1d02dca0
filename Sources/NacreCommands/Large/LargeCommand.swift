internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

/// `nacre large`: what is large, where its content is, and what it costs.
struct LargeCommand: Command {
    static let name = "large"
    static let summary = "list, track, fetch and maintain large files"
    static let usage = [
        "ls [--json] [<path>...]",
        "status [--json]",
        "track [<pattern>...]",
        "untrack <pattern>...",
        "diff <revision>:<path> <revision>:<path>",
        "hash [--chunks] <file>...",
        "fetch [--all | <path>...]",
        "export [<path>...]",
        "fsck",
        "repair [--all]",
        "migrate [--include=<pattern>]... [--above=<size>] [--all] [<branch or tag>...]",
        "gc [--dry-run] [--prune=<days>]",
        "pre-push <remote> <url>",
    ]
    static let options: [OptionSpec] = [
        .flag("json", "print JSON, one object a line"),
        .flag("dry-run", "n", "only say what would be removed"),
        .flag("chunks", "hash: list the chunks too, each with its hash and length"),
        .value("include", "pattern", "migrate: only files that the pattern matches, written as in .gitattributes"),
        .value("above", "size", "migrate: only files of this size (1m, 500k) or more"),
        .flag("all", "migrate: all branches and tags; repair, fetch: everything that the history names"),
        .value("prune", "days", "keep unreachable content that was stored in the last <days> days (14)"),
    ]
    static let details = [
        "Large files are kept as chunks under .git/nacre/chunks; the tree holds a Git LFS pointer, and .gitattributes "
            + "says which paths are meant. 'ls' lists them with their size and what their chunks take on the disk; 'status' "
            + "says whose content is not here; 'track' and 'untrack' edit .gitattributes; 'hash' says what a file's SHA-256 and Xet hash "
            + "are, and where it is cut, and stores nothing; 'fetch' brings content that was "
            + "left out; 'export' fills .git/lfs/objects for git-lfs; 'fsck' verifies every chunk, and 'repair' takes damaged or missing "
            + "content in again from the work tree, .git/lfs/objects or the remote.",
        "'migrate' rewrites history: plain blobs of past commits become large files, those that 'add' would take for large where "
            + "neither --include nor --above is given. Refs keep their old value under refs/nacre/migrated/. Signatures of rewritten "
            + "commits and tags go, because they would no longer be valid.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let verb = arguments.texts.first else { throw CommandError.usage("a subcommand is needed") }
        let operands = Array(arguments.operands.dropFirst())
        switch verb {
        case "ls": return try list(operands, arguments, context)
        case "status": return try status(arguments, context)
        case "track": return try track(operands, context)
        case "untrack": return try untrack(operands, context)
        case "diff": return try difference(operands, arguments, context)
        case "hash": return try hash(operands, arguments, context)
        case "fetch": return try arguments.isOn("all") ? fetchAll(operands, context) : fetch(operands, context)
        case "export": return try export(operands, context)
        case "fsck": return try check(context)
        case "repair": return try repair(arguments, context)
        case "migrate": return try migrate(operands, arguments, context)
        case "gc": return try collect(arguments, context)
        case "pre-push": return try prePush(operands, context)
        default: throw CommandError.usage("unknown subcommand: '\(verb)'")
        }
    }

    /// A large file of the index.
    struct Entry {
        let path: GitPath
        let pointer: Pointer
        let index: IndexEntry
    }

    /// The large files of the index, those at or below the operands where there are any.
    static func entries(_ operands: [[UInt8]], _ filter: LargeFileFilter, _ context: Context) throws -> [Entry] {
        let paths = try operands.map { try context.path($0) }
        return try context.index().entries.compactMap { entry in
            guard entry.stage == .merged, entry.mode == .regular || entry.mode == .executable,
                paths.isEmpty || paths.contains(where: { entry.path.isInside($0) }),
                let pointer = filter.pointer(entry.id)
            else { return nil }
            return Entry(path: entry.path, pointer: pointer, index: entry)
        }
    }

    private static func list(
        _ operands: [[UInt8]], _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        let filter = try LargeFileFilter(try context.repository())
        for entry in try entries(operands, filter, context) {
            let usage = try filter.store.usage(of: entry.pointer.oid)
            if arguments.isOn("json") {
                context.output.line(
                    "{\"path\": \(JSONText.quote(entry.path.bytes)), \"oid\": \"\(entry.pointer.oid)\", "
                        + "\"size\": \(entry.pointer.size), \"stored\": \(usage.map { "\($0.stored)" } ?? "null"), "
                        + "\"chunks\": \(usage.map { "\($0.chunks)" } ?? "null"), "
                        + "\"deltas\": \(usage.map { "\($0.deltas)" } ?? "null"), "
                        + "\"format\": \(usage?.format.map { "\"\($0)\"" } ?? "null")}")
                continue
            }
            let stored = usage.map { LargeCommand.text($0.stored) } ?? "-"
            let details = usage.map { usage in
                (usage.deltas > 0 ? ", \(usage.deltas) of \(usage.chunks) chunks as deltas" : "")
                    + (usage.format.map { ", \($0)" } ?? "")
            }
            context.output.write(
                "\(entry.pointer.oid.hex.prefix(10)) \(LargeCommand.text(entry.pointer.size)) -> \(stored) ")
            context.output.write(entry.path.quoted())
            context.output.line(details ?? " (content missing)")
        }
        return .success
    }

    private static func status(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let filter = try LargeFileFilter(try context.repository())
        let all = try entries([], filter, context)
        var missing: [Entry] = []
        for entry in all where try !filter.store.contains(entry.pointer.oid) { missing.append(entry) }
        let total = all.reduce(0) { $0 + $1.pointer.size }
        let packs = try filter.store.chunks.summary()
        if arguments.isOn("json") {
            let paths = missing.map { JSONText.quote($0.path.bytes) }.joined(separator: ", ")
            context.output.line(
                "{\"files\": \(all.count), \"size\": \(total), \"packs\": \(packs.packs), \"chunks\": \(packs.chunks), "
                    + "\"stored\": \(packs.stored), \"missing\": [\(paths)]}")
            return missing.isEmpty ? .success : .failure
        }
        context.output.line("\(all.count) large files, \(LargeCommand.text(total))")
        context.output.line(
            "store: \(packs.chunks) chunks in \(packs.packs) packs, \(LargeCommand.text(packs.stored)) for "
                + "\(packs.manifests) versions")
        for entry in missing {
            context.output.write("content missing: ")
            context.output.line(entry.path.quoted())
        }
        if !missing.isEmpty { context.output.line("(use \"nacre large fetch\" to bring it)") }
        return missing.isEmpty ? .success : .failure
    }

    /// A size as people read it: `1.5 MiB`.
    static func text(_ size: Int) -> String {
        var unit = 0
        var value = Double(size)
        while value >= 1024, unit < 5 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(size) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(["B", "KiB", "MiB", "GiB", "TiB", "PiB"][unit])"
    }

    /// The working tree that files are written to.
    static func workTree(_ context: Context) throws -> FilePath { try context.repositoryWithWorkTree().workTree }
}

/// JSON by hand, for lines that programs read.
enum JSONText {
    /// A string in quotes; bytes that are no UTF-8 become U+FFFD.
    static func quote(_ bytes: [UInt8]) -> String {
        var result = "\""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
