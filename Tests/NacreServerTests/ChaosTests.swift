import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Pushes and clones over a line that cuts, delays and corrupts, tried again until they are through. `NACRE_CHAOS_RUNS` says how
/// many. Every other run is nacre's own client's.
@Suite(.serialized) struct ChaosTests {
    private static let runs = getenv("NACRE_CHAOS_RUNS").flatMap { Int(String(cString: $0)) } ?? 12

    @Test func whatGoesThroughIsWhole() throws {
        let sandbox = try Sandbox("chaos")
        let server = try TestServer(
            sandbox, ["--failures-per-minute", "0", "--requests-per-minute", "0", "--idle-timeout", "2"])
        let token = try server.token("alice")
        for run in 0..<Self.runs {
            let proxy = ChaosProxy(to: server.port, seed: UInt64(run) &* 7919 &+ 1)
            let bad = "http://x:\(token)@127.0.0.1:\(proxy.port)/alice/m\(run).git"
            let good = server.address(token) + "/alice/m\(run).git"
            try make(sandbox, "work\(run)", seed: UInt64(run))
            let program = run % 2 == 0 ? "git" : "nacre"
            let isPushed = try retry(run) {
                try sandbox.run(program, ["push", "-q", "--force", bad, "main", "side"], in: "work\(run)").code == 0
            }
            let isCloned = try retry(run) {
                try sandbox.shell("rm -rf copy\(run)")
                // A flipped bit in the branch's name gives a clone without it.
                return try sandbox.run(program, ["clone", "-q", bad, "copy\(run)"]).code == 0
                    && sandbox.git("rev-parse", "-q", "--verify", "main", in: "copy\(run)").code == 0
            }
            proxy.stop()
            guard isPushed, isCloned else { continue }
            // A flipped bit in a ref's name is a ref of another name: on an open line nobody can tell. All else must be right.
            #expect(try sandbox.git("push", "-q", "--mirror", good, in: "work\(run)").code == 0, "run \(run)")
            let there = "root/alice/m\(run).git"
            #expect(
                try sandbox.git("for-each-ref", in: "work\(run)").text == sandbox.git("for-each-ref", in: there).text)
            for path in [there, "copy\(run)"] {
                let check = try sandbox.git("fsck", "--strict", in: path)
                #expect(check.code == 0, "run \(run) \(path): \(check)")
            }
            let tips = try ["work\(run)", "copy\(run)"].map { try sandbox.git("rev-parse", "main", in: $0).trimmed }
            #expect(tips[0] == tips[1], "run \(run)")
            let left = try Files.list(sandbox.root.appending("\(there)/objects"))?.map {
                String(decoding: $0.name, as: UTF8.self)
            }
            #expect(left?.contains { $0.hasPrefix("tmp_") } == false, "run \(run)")
        }
        #expect(try server.request("GET", "/readyz").status == 200)
    }

    private func make(_ sandbox: Sandbox, _ path: String, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try sandbox.shell("git init -q \(path)")
        for index in 0..<3 {
            let count = Int.random(in: 1..<100_000, using: &generator)
            try sandbox.write(
                "\(path)/f\(index)", (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
            try sandbox.shell("cd \(path); git add .; git commit -qm c\(index); git branch -f side HEAD")
        }
    }

    /// Tries again until it works. One attempt in five or so gets through; that a thousand do not is no matter of luck.
    private func retry(_ run: Int, _ attempt: () throws -> Bool) throws -> Bool {
        for _ in 0..<1000 where try attempt() { return true }
        Issue.record("run \(run) did not go through in 1000 attempts")
        return false
    }
}
