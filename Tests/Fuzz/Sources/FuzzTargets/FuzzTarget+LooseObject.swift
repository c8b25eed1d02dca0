import Bytes
import GitObjects
import GitStorage
import SystemPackage

extension FuzzTarget {
    /// Reads any bytes as a loose object's file.
    static let looseObject = FuzzTarget("LooseObject") { input in
        let id = ObjectID.zero(.sha1)
        let hex = String(decoding: id.hexBytes, as: UTF8.self)
        _ = Workplace.write("loose/\(hex.prefix(2))/\(hex.dropFirst(2))", input)
        var options = ObjectDatabase.Options()
        options.limits = Limits(objectSize: 16 << 20)
        guard
            let database = try? ObjectDatabase(
                objectsDirectory: Workplace.directory.appending("loose"), algorithm: .sha1, options: options)
        else { return }
        _ = try? database.header(id)
        _ = try? database.read(id)
        var total = 0
        try? database.stream(id) { piece throws(StorageError) in total += piece.byteCount }
        precondition(total >= 0)
    }
}
