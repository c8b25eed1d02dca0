import Bytes
import Glibc
import Synchronization
import TestSupport
import Testing

/// Random sequences of commands, run with nacre and with stock git: files, index, refs, reflogs, object ids, exit codes and
/// everything printed must be equal. `NACRE_SEQUENCES=n` runs more, `NACRE_SEED=n` begins elsewhere.
@Suite struct SequenceTests {
    @Test func sequencesLeaveWhatGitLeaves() throws {
        func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
        let count = number("NACRE_SEQUENCES") ?? 500
        let first = UInt64(number("NACRE_SEED") ?? 1)
        let length = number("NACRE_SEQUENCE_LENGTH") ?? 12
        print("sequences: seeds \(first) to \(first + UInt64(count) - 1), \(length) steps each")
        let differences = Mutex<[String]>([])
        try Workers.forEach(count) { (_, item) throws(SequenceFailure) in
            do {
                if let difference = try SequenceRunner(seed: first + UInt64(item), length: length).run() {
                    differences.withLock { $0.append(difference) }
                }
            } catch {
                throw SequenceFailure(reason: "\(error)")
            }
        }
        for difference in differences.withLock({ $0 }) { Issue.record(Comment(rawValue: difference)) }
    }
}

/// A sequence that could not be run at all.
struct SequenceFailure: Error {
    let reason: String
}
