internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import LargeFiles
internal import SystemPackage

/// One `archive`: which files, converted how, into which format.
final class ArchiveRun {
    /// A file that is no part of the tree.
    private struct Extra {
        let path: [UInt8]
        let mode: GitObjects.FileMode
        let content: [UInt8]
    }

    private let arguments: Arguments
    private let context: Context
    private lazy var config: Config? = try? context.configuration()

    init(_ arguments: Arguments, _ context: Context) {
        self.arguments = arguments
        self.context = context
    }

    /// The filters behind tar, by format: Git's own two and those of the configuration.
    private func filters() -> [(name: String, command: String?)] {
        var names = ["tgz", "tar.gz"]
        for bytes in config?.subsections(of: "tar") ?? [] {
            let name = String(decoding: bytes, as: UTF8.self)
            if !names.contains(name) { names.append(name) }
        }
        return names.compactMap { name in
            let command = config?.string("tar.\(name).command")
            if command == nil, name != "tgz", name != "tar.gz" { return nil }
            return (name, command == "git archive gzip" ? nil : command)
        }
    }

    func run() throws -> ExitCode {
        let output = arguments.bytes("output")
        // The file is there whatever comes of it.
        let sink = try ArchiveSink(
            context, output.map { context.workingDirectory.pushing(FilePath(bytes: $0)) })
        defer { sink.close() }
        let filters = filters()
        let formats = ["tar"] + filters.map { $0.name } + ["zip"]
        if arguments.isOn("list") {
            for name in formats { context.output.line(name) }
            return .success
        }
        let format = arguments.text("format") ?? output.flatMap { formatOf($0, formats) } ?? "tar"
        guard !arguments.operands.isEmpty else { throw CommandError.usage("") }
        guard formats.contains(format) else {
            throw CommandError.fatal("Unknown archive format '\(format)'")
        }
        let level = try arguments.integer("level")
        if let level, format == "tar" || (format == "zip" && level > 9) {
            throw CommandError.fatal("Argument not supported for format '\(format)': -\(level)")
        }
        let extras = try extraFiles()
        let source = try ArchiveSource(arguments, context)
        let filter = filters.first { $0.name == format }
        if let filter { try sink.compress(command: filter.command, level: level ?? -1) }
        let header = ArchiveHeader(commit: source.commit, time: source.time, umask: try umask())
        if format == "zip" {
            let zip = try ZipWriter(
                header, zoneMinutes: context.localZone(at: source.time), level: level ?? -1
            ) { try sink.write($0) }
            try source.forEach { try zip.add($0) }
            try add(extras, source) { try zip.add($0) }
            try zip.finish()
        } else {
            var tar = try TarWriter(header) { try sink.write($0) }
            try source.forEach { try tar.add($0) }
            try add(extras, source) { try tar.add($0) }
            try tar.finish()
        }
        return try sink.finish()
    }

    private func formatOf(_ file: [UInt8], _ formats: [String]) -> String? {
        let name = String(decoding: file, as: UTF8.self)
        return formats.first { name.hasSuffix("." + $0) && name.utf8.count > $0.utf8.count + 1 }
    }

    private func umask() throws -> UInt32 {
        guard let text = config?.string("tar.umask") else { return 0o002 }
        if text == "user" {
            let mask = Glibc.umask(0)
            _ = Glibc.umask(mask)
            return mask
        }
        let digits = text.hasPrefix("0") ? UInt32(text, radix: 8) : UInt32(text)
        guard let digits else {
            throw CommandError.fatal("bad numeric config value '\(text)' for 'tar.umask'")
        }
        return digits
    }

    /// `--add-file` and `--add-virtual-file`, under the prefix that stood before each.
    private func extraFiles() throws -> [Extra] {
        var result: [Extra] = []
        var prefix: [UInt8] = []
        for occurrence in arguments.occurrences {
            let value = occurrence.value ?? []
            let text = String(decoding: value, as: UTF8.self)
            switch occurrence.name {
            case "prefix": prefix = value
            case "add-file" where occurrence.isNegated, "add-virtual-file" where occurrence.isNegated:
                result = []
            case "add-file":
                let file = context.workingDirectory.pushing(FilePath(bytes: value))
                guard let status = try FileStatus.of(file, followingLinks: true) else {
                    throw CommandError.fatal("File not found: \(text)")
                }
                guard status.kind == .regular else {
                    throw CommandError.fatal("Not a regular file: \(text)")
                }
                let name = GitPath(value).name
                let mode: GitObjects.FileMode = access(file.string, X_OK) == 0 ? .executable : .regular
                result.append(Extra(path: prefix + name, mode: mode, content: try Files.read(file)))
            case "add-virtual-file":
                guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else {
                    throw CommandError.fatal("missing colon: '\(text)'")
                }
                if colon == 0 { throw CommandError.fatal("empty file name: '\(text)'") }
                result.append(
                    Extra(path: Array(value[..<colon]), mode: .regular, content: Array(value[(colon + 1)...]))
                )
            default: break
            }
        }
        return result
    }

    private func add(
        _ extras: [Extra], _ source: ArchiveSource, _ body: (ArchiveEntry) throws -> Void
    ) throws {
        for (index, extra) in extras.enumerated() {
            // Git names what has no object by its number, in the first eight bytes.
            let number = String(index + 1, radix: 16)
            let digits = String(repeating: "0", count: 16 - number.count) + number
            let rest = String(repeating: "0", count: source.repository.algorithm.hexCount - 16)
            let id = ObjectID(hex: (digits + rest).utf8, algorithm: source.repository.algorithm)
            try body(
                ArchiveEntry(
                    path: extra.path, mode: extra.mode, id: id ?? .zero(source.repository.algorithm),
                    content: extra.content, isText: !extra.content.prefix(8000).contains(0)))
        }
    }
}
