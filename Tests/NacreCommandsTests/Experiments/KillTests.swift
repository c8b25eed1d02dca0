import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Kills the runner at random moments. `NACRE_KILL_ROUNDS` sets how often.
@Suite(.serialized) struct KillTests {
    private static let rounds = getenv("NACRE_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 6

    @Test func losesNothing() throws {
        let fixture = try ExperimentFixture("kill")
        var generator = SeededGenerator(seed: 42)
        try fixture.sandbox.write("notes.txt", "an edit that is not committed\n")
        let status = try fixture.git("status", "--porcelain")
        let parameters = try fixture.sandbox.read("params.yaml")
        for round in 0..<Self.rounds {
            var request = ChildProcess.Request(
                Sandbox.productsDirectory.appending("nacre").string,
                [
                    "run", "-n", "k\(round)", "-S", "lr=0.7", "--", "sh", "-c",
                    "sh train.sh; sleep 31\(round)0 & sleep 0.2; wait $! 2>/dev/null & sleep 0.3",
                ])
            request.environment = fixture.sandbox.environment.map { "\($0.key)=\($0.value)" }
            request.workingDirectory = fixture.sandbox.root
            request.output = .null
            request.error = .null
            var child = try ChildProcess(request)
            let delay = Int.random(in: 0...700_000, using: &generator)
            usleep(UInt32(delay))
            if round % 4 == 3 {
                // The one that records and the one that does the work together: the next command has to clean up.
                try fixture.sandbox.shell(
                    "kill -9 $(pgrep -P \(child.identifier)) \(child.identifier) 2>/dev/null || true")
            } else {
                kill(child.identifier, SIGKILL)
            }
            let killed = child.wait() != .exited(0)
            let started =
                try FileStatus.of(fixture.sandbox.root.appending(".git/nacre/runs/k\(round)/start.json")) != nil
            // The process that did the work ends the command and records the run; otherwise the next command does.
            var waited = 0
            while round % 4 != 3,
                try FileStatus.of(fixture.sandbox.root.appending(".git/nacre/runs/k\(round)/start.json")) != nil,
                waited < 300
            {
                usleep(20_000)
                waited += 1
            }
            var list = try fixture.sandbox.nacre("experiment", "list", "--names")
            // Where both were to be killed, the worker may have begun after it was looked for: it records the run by itself.
            while try FileStatus.of(fixture.sandbox.root.appending(".git/nacre/runs/k\(round)/start.json")) != nil,
                waited < 300
            {
                usleep(20_000)
                waited += 1
                list = try fixture.sandbox.nacre("experiment", "list", "--names")
            }
            list = try fixture.sandbox.nacre("experiment", "list", "--names")
            #expect(list.code == 0, "\(list)")
            if started || !killed {
                #expect(list.text.contains("k\(round)\n"), "round \(round), after \(delay) µs: \(list)")
            }
            #expect(
                try fixture.sandbox.shell("pgrep -f 'slee[p] 31\(round)0' || true").trimmed == "",
                "round \(round): a child is left")
            if killed {
                #expect(try fixture.git("status", "--porcelain") == status, "round \(round), after \(delay) µs")
                #expect(try fixture.sandbox.read("params.yaml") == parameters, "round \(round), after \(delay) µs")
            } else {
                try fixture.sandbox.write("params.yaml", parameters)
                try fixture.sandbox.shell("rm -f metrics.json model.bin")
            }
        }
        #expect(try fixture.git("for-each-ref", "refs/nacre/runs") == "")
        #expect(try fixture.sandbox.git("fsck", "--strict").code == 0)
    }

    @Test func endsWithTheTerminal() throws {
        let fixture = try ExperimentFixture("hangup")
        var request = ChildProcess.Request(
            Sandbox.productsDirectory.appending("nacre").string,
            ["run", "-n", "h", "--", "sh", "-c", "touch started; sleep 31999"])
        request.environment = fixture.sandbox.environment.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = fixture.sandbox.root
        request.output = .null
        request.error = .null
        request.leadsGroup = true
        var child = try ChildProcess(request)
        while try FileStatus.of(fixture.sandbox.root.appending("started")) == nil { usleep(10_000) }
        kill(-child.identifier, SIGHUP)
        #expect(child.wait() != .exited(0))
        #expect(try fixture.git("log", "-1", "--format=%B", "refs/experiments/h").contains("Nacre-Status: interrupted"))
        #expect(try fixture.sandbox.shell("pgrep -f 'slee[p] 31999' || true").trimmed == "")
    }
}
