import Bytes
import GitObjects
import GitProtocol
import GitRefs
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite("upload-pack: keep-alive") struct KeepAliveTests {
    /// Without any patience an empty packet is sent at every step; the pack is the same.
    @Test func emptyPacketsAreNoPartOfThePack() throws {
        let sandbox = try Sandbox("alive")
        try sandbox.shell(
            "git init -q src; cd src; for i in $(seq 1500); do echo $i >f$i; done; git add .; git commit -qm many")
        let directory = sandbox.root.appending("src/.git")
        let objects = try ObjectDatabase(objectsDirectory: directory.appending("objects"), algorithm: .sha1)
        let refs = RefStore(gitDirectory: directory, commonDirectory: directory, algorithm: .sha1)
        let head = try #require(try refs.resolve(.head))
        func answer(_ interval: Duration?) throws -> (packets: Int, empty: Int, pack: [UInt8]) {
            var options = UploadPackServer.Options(agent: "test")
            options.keepAlive = interval
            let server = UploadPackServer(
                ServedRepository(gitDirectory: directory, objects: objects, refs: refs), options: options)
            var request = PktLineWriter()
            request.write("command=fetch")
            request.writeDelimiter()
            request.write("want \(head)\n")
            request.write("done\n")
            request.writeFlush()
            var input = request.bytes
            var reader = PktLineReader()
            try server.serve(
                version: .v2, isStateless: true,
                from: {
                    defer { input = [] }
                    return input
                }, to: { reader.append($0) })
            var result = (packets: 0, empty: 0, pack: [UInt8]())
            while let packet = try reader.next() {
                guard case .data(let bytes) = packet, bytes.first == 1 else { continue }
                result.packets += 1
                if bytes.count == 1 { result.empty += 1 }
                result.pack += bytes.dropFirst()
            }
            return result
        }
        let plain = try answer(nil)
        let eager = try answer(.zero)
        #expect(plain.empty == 0 && eager.empty > 0)
        #expect(plain.pack == eager.pack && plain.pack.starts(with: "PACK".utf8))
    }
}
