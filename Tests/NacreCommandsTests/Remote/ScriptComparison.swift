import SystemPackage
import TestSupport
import Testing

/// One shell script run twice, with stock git and with nacre as `$P`, each in a sandbox of its own: every `p …` prints the
/// exit code, standard output and standard error.
enum ScriptComparison {
    private static let prelude = """
        p() { c=0; $P "$@" >"$ROOT/out" 2>"$ROOT/err" || c=$?; echo "[$*] $c"; cat "$ROOT/out"; sed 's/^/! /' "$ROOT/err"; }
        commit() { echo "$1" >>"$2"; git add "$2"; git commit -qm "$1"; }
        git config --global protocol.file.allow always
        git init -q src; cd src; for i in 1 2 3; do seq $((i*40)) >f$i; git add .; git commit -qm c$i; done
        git branch side HEAD~1; git tag v1; cd ..; git clone -q --bare src hub.git; git clone -q hub.git w
        git clone -q hub.git other
        more() { (cd "$ROOT/other"; git pull -q --ff-only; commit "$@"; git push -q); }

        """

    static func run(_ script: String, _ program: String) throws -> String {
        let sandbox = try Sandbox("compare")
        let root = sandbox.root.string
        let path =
            program == "git" ? program : Sandbox.productsDirectory.appending("nacre").string
        let result = try sandbox.shell(
            prelude + script, variables: ["P": path, "ROOT": root])
        try #require(result.code == 0, "\(result)")
        return result.text.replacing(root, with: "ROOT")
    }

    /// Compares what both print, line by line.
    static func expectSame(_ script: String, ignoring: (Substring) -> Bool = { _ in false }) throws {
        let theirs = try run(script, "git").split(separator: "\n").filter { !ignoring($0) }
        let ours = try run(script, "nacre").split(separator: "\n").filter { !ignoring($0) }
        for (line, other) in zip(theirs, ours) where line != other {
            Issue.record("git: \(line)\nnacre: \(other)\n\(ours.joined(separator: "\n"))")
            return
        }
        #expect(theirs.count == ours.count, "\(ours.joined(separator: "\n"))")
    }
}
