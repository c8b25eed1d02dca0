import Bytes
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
        for place in Self.places { try sandbox.git("init", "-q", place) }
        var log: [String] = []
        for step in 0..<length {
            let action = SequenceStep.random(using: &generator)
            log.append("\(action)")
            guard case .command(let words) = action else {
                for place in Self.places { try change(action, in: sandbox.root.appending(place)) }
                continue
            }
            if let difference = try compare(words, step, sandbox) {
                return "seed \(seed), step \(step): \(difference)\n  " + log.joined(separator: "\n  ")
            }
        }
        let check = try sandbox.git("fsck", "--strict", "--no-dangling", in: "ours")
        return check.code == 0 ? nil : "seed \(seed): fsck: \(check)\n  " + log.joined(separator: "\n  ")
    }

    private func change(_ action: SequenceStep, in directory: FilePath) throws {
        func place(_ path: String) -> FilePath? {
            let file = directory.appending(path)
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
        case .remove(let path): _ = try? Files.remove(directory.appending(path))
        case .toggleExecutable(let path):
            let file = directory.appending(path)
            guard let status = try FileStatus.of(file), status.kind == .regular else { return }
            _ = file.withPlatformString { chmod($0, mode_t(status.permissions ^ 0o111)) }
        case .link(let path, let target):
            guard let file = place(path) else { return }
            _ = file.withPlatformString { name in symlink(target, name) }
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
        var parts: [String] = []
        if stock.code != ours.code { parts.append("exit \(stock.code) \(ours.code)") }
        if stock.output != ours.output { parts.append("output\n\(stock.text)---\n\(ours.text)") }
        let errors = [stock.errorText.replacing("/stock", with: "/X"), ours.errorText.replacing("/ours", with: "/X")]
        if errors[0] != errors[1] { parts.append("messages\n\(errors[0])---\n\(errors[1])") }
        for question in [
            ["ls-files", "-s", "-v"], ["for-each-ref"], ["symbolic-ref", "-q", "HEAD"],
            ["rev-parse", "-q", "--verify", "HEAD"],
        ] {
            let left = try sandbox.run("git", question, in: "stock")
            let right = try sandbox.run("git", question, in: "ours")
            if left != right { parts.append("\(question)\n\(left.text)---\n\(right.text)") }
        }
        for (what, below) in [("reflogs", ".git/logs"), ("files", "")] {
            let left = try listing(sandbox.root.appending("stock").appending(below))
            let right = try listing(sandbox.root.appending("ours").appending(below))
            if left != right { parts.append("\(what)\n\(left)---\n\(right)") }
        }
        return parts.isEmpty ? nil : words.joined(separator: " ") + ": " + parts.joined(separator: "\n")
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
