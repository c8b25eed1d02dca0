import Bytes
import SystemPackage
import TestSupport

/// A repository as a person sees it: files, index, refs, stash, what is in progress.
struct RepositoryPicture: Equatable, CustomStringConvertible {
    var files: [String: [UInt8]] = [:]
    var index = ""
    var refs = ""
    var head = ""
    var stash = ""
    var progress = ""

    init(_ sandbox: Sandbox, _ repository: String) throws {
        index = try sandbox.git("ls-files", "-s", in: repository).text
        refs = try sandbox.git("for-each-ref", "--format=%(refname) %(objectname)", in: repository).text
            .split(separator: "\n").filter { !$0.hasPrefix("refs/nacre/") }.joined(separator: "\n")
        head = String(decoding: try sandbox.read("\(repository)/.git/HEAD"), as: UTF8.self)
        stash = try sandbox.git("stash", "list", "--format=%H %s", in: repository).text
        progress = try sandbox.shell(
            """
            cd .git; for name in MERGE_HEAD MERGE_MODE MERGE_MSG CHERRY_PICK_HEAD REVERT_HEAD info/sparse-checkout; do
                [ ! -f $name ] || { echo $name; cat $name; }
            done
            find . -path './rebase-*' -o -path './sequencer*' | sort; git config core.sparseCheckout || :
            """, in: repository
        ).text
        try collect(sandbox.root.appending(repository), "")
    }

    /// What no work tree is needed for: index, refs, HEAD, stash.
    var recorded: [String] { [index, refs, head, stash, progress] }

    private mutating func collect(_ root: FilePath, _ path: String) throws {
        for entry in try Files.list(root.appending(path)) ?? [] where !entry.name.elementsEqual(".git".utf8) {
            let name = (path.isEmpty ? "" : path + "/") + String(decoding: entry.name, as: UTF8.self)
            let file = root.appending(name)
            switch try FileStatus.of(file)?.kind {
            case .directory?: try collect(root, name)
            case .symbolicLink?: files[name] = Array("link ".utf8) + (try Files.readLink(file) ?? [])
            default:
                let mode = try FileStatus.of(file)?.isExecutable == true ? "x " : "- "
                files[name] = Array(mode.utf8) + (try Files.read(file))
            }
        }
    }

    var description: String {
        let names = files.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(String(decoding: $0.value.prefix(20), as: UTF8.self))"
        }
        return "\(head)\(refs)\n\(index)\(stash)\(progress)\(names.joined(separator: "; "))"
    }
}
