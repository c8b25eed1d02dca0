import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite("packs that another process replaces") struct RepackedOutsideTests {
    /// A handle that has listed packs and mapped none finds everything after they were made anew.
    @Test func anOldHandleReadsAndPacksEverything() throws {
        let sandbox = try Sandbox("repacked")
        try sandbox.shell(
            """
            git init -q r; cd r; for i in 1 2 3; do seq $((i*300)) >f$i; git add .; git commit -qm $i; git repack -q -d; done
            seq 17 >loose; git add loose; git commit -qm loose
            """)
        let directory = sandbox.root.appending("r/.git/objects")
        func handle() throws -> ObjectDatabase { try ObjectDatabase(objectsDirectory: directory, algorithm: .sha1) }
        let ids = try handle().allIDs()
        let (reading, asking, packing) = (try handle(), try handle(), try handle())
        for database in [reading, asking, packing] { #expect(try database.packs().count == 3) }
        try sandbox.shell("cd r; git repack -q -a -d; git prune-packed")
        try Workers.forEach(ids.count, workers: 4) { (_, item) throws(StorageError) in _ = try reading.read(ids[item]) }
        for id in ids { #expect(try asking.headerIfPresent(id) != nil) }
        var builder = PackBuilder(packing)
        for id in ids { builder.add(id) }
        let outcome = try builder.write { _ throws(StorageError) in }
        #expect(outcome.objectCount == ids.count)
    }
}
