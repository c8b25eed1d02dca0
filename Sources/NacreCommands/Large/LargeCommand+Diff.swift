internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import LargeFiles

extension LargeCommand {
    /// Says what changed between two versions of a large file: `nacre large diff HEAD~1:model.pt HEAD:model.pt`.
    static func difference(_ operands: [[UInt8]], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard operands.count == 2 else { throw CommandError.usage("two versions are needed: <revision>:<path>") }
        let repository = try context.repository()
        let filter = try LargeFileFilter(repository)
        let resolver = RevisionResolver(repository)
        var oids: [Hash256] = []
        for operand in operands {
            let text = String(decoding: operand, as: UTF8.self)
            let id = try resolver.resolve(text)
            guard let pointer = filter.pointer(id) else { throw CommandError.fatal("'\(text)' is not a large file") }
            oids.append(pointer.oid)
        }
        guard let comparison = try filter.store.compare(oids[0], oids[1]) else {
            throw CommandError.fatal(
                "the content of a version is not here", hints: ["use \"nacre large fetch\" to bring it"])
        }
        for line in comparison.lines() { context.output.line(line) }
        return oids[0] == oids[1] ? .success : .failure
    }
}
