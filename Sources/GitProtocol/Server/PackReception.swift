internal import GitStorage
internal import SystemPackage

/// Takes the pack of a push into a quarantine.
enum PackReception {
    /// - Returns: a database with the new objects and all others.
    static func receive(
        _ input: inout PktLineInput, into database: ObjectDatabase, checker: ObjectChecker?, limit: Int
    ) throws {
        var options = PackIndexer.Options()
        options.maximumPackSize = limit > 0 ? limit : nil
        options.checker = checker
        let indexer = try PackIndexer(database, options: options)
        while !indexer.isComplete {
            let bytes = try input.rawBytes()
            guard !bytes.isEmpty else { throw ProtocolError.hungUp }
            try indexer.receive(bytes)
        }
        _ = try indexer.finish()
    }
}
