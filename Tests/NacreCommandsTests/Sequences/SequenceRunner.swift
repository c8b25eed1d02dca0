import Bytes
import GitObjects
import GitWorktree
import Glibc
import SystemPackage
import TestSupport

/// Runs one random sequence twice, with stock git and with nacre, and finds the first difference.
struct SequenceRunner {
    let seed: UInt64
    let length: Int

    /// The two repositories.
    private static let places = ["stock", "ours"]

    /// What is different, with the steps that led there; nil where all is equal.
    func run() throws -> String? {
        var generator = SeededGenerator(seed: seed)
        let sandbox = try Sandbox("sequence")
        for place in Self.places {
            try sandbox.git("init", "-q", place)
            // The two run one after the other: git compares times by the second, and one may begin between.
            try sandbox.git("config", "core.trustctime", "false", in: place)
        }
        var log: [String] = []
        let beginning = SequenceStep.beginning(using: &generator)
        for step in 0..<(beginning.count + length) {
            let action =
                step < beginning.count ? beginning[step] : SequenceStep.random(using: &generator)
            log.append("\(action)")
            guard case .command(let words) = action else {
                for place in Self.places { try change(action, step, in: sandbox.root.appending(place)) }
                continue
            }
            if let difference = try compare(words, step, sandbox) {
                return "seed \(seed), step \(step): \(difference)\n  " + log.joined(separator: "\n  ")
            }
        }
        // What was compared from the files so far, once more by git's own word.
        for question in [["ls-files", "-s", "-v"], ["for-each-ref"], ["fsck", "--strict", "--no-dangling"]] {
            let stock = try sandbox.run("git", question, in: "stock")
            let ours = try sandbox.run("git", question, in: "ours")
            // Git itself leaves the empty tree out where only an index names it.
            if question[0] == "fsck" ? ours.code != 0 : stock != ours || ours.code != 0 {
                return "seed \(seed): \(question): \(stock)---\n\(ours)\n  " + log.joined(separator: "\n  ")
            }
        }
        return nil
    }

    /// Gives a file a time of its own, seconds from any other: git compares times by the second, so that what it looks into
    /// would depend on how fast the steps follow each other.
    private func setTime(_ seconds: Int, _ file: FilePath) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        _ = file.withPlatformString { utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    private func change(_ action: SequenceStep, _ step: Int, in directory: FilePath) throws {
        func place(_ path: String) -> FilePath? {
            let file = self.file(path, in: directory)
            // A file may stand where a directory is needed, and the other way round: then nothing happens.
            guard (try? Files.makeDirectory(file.removingLastComponent())) != nil,
                (try? FileStatus.of(file))??.kind != .directory
            else { return nil }
            return file
        }
        switch action {
        case .write(let path, let content):
            guard let file = place(path) else { return }
            try Files.remove(file)
            var output = try OutputFile(creating: file)
            try output.write(content)
            try output.close()
            setTime(1_600_000_000 + 10 * step, file)
        case .remove(let path): _ = try? Files.remove(file(path, in: directory))
        case .toggleExecutable(let path):
            let file = file(path, in: directory)
            guard let status = try FileStatus.of(file), status.kind == .regular else { return }
            _ = file.withPlatformString { chmod($0, mode_t(status.permissions ^ 0o111)) }
        case .link(let path, let target):
            guard let file = place(path) else { return }
            _ = file.withPlatformString { name in symlink(target, name) }
            setTime(1_600_000_000 + 10 * step, file)
        case .command: break
        }
    }

    private func compare(_ words: [String], _ step: Int, _ sandbox: Sandbox) throws -> String? {
        let clock = [
            "GIT_AUTHOR_DATE": "\(1_700_000_000 + step) +0100", "GIT_COMMITTER_DATE": "\(1_700_000_100 + step) +0200",
        ]
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let stock = try sandbox.run("git", words, in: "stock", variables: clock)
        let ours = try sandbox.run(nacre, words, in: "ours", variables: clock)
        // Younger than every file: nothing is racily clean for the one and not for the other.
        for place in Self.places { setTime(time(nil) + 10, sandbox.root.appending(place).appending(".git/index")) }
        var parts: [String] = []
        if stock.code != ours.code { parts.append("exit \(stock.code) \(ours.code)") }
        if stock.output != ours.output { parts.append("output\n\(stock.text)---\n\(ours.text)") }
        let errors = [stock.errorText.replacing("/stock", with: "/X"), ours.errorText.replacing("/ours", with: "/X")]
        if errors[0] != errors[1] { parts.append("messages\n\(errors[0])---\n\(errors[1])") }
        let indexes = try Self.places.map { try index(sandbox.root.appending($0)) }
        if indexes[0] != indexes[1] { parts.append("index\n\(indexes[0])---\n\(indexes[1])") }
        for (what, below) in [
            ("HEAD", ".git/HEAD"), ("refs", ".git/refs"), ("reflogs", ".git/logs"), ("files", ""),
        ] {
            let left = try content(sandbox.root.appending("stock").appending(below))
            let right = try content(sandbox.root.appending("ours").appending(below))
            if left != right { parts.append("\(what)\n\(left)---\n\(right)") }
        }
        return parts.isEmpty ? nil : words.joined(separator: " ") + ": " + parts.joined(separator: "\n")
    }

    /// A path below a directory; U+FFFD stands for a byte that is not UTF-8.
    private func file(_ path: String, in directory: FilePath) -> FilePath {
        var bytes: [UInt8] = []
        for scalar in path.unicodeScalars {
            if scalar == "\u{fffd}" { bytes.append(0xff) } else { bytes += Array(String(scalar).utf8) }
        }
        return directory.appending(bytes: bytes)
    }

    /// The entries of a repository's index.
    private func index(_ directory: FilePath) throws -> String {
        let index = try Index.read(directory.appending(".git/index"), algorithm: .sha1)
        return index.entries.map { entry in
            "\(entry.mode.octal) \(entry.id) \(entry.stage.rawValue) \(entry.flags.rawValue) \(entry.path)\n"
        }.joined()
    }

    /// A directory's listing, or a file's text.
    private func content(_ path: FilePath) throws -> String {
        guard try FileStatus.of(path)?.kind == .regular else { return try listing(path) }
        return String(decoding: try Files.read(path), as: UTF8.self)
    }

    /// Names, modes and contents of everything below a directory but `.git`.
    private func listing(_ directory: FilePath, prefix: String = "") throws -> String {
        var text = ""
        for entry in (try Files.list(directory) ?? []).sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            let name = String(decoding: entry.name, as: UTF8.self)
            if name == ".git" { continue }
            let file = directory.appending(bytes: entry.name)
            guard let status = try FileStatus.of(file) else { continue }
            switch status.kind {
            case .directory: text += "\(prefix)\(name)/\n" + (try listing(file, prefix: "\(prefix)\(name)/"))
            case .symbolicLink:
                text += "\(prefix)\(name) -> \(String(decoding: try Files.readLink(file) ?? [], as: UTF8.self))\n"
            default:
                let digest = Hex.string(Digest.hash(try Files.read(file), .sha1))
                text += "\(prefix)\(name) \(status.isExecutable ? "x" : "-") \(digest)\n"
            }
        }
        return text
    }
}
