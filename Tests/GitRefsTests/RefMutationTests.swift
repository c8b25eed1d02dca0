import Bytes
import GitObjects
import GitRefs
import SystemPackage
import TestSupport
import Testing

/// Broken refs, logs and packed files give an error or a result, never a trap.
@Suite struct RefMutationTests {
    @Test func mutatedInputNeverTraps() throws {
        var random = SeededGenerator(seed: 11)
        let id = "0123456789abcdef0123456789abcdef01234567"
        let packed = "# pack-refs with: peeled fully-peeled sorted \n\(id) refs/heads/a\n\(id) refs/tags/b\n^\(id)\n"
        let log = "\(id) \(id) A <a@b> 1700000000 +0100\tmessage\n"
        let sandbox = try Sandbox("mutation")
        let directory = sandbox.root.appending("git")
        try Files.makeDirectory(directory.appending("refs"))
        for round in 0..<600 {
            var text = Array([packed, log, "ref: refs/heads/x\n", id + "\n"][round % 4].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 0..<max(text.count, 1), using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text.insert(UInt8(truncatingIfNeeded: random.next()), at: min(position, text.count))
                case 1 where position < text.count:
                    text[position] = Array("\n ^#\u{0}/.f".utf8).randomElement(using: &random) ?? 0
                default: text = Array(text.prefix(position))
                }
            }
            _ = RefStore.parse(text, algorithm: .sha1)
            _ = Reflog(parsing: text, algorithm: .sha1).id(before: 1)
            // A name that was taken is written back as it is.
            if let name = try? RefName(text) { #expect(name.bytes == text) }
            _ = try? Refspec(String(decoding: text, as: UTF8.self), forPush: round % 2 == 0)
            guard round % 4 == 0 else { continue }
            try TemporaryFile.replace(directory.appending("packed-refs"), with: text, synchronizing: false)
            let store = RefStore(gitDirectory: directory, commonDirectory: directory, algorithm: .sha1)
            _ = try? store.list()
            _ = try? store.resolve(RefName("refs/tags/b"))
            _ = try? store.resolve(RefName("refs/heads/zz"))
        }
    }
}
