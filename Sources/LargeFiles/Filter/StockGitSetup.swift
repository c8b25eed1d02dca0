internal import Bytes
internal import GitConfig
public import SystemPackage

/// What makes stock git work in a repository with large files: the filter in `.git/config`, and a hook that sends content before
/// `git push` sends pointers.
public enum StockGitSetup {
    /// The command of `filter.lfs.process`: ours, or git-lfs' where ours is not on the PATH. Git hands it to a shell.
    static let filterCommand =
        "if command -v nacre >/dev/null 2>&1; then exec nacre filter-process; else exec git-lfs filter-process; fi"

    private static let hookMark = "# nacre: sends large files"

    /// The hook. Another that stood there before is kept beside it as `pre-push.before-nacre` and runs first.
    static let hook = """
        #!/bin/sh
        \(hookMark) before the refs that name them
        before="$(dirname "$0")/pre-push.before-nacre"
        refs="$(cat)"
        if [ -x "$before" ]; then
            printf '%s\\n' "$refs" | "$before" "$@" || exit $?
        fi
        if command -v nacre >/dev/null 2>&1; then
            printf '%s\\n' "$refs" | nacre large pre-push "$@"
        elif command -v git-lfs >/dev/null 2>&1; then
            printf '%s\\n' "$refs" | git-lfs pre-push "$@"
        else
            echo "large files cannot be sent: neither nacre nor git-lfs is on the PATH" >&2
            exit 2
        fi

        """

    /// Writes the filter into a repository's own configuration, unless one stands there already.
    ///
    /// - Parameter commonDirectory: the `.git` that all worktrees share.
    public static func configureFilter(commonDirectory: FilePath) throws {
        let file = commonDirectory.appending("config")
        let config = try Config(loading: [.file(file, .local)], context: ConfigContext())
        guard config.string("filter.lfs.process") == nil else { return }
        try ConfigFile.edit(file) { (config) throws(ConfigError) in
            try config.set("filter.lfs.process", to: filterCommand)
            try config.set("filter.lfs.required", to: "true")
        }
    }

    /// Writes the hook, keeping another that stands there.
    ///
    /// - Parameter hooksDirectory: `core.hooksPath`, or `hooks` below the common directory.
    public static func installHook(in hooksDirectory: FilePath) throws {
        try Files.makeDirectory(hooksDirectory)
        let path = hooksDirectory.appending("pre-push")
        if let existing = try Files.readIfPresent(path, limit: 1 << 20) {
            if existing == Array(hook.utf8) { return }
            let isOurs = String(decoding: existing, as: UTF8.self).contains(hookMark)
            if !isOurs { try Files.rename(path, to: hooksDirectory.appending("pre-push.before-nacre")) }
        }
        var file = try TemporaryFile(in: hooksDirectory, prefix: "hook", permissions: 0o777)
        try file.output.write(Array(hook.utf8))
        try file.finish(as: path)
    }
}
