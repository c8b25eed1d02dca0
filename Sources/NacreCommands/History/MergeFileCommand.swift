internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

/// `merge-file`: three files of the file system.
enum MergeFileCommand: Command {
    static let name = "merge-file"
    static let summary = "run a three-way file merge"
    static let usage = ["[<options>] [-L <name1> [-L <orig> [-L <name2>]]] <file1> <orig-file> <file2>"]
    static let options: [OptionSpec] = [
        .flag("stdout", "p", "send results to standard output"),
        .flag("diff3", negatable: false, "use a diff3 based merge"),
        .flag("zdiff3", negatable: false, "use a zealous diff3 based merge"),
        .flag("ours", negatable: false, "for conflicts, use our version"),
        .flag("theirs", negatable: false, "for conflicts, use their version"),
        .flag("union", negatable: false, "for conflicts, use a union version"),
        .value("marker-size", "n", negatable: false, "for conflicts, use this marker size"),
        .flag("quiet", "q", "do not warn about conflicts"),
        .shortValue("L", "name", "set labels for file1/orig-file/file2"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 3 else { throw CommandError.usage("three files are needed") }
        let labels = arguments.allTexts("L")
        guard labels.count <= 3 else { throw CommandError.error("too many labels on the command line") }
        let names = arguments.texts.enumerated().map { $0 < labels.count ? labels[$0] : $1 }
        var options = FileMergeOptions()
        options.lines.algorithm = .myers
        options.joinsAcrossPunctuation = true
        options.labels = (names[0], names[1], names[2])
        if let name = try context.configuration().string("merge.conflictstyle") {
            options.style = FileMergeOptions.Style(name: name) ?? .merge
        }
        if arguments.isOn("diff3") { options.style = .diff3 }
        if arguments.isOn("zdiff3") { options.style = .zealousDiff3 }
        if arguments.isOn("ours") { options.favor = .ours }
        if arguments.isOn("theirs") { options.favor = .theirs }
        if arguments.isOn("union") { options.favor = .union }
        if let size = try arguments.integer("marker-size"), size > 0 { options.markerSize = size }
        let files = arguments.operands.map { context.workingDirectory.pushing(FilePath(bytes: $0)) }
        let contents = try zip(files, arguments.texts).map { file, name in
            guard let content = try Files.readIfPresent(file) else {
                throw CommandError(.error, "Could not stat \(name): No such file or directory", exitCode: ExitCode(255))
            }
            if content.prefix(8000).contains(0) {
                throw CommandError(.error, "Cannot merge binary files: \(name)", exitCode: ExitCode(255))
            }
            return content
        }
        let merged = FileMerge.merge(base: contents[1], ours: contents[0], theirs: contents[2], options: options)
        if arguments.isOn("stdout") {
            context.output.write(merged.content)
        } else {
            if let repository = try context.repositoryIfPresent(), repository.workTree != nil,
                let path = try? context.path(arguments.operands[0])
            {
                try context.worktree().willChange([path])
            }
            try TemporaryFile.replace(files[0], with: merged.content, synchronizing: false)
        }
        return ExitCode(Int32(min(merged.conflicts, 127)))
    }
}
