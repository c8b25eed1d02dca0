internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import SystemPackage

struct UnpackObjectsCommand: Command {
    static let name = "unpack-objects"
    static let summary = "make loose objects of a pack on standard input"
    static let usage = ["[-n] [-q] [--strict]"]
    static let options: [OptionSpec] = [
        .shortFlag("n", "check the pack without writing objects"),
        .shortFlag("q", "accepted: nothing is shown anyway"),
        .flag("strict", negatable: false, "don't write objects with broken content"),
        .value("max-input-size", "size", negatable: false, "die if the pack is larger"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let repository = try context.repository()
        if arguments.isOn("n") {
            let bytes = try context.readInput()
            _ = try PackInspection(
                MappedFile(copying: bytes.span.bytes), algorithm: repository.algorithm,
                checker: arguments.isOn("strict") ? ModulesCheck.transferChecker() : nil)
            return .success
        }
        var options = PackIndexer.Options()
        options.unpackLimit = .max
        options.checker = arguments.isOn("strict") ? ModulesCheck.transferChecker() : nil
        options.maximumPackSize = try arguments.integer("max-input-size").flatMap { $0 > 0 ? $0 : nil }
        let indexer = try PackIndexer(repository.objects, options: options)
        try IndexPackCommand.feed(indexer)
        _ = try indexer.finish()
        return .success
    }
}
