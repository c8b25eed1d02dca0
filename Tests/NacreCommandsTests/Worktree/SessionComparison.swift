import SystemPackage
import TestSupport

/// A small session of commands, run once with stock git and once with nacre as `$G` in a repository of its own.
enum SessionComparison {
    /// Two files in the first commit of `main`.
    static let setUp = "git init -q .; mkdir d; echo 1 > a; echo 2 > d/b; git add .; git commit -qm first"

    /// What both printed, errors included, and what they left: index, history, refs, logs.
    static func outcomes(_ script: String, setUp: String = setUp) throws -> [String] {
        try ["git", Sandbox.productsDirectory.appending("nacre").string].map { program in
            let sandbox = try Sandbox("session")
            try sandbox.write("r/.keep", "")
            let text =
                "exec 2>&1; cd r; rm .keep\n\(setUp)\n\(script)\n"
                + ":; git ls-files -s -v; git log --all --format='%H %s%n%b'; git for-each-ref; "
                + "find .git/logs -type f | sort | xargs tail -n +1"
            let outcome = try sandbox.run("/bin/sh", ["-c", text], variables: ["G": program])
            return "\(outcome.code)\n" + outcome.text.replacing(sandbox.root.string, with: "ROOT")
        }
    }
}
