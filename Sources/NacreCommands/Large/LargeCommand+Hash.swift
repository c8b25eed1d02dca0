internal import Bytes
internal import LargeFiles
internal import SystemPackage

extension LargeCommand {
    /// `nacre large hash`: SHA-256, Xet's file hash, size and number of chunks of each file, and its name; with `--chunks` first
    /// a line for each chunk. Needs no repository.
    static func hash(_ operands: [[UInt8]], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard !operands.isEmpty else { throw CommandError.usage("a file is needed") }
        for operand in operands {
            let manifest = try LargeFileStore.manifest(of: context.workingDirectory.pushing(FilePath(bytes: operand)))
            if arguments.isOn("chunks") {
                for chunk in manifest.chunks { context.output.line("\(chunk.hash.xetString) \(chunk.length)") }
            }
            context.output.write(
                "\(manifest.oid) \(manifest.fileHash.xetString) \(manifest.size) \(manifest.chunks.count) ")
            context.output.line(operand)
        }
        return .success
    }
}
