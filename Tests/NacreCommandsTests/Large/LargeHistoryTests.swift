import Bytes
import Glibc
import TestSupport
import Testing

/// Any sequence of adding, editing, renaming, committing, switching, collecting and repacking, by nacre and by stock git in turn,
/// over files of all formats, gives back every committed version bit for bit: to nacre, to stock git with the filter, and to
/// git-lfs. `NACRE_LARGE_SEQUENCES=n` runs more of them, `NACRE_SEED=n` begins elsewhere.
@Suite("Histories of large files")
struct LargeHistoryTests {
    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
    private static var seeds: [UInt64] {
        let first = UInt64(number("NACRE_SEED") ?? 1)
        return Array(first..<first + UInt64(number("NACRE_LARGE_SEQUENCES") ?? 2))
    }
    private static var length: Int { number("NACRE_SEQUENCE_LENGTH") ?? 14 }
    private static let formats = SampleFile.allCases

    /// What stands in the work tree, and in each commit.
    private struct History {
        let sandbox: Sandbox
        var generator: SeededGenerator
        var files: [String: [UInt8]] = [:]
        var commits: [(id: String, files: [String: [UInt8]])] = []

        /// Runs a command of either program, which must succeed.
        mutating func run(_ words: [String], program: String? = nil) throws {
            let chosen = program ?? (Bool.random(using: &generator) ? "nacre" : "git")
            let outcome = try sandbox.run(chosen, words, in: "repo")
            #expect(outcome.code == 0, "\(chosen) \(words): \(outcome)")
        }

        mutating func edit() throws {
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let format = formats[Int.random(in: 0..<formats.count, using: &generator)]
                let name = "folder/\(format.fileName)"
                let content: [UInt8]
                if let old = files[name], Int.random(in: 0..<10, using: &generator) > 0 {
                    content = format.edited(old, &generator)
                } else {
                    content = format.make(size: Int.random(in: 100_000...220_000, using: &generator), &generator)
                }
                files[name] = content
                try sandbox.write("repo/\(name)", content)
            }
            try commit()
        }

        mutating func commit() throws {
            // What is new is nacre's to call large; git then goes by the attributes.
            let isKnown = files.keys.allSatisfy { commits.last?.files[$0] != nil }
            try run(["add", "-A"], program: isKnown ? nil : "nacre")
            try run(["commit", "-q", "--allow-empty", "-m", "\(commits.count)"])
            commits.append((try sandbox.git("rev-parse", "HEAD", in: "repo").trimmed, files))
        }

        mutating func rename() throws {
            guard let name = files.keys.sorted().randomElement(using: &generator) else { return }
            let target = name.hasPrefix("folder") ? "other/" + name.dropFirst(7) : "folder/" + name.dropFirst(6)
            try sandbox.shell("mkdir -p folder other", in: "repo")
            try run(["mv", "-f", name, target])
            files[target] = files.removeValue(forKey: name)
            try commit()
        }

        mutating func remove() throws {
            guard let name = files.keys.sorted().randomElement(using: &generator), files.count > 1 else { return }
            try run(["rm", "-q", name])
            files[name] = nil
            try commit()
        }

        mutating func switchAway() throws {
            guard let target = commits.randomElement(using: &generator) else { return }
            try run(["checkout", "-q", "-b", "branch-\(generator.next() % 1_000_000_007)", target.id])
            files = target.files
            for (name, content) in files { #expect(try sandbox.has("repo/\(name)", content), "\(name)") }
            #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "")
        }

        mutating func maintain() throws {
            let choices: [(String, [String])] = [
                ("nacre", ["gc", "-q", "--prune=now"]), ("nacre", ["repack", "-a", "-d", "-q"]),
                ("nacre", ["large", "gc", "--prune=0"]), ("git", ["gc", "-q", "--prune=now"]),
                ("git", ["repack", "-a", "-d", "-q"]), ("git", ["reflog", "expire", "--expire=now", "--all"]),
            ]
            let (program, words) = choices[Int.random(in: 0..<choices.count, using: &generator)]
            try run(words, program: program)
        }

        mutating func step() throws {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5: try edit()
            case 5: try rename()
            case 6: try remove()
            case 7: try switchAway()
            default: try maintain()
            }
        }
    }

    @Test("every version of any history comes back, to everybody", arguments: seeds)
    func histories(seed: UInt64) throws {
        print("large history: seed \(seed), \(Self.length) steps")
        let sandbox = try Sandbox("large-history")
        try sandbox.shell("nacre init -q repo && cd repo && nacre config nacre.largeFileThreshold 64k")
        try sandbox.shell("nacre config nacre.largeTextThreshold 64k", in: "repo")
        var history = History(sandbox: sandbox, generator: SeededGenerator(seed: seed))
        try history.edit()
        for _ in 0..<Self.length { try history.step() }
        let healthy = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(healthy.code == 0, "seed \(seed): \(healthy)")
        for commit in history.commits {
            for (name, content) in commit.files {
                let back = try sandbox.nacre("cat-file", "--filters", "\(commit.id):\(name)", in: "repo")
                #expect(back.gives(content), "seed \(seed), \(commit.id):\(name)")
            }
            try expect(commit.files, of: commit.id, [], sandbox, "seed \(seed), git")
        }
        // git-lfs by itself, once its own store is filled.
        for commit in history.commits {
            try history.run(["checkout", "-q", "-f", commit.id], program: "nacre")
            try history.run(["large", "export"], program: "nacre")
        }
        try sandbox.shell("mv .git/nacre/chunks ../chunks", in: "repo")
        let lfs = ["-c", "filter.lfs.process=git-lfs filter-process"]
        for commit in history.commits { try expect(commit.files, of: commit.id, lfs, sandbox, "seed \(seed), git-lfs") }
        // And ours from git-lfs' store.
        for commit in history.commits {
            try history.run(["checkout", "-q", "-f", commit.id], program: "nacre")
            for (name, content) in commit.files { #expect(try sandbox.has("repo/\(name)", content), "\(name)") }
        }
    }

    /// An archive made by stock git, whose filter is asked for every file, has just these files.
    private func expect(
        _ files: [String: [UInt8]], of commit: String, _ settings: [String], _ sandbox: Sandbox, _ label: String
    ) throws {
        let packed = try sandbox.run("git", settings + ["archive", "-o", "../all.tar", commit], in: "repo")
        #expect(packed.code == 0, "\(label): \(packed)")
        try sandbox.shell("rm -rf out && mkdir out && tar -xf all.tar -C out")
        for (name, content) in files {
            #expect(try sandbox.has("out/\(name)", content), "\(label), \(commit):\(name)")
        }
        let count = try sandbox.shell("find out -type f ! -name .gitattributes | wc -l").trimmed
        #expect(count == "\(files.count)", "\(label)")
    }

    @Test("a repository that git-lfs made is read and continued")
    func madeByGitLFS() throws {
        let sandbox = try Sandbox("large-lfs")
        var generator = SeededGenerator(seed: 8)
        try sandbox.shell(
            "git init -q repo && cd repo && git lfs install --local && git lfs track 'sample.*' 'noise.*' && git add .")
        var versions: [[String: [UInt8]]] = [[:]]
        for format in Self.formats { versions[0][format.fileName] = format.make(size: 90_000, &generator) }
        for round in 1...2 {
            versions.append([:])
            for format in Self.formats {
                versions[round][format.fileName] = format.edited(versions[round - 1][format.fileName] ?? [], &generator)
            }
        }
        for (round, files) in versions.enumerated() {
            for (name, content) in files { try sandbox.write("repo/\(name)", content) }
            // The last version is ours.
            let program = round == 2 ? "nacre" : "git"
            for words in [["add", "."], ["commit", "-qm", "\(round)"]] {
                let outcome = try sandbox.run(program, words, in: "repo")
                #expect(outcome.code == 0, "\(outcome)")
            }
        }
        #expect(try sandbox.nacre("status", "--porcelain", in: "repo").text == "")
        for round in [0, 1, 2, 0] {
            let outcome = try sandbox.nacre("checkout", "-q", "main~\(2 - round)", in: "repo")
            #expect(outcome.code == 0, "\(outcome)")
            for (name, content) in versions[round] {
                #expect(try sandbox.has("repo/\(name)", content), "\(name) of \(round)")
                let shown = try sandbox.nacre("show", "main~\(2 - round):\(name)", in: "repo")
                #expect(shown.gives(content), "\(name) of \(round)")
            }
        }
        #expect(try sandbox.nacre("large", "ls", in: "repo").text.contains("noise.bin"))
        let report = try sandbox.nacre("diff", "main~2", "main", "--", "sample.safetensors", in: "repo")
        #expect(report.text.contains("\nlarge file: size "), "\(report)")
    }
}
