internal import GitStorage
internal import SystemPackage

/// Takes the pack of a push into a quarantine.
enum PackReception {
    /// - Returns: a database with the new objects and all others.
    static func receive(
        _ input: inout PktLineInput, into database: ObjectDatabase, checksObjects: Bool, limit: Int
    ) throws {
        throw ProtocolError.unsupported("packs: this build has no pack indexer")
    }
}
