internal import Bytes
internal import GitRepository
internal import GitStorage
internal import SystemPackage

struct CountObjectsCommand: Command {
    static let name = "count-objects"
    static let summary = "count loose objects and their disk consumption"
    static let usage = ["[-v] [-H | --human-readable]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose"),
        .flag("human-readable", "H", "print sizes in human readable format"),
    ]

    private struct Count {
        var loose = 0, looseSize: Int64 = 0, redundant = 0, garbage = 0, garbageSize: Int64 = 0
        var packs = 0, packed = 0, packSize: Int64 = 0
    }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let repository = try context.repository()
        let isHuman = arguments.isOn("human-readable")
        let isVerbose = arguments.isOn("verbose")
        var count = try countLoose(repository.objects, verbose: isVerbose)
        guard isVerbose else {
            let size = isHuman ? human(count.looseSize) : "\(count.looseSize / 1024) kilobytes"
            context.output.line("\(count.loose) objects, \(size)")
            return .success
        }
        try countPacks(repository.objects, &count, context)
        func size(_ bytes: Int64) -> String { isHuman ? human(bytes) : "\(bytes / 1024)" }
        context.output.write(
            """
            count: \(count.loose)
            size: \(size(count.looseSize))
            in-pack: \(count.packed)
            packs: \(count.packs)
            size-pack: \(size(count.packSize))
            prune-packable: \(count.redundant)
            garbage: \(count.garbage)
            size-garbage: \(size(count.garbageSize))

            """)
        for alternate in repository.objects.alternateDirectories { context.output.line("alternate: \(alternate)") }
        return .success
    }

    private static func countLoose(_ database: ObjectDatabase, verbose: Bool) throws -> Count {
        var count = Count()
        let packs = try database.packs()
        for id in try database.looseIDs() {
            guard let status = try FileStatus.of(database.loosePath(id)) else { continue }
            count.loose += 1
            count.looseSize += status.blockCount * 512
            if verbose, packs.contains(where: { $0.index.position(of: id) != nil }) { count.redundant += 1 }
        }
        return count
    }

    private static func countPacks(_ database: ObjectDatabase, _ count: inout Count, _ context: Context) throws {
        for pack in try database.packs() {
            count.packs += 1
            count.packed += pack.index.count
            for path in [pack.path, pack.index.path] { count.packSize += try FileStatus.of(path)?.size ?? 0 }
        }
        let known: Set = ["idx", "pack", "rev", "bitmap", "keep", "promisor", "mtimes"]
        for entry in try Files.list(database.packDirectory) ?? [] {
            let path = database.packDirectory.appending(bytes: entry.name)
            if known.contains(path.extension ?? "") || entry.name.starts(with: Array("multi-pack-index".utf8)) {
                continue
            }
            context.errors.write("warning: garbage found: \(path)\n")
            count.garbage += 1
            count.garbageSize += try FileStatus.of(path)?.size ?? 0
        }
    }

    /// A size as Git shows it to people.
    static func human(_ bytes: Int64) -> String {
        func scaled(_ shift: Int64, _ unit: String) -> String {
            let size = bytes + (1 << shift) / 200
            let fraction = ((size & ((1 << shift) - 1)) * 100) >> shift
            return "\(size >> shift).\(fraction < 10 ? "0" : "")\(fraction) \(unit)"
        }
        if bytes > 1 << 30 { return scaled(30, "GiB") }
        if bytes > 1 << 20 { return scaled(20, "MiB") }
        if bytes > 1 << 10 { return scaled(10, "KiB") }
        return "\(bytes) bytes"
    }
}
