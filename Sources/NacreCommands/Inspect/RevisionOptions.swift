/// The options that choose commits, shared by `log`, `show`, `rev-list` and `shortlog`.
enum RevisionOptions {
    static let selection: [OptionSpec] = [
        .flag("all", negatable: false, "all refs and HEAD"),
        .optional("branches", "pattern", negatable: false, "all branches that match"),
        .optional("tags", "pattern", negatable: false, "all tags that match"),
        .optional("remotes", "pattern", negatable: false, "all remote-tracking branches that match"),
        .value("glob", "pattern", negatable: false, "all refs that match"),
        .value(
            "exclude", "pattern", negatable: false,
            "leave refs out of the next --all, --branches, --tags, --remotes or --glob"),
        .flag("reflog", negatable: false, "all commits that reflogs name"),
        .flag("not", negatable: false, "turn the sense of the revisions that follow"),
        .flag("stdin", negatable: false, "read further revisions from standard input"),
        .flag("ignore-missing", negatable: false, "pass over revisions that name nothing"),
        .optional("no-walk", "order", negatable: false, "show only the given commits"),
        .flag("do-walk", negatable: false, "undo an earlier --no-walk"),
        .value("max-count", "n", "number", negatable: false, "show at most so many commits"),
        .number("max-count", "show at most so many commits"),
        .value("skip", "number", negatable: false, "pass over so many commits first"),
        .value("since", nil, "date", negatable: false, aliases: ["after"], "show commits since a date"),
        .value("since-as-filter", "date", negatable: false, "show all commits since a date, looking behind older ones"),
        .value("until", nil, "date", negatable: false, aliases: ["before"], "show commits until a date"),
        .value("max-age", "seconds", negatable: false, "show commits since a time"),
        .value("min-age", "seconds", negatable: false, "show commits until a time"),
        .flag("merges", "show only merges (or none)"),
        .value("min-parents", "number", "show commits with at least so many parents"),
        .value("max-parents", "number", "show commits with at most so many parents"),
        .flag("first-parent", negatable: false, "follow only the first parent of merges"),
        .flag("boundary", negatable: false, "show the excluded commits at the edge"),
        .flag("left-right", negatable: false, "mark the side of a symmetric difference"),
        .flag("left-only", negatable: false, "show the left side of a symmetric difference"),
        .flag("right-only", negatable: false, "show the right side of a symmetric difference"),
        .flag("cherry", negatable: false, "--right-only --cherry-mark --no-merges"),
        .flag("cherry-pick", negatable: false, "leave out commits that the other side has as well"),
        .flag("cherry-mark", negatable: false, "mark commits that the other side has as well"),
        .flag("ancestry-path", negatable: false, "show only commits between the ends of a range"),
        .flag("full-history", negatable: false, "do not prune side branches that changed nothing in the end"),
        .flag("dense", negatable: false, "show only commits that change the paths"),
        .flag("sparse", negatable: false, "show all commits of the simplified history"),
        .flag("topo-order", negatable: false, "children first, lines of history not mixed"),
        .flag("date-order", negatable: false, "children first, otherwise by date"),
        .flag("author-date-order", negatable: false, "children first, otherwise by the author's date"),
        .flag("reverse", negatable: true, "the last commit first"),
        .flag("parents", negatable: false, "show the parents"),
    ]

    static let matching: [OptionSpec] = [
        .value("author", "pattern", negatable: false, "show commits whose author matches"),
        .value("committer", "pattern", negatable: false, "show commits whose committer matches"),
        .value("grep", "pattern", negatable: false, "show commits whose message matches"),
        .value("grep-reflog", "pattern", negatable: false, "show entries of the reflog that match"),
        .flag("all-match", negatable: false, "all --grep patterns must match"),
        .flag("invert-grep", negatable: false, "show commits whose message does not match"),
        .flag("regexp-ignore-case", "i", negatable: false, "match in either case"),
        .flag("basic-regexp", negatable: false, "patterns are basic regular expressions"),
        .flag("extended-regexp", "E", negatable: false, "patterns are extended regular expressions"),
        .flag("fixed-strings", "F", negatable: false, "patterns are plain text"),
        .flag("perl-regexp", "P", negatable: false, "patterns are Perl's regular expressions"),
    ]

    static let formatting: [OptionSpec] = [
        .optional("pretty", "format", negatable: false, "how commits are shown"),
        .value("format", "format", negatable: false, "how commits are shown"),
        .flag("oneline", negatable: false, "--pretty=oneline --abbrev-commit"),
        .flag("abbrev-commit", "shorten commit ids"),
        .value("date", "mode", negatable: false, "how dates are shown"),
        .flag("relative-date", negatable: false, "--date=relative"),
        .flag("graph", "draw the history"),
        .optional("decorate", "style", "show the names of refs"),
        .value("decorate-refs", "pattern", negatable: true, "show only refs that match"),
        .value("decorate-refs-exclude", "pattern", negatable: true, "do not show refs that match"),
        .flag("clear-decorations", negatable: false, "show the names of all refs"),
        .optional("notes", "ref", "show notes"),
        .flag("show-signature", "check and show signatures"),
        .flag("mailmap", aliases: ["use-mailmap"], "replace names and addresses by .mailmap"),
        .flag("source", "show the ref by which each commit was reached"),
        .optional("expand-tabs", "n", "expand tabs in messages"),
        .flag("walk-reflogs", "g", negatable: false, "walk the reflog instead of the history"),
    ]

    /// What is shown of the changes, and how files are followed.
    static let changes: [OptionSpec] =
        MergeComparison.specs + [
            .flag("follow", "continue listing the history of a file beyond renames"),
            .flag("full-diff", negatable: false, "show the changes of all files of a commit that is shown"),
        ] + DiffOptionTable.specs
}
