import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A full disk, or a kill, at any write of `add`, `commit`, `checkout`, `gc`: the store stays whole, and nothing that was committed is
/// lost. `NACRE_KILL_ROUNDS` sets how often processes are killed.
@Suite("Faults while large files are stored")
struct LargeFaultTests {
    private static let rounds = getenv("NACRE_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 6

    let sandbox: Sandbox
    private let versions: [[UInt8]]

    init() throws {
        sandbox = try Sandbox("large-faults")
        var generator = SeededGenerator(seed: 21)
        let first = generator.bytes(1_400_000)
        var second = first
        for index in stride(from: 0, to: second.count, by: 9_000) { second[index] ^= 3 }
        versions = [first, second]
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
        for (number, content) in versions.enumerated() {
            try sandbox.write("repo/data.bin", content)
            #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
            #expect(try sandbox.nacre("commit", "-qm", "\(number)", in: "repo").code == 0)
        }
    }

    /// Everything that was committed is there, and the store has nothing that is half.
    private func check(_ label: String) throws {
        try sandbox.shell("rm -f .git/index.lock", in: "repo")
        let healthy = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(healthy.code == 0, "\(label): \(healthy)")
        for (number, content) in versions.enumerated() {
            let back = try sandbox.nacre("cat-file", "--filters", "HEAD~\(1 - number):data.bin", in: "repo")
            #expect(back.code == 0 && back.output == content, "\(label): version \(number)")
        }
        #expect(try sandbox.git("fsck", "--strict", in: "repo").code == 0, "\(label)")
    }

    @Test("a disk that is full is reported, and nothing is half written", arguments: [true, false])
    func fullDisk(_ ignoresSignal: Bool) throws {
        var generator = SeededGenerator(seed: 5)
        let trap = ignoresSignal ? "trap '' XFSZ; " : ""
        for blocks in [0, 1, 40, 900, 2_000] {
            try sandbox.write("repo/data.bin", generator.bytes(1_300_000))
            let added = try sandbox.shell("\(trap)ulimit -c 0; ulimit -f \(blocks); exec nacre add .", in: "repo")
            #expect(added.code != 0, "\(blocks): \(added)")
            if ignoresSignal {
                #expect(added.errorText.contains("File too large"), "\(blocks): \(added)")
                #expect(try FileStatus.of(sandbox.root.appending("repo/.git/index.lock")) == nil)
            }
            try check("add with \(blocks) blocks")
            // The work tree cannot take the content: what stood there stays.
            let before = try sandbox.read("repo/data.bin")
            let restored = try sandbox.shell(
                "\(trap)ulimit -c 0; ulimit -f \(blocks); exec nacre checkout HEAD~ -- data.bin", in: "repo")
            #expect(restored.code != 0, "\(blocks): \(restored)")
            #expect(try sandbox.read("repo/data.bin") == before, "\(blocks)")
            try check("checkout with \(blocks) blocks")
        }
        #expect(try sandbox.nacre("checkout", "-q", "-f", "HEAD", in: "repo").code == 0)
        #expect(try sandbox.read("repo/data.bin") == versions[1])
        #expect(try sandbox.nacre("status", "--porcelain", in: "repo").text == "")
    }

    @Test("a kill at any moment leaves a whole store")
    func kills() throws {
        var generator = SeededGenerator(seed: 77)
        for round in 0..<Self.rounds {
            try sandbox.write("repo/data.bin", generator.bytes(1_300_000))
            let words = [["add", "."], ["stash"], ["large", "gc", "--prune=0"]][round % 3]
            var request = ChildProcess.Request(Sandbox.productsDirectory.appending("nacre").string, words)
            request.environment = sandbox.environment.map { "\($0.key)=\($0.value)" }
            request.workingDirectory = sandbox.root.appending("repo")
            request.output = .null
            request.error = .null
            var child = try ChildProcess(request)
            usleep(UInt32.random(in: 0...200_000, using: &generator))
            kill(child.identifier, SIGKILL)
            _ = child.wait()
            try check("round \(round), \(words)")
            #expect(try sandbox.git("checkout", "-q", "-f", "HEAD", in: "repo").code == 0)
        }
    }

    @Test("a store that cannot be written is said to be so, and can be read", .enabled(if: geteuid() != 0))
    func readOnly() throws {
        try sandbox.shell("chmod -R a-w .git/nacre", in: "repo")
        defer { _ = try? sandbox.shell("chmod -R u+w .git/nacre", in: "repo") }
        try sandbox.shell("rm data.bin && nacre checkout HEAD~ -- data.bin", in: "repo")
        #expect(try sandbox.read("repo/data.bin") == versions[0])
        try sandbox.write("repo/data.bin", [UInt8](repeating: 9, count: 1_200_000) + versions[0])
        let added = try sandbox.nacre("add", ".", in: "repo")
        #expect(added.code == 128 && added.errorText.contains("Permission denied"), "\(added)")
    }
}
