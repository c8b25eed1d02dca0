import SystemPackage
import TestSupport
import Testing

/// Names of commits by refs, summaries by author, two versions of a series, and what is left of a history, against git's.
@Suite("Naming, summaries and series as git's")
struct NamingAndSeriesTests {
    /// A history with merges and tags of both kinds, then a series of commits and its next version.
    private static let script = """
        git init -q -b main repo; cd repo
        t=1700000000
        c() { t=$((t+1000)); export GIT_AUTHOR_DATE="$t +0100" GIT_COMMITTER_DATE="$t +0100"; }
        for i in 1 2 3 4 5; do c; seq $i 40 > f; echo $i > d$i; git add .; git commit -qm "base $i"; done
        git tag light HEAD~2; c; git tag -a -m one v1 HEAD~1; git tag -a -m again v1-again v1
        git checkout -qb side HEAD~3; for i in 1 2 3; do c; echo $i >> s; git add .; git commit -qm "side $i"; done
        git checkout -q main; c; git merge -q --no-ff -m 'Merge side' side; c; git commit -q --allow-empty -m after
        c; git tag -a -m two v2 HEAD~1
        c; git commit -q --allow-empty -m '[PATCH 3/4] a long subject that has to be wrapped because it is so very long' \\
          -m 'Body' -m 'Reviewed-by: R Viewer <r@v>
        Helped-by: Some One
        Signed-off-by: A U Thor <author@example.com>'
        git checkout -qb old main
        c; sed -i 's/^20$/twenty/' f; git commit -qam 'change twenty' -m 'A message.'
        c; echo new > new; git add new; git commit -qm 'add new'
        c; sed -i 's/^30$/thirty/;s/^31$/thirty-one/' f; git commit -qam 'change thirty'
        c; git mv d1 e1; chmod +x d2; git commit -qam 'rename'
        c; git rm -q d3; git commit -qm 'only in the old series'
        git checkout -qb new main
        c; echo first > first; git add first; git commit -qm 'only in the new series'
        c; sed -i 's/^20$/TWENTY/' f; git commit -qam 'change twenty' -m 'Another message.'
        c; echo new > new; git add new; git commit -qm 'add new'
        c; sed -i 's/^30$/thirty/;s/^31$/31!/' f; git commit -qam 'change thirty'
        c; git mv d1 e1; chmod +x d2; echo more > d4; git commit -qam 'rename'
        git checkout -q main
        """

    private static let questions: [String] = [
        "name-rev HEAD HEAD~1 side~1 v1 light old~2", "name-rev --tags HEAD~3 side~1 old",
        "name-rev --name-only side~2",
        "name-rev --name-only --tags HEAD~4 light", "name-rev --refs=v* side~1 HEAD~4",
        "name-rev --refs=refs/heads/* --exclude=*old* HEAD~5", "name-rev --always --no-undefined --tags old",
        "name-rev --no-undefined --tags old", "name-rev nosuch HEAD", "name-rev HEAD:f", "name-rev v2",
        "describe --contains light~1", "describe --contains side~2", "describe --contains v1 HEAD~3",
        "describe --contains --all old~1", "describe --contains old", "describe --contains --always old",
        "describe --contains --match=v2 side", "describe --contains --exclude=v1* HEAD~6", "describe --dirty",
        "describe --dirty=+", "describe --broken", "describe --dirty HEAD", "shortlog HEAD", "shortlog -w HEAD",
        "shortlog -w30,2,4 HEAD", "shortlog -sn --group=trailer:reviewed-by HEAD",
        "shortlog -se --group=trailer:signed-off-by --group=author HEAD", "shortlog --group=trailer:helped-by HEAD",
        "shortlog -s --group=%cd --date=short HEAD", "shortlog --group=format:%an --format=%h HEAD",
        "shortlog -s --group=nosuch HEAD", "shortlog -sc --no-merges HEAD", "shortlog --author=nobody HEAD",
        "range-diff main..old main..new", "range-diff main old new", "range-diff old...new", "range-diff -s old...new",
        "range-diff --creation-factor=10 old...new", "range-diff --creation-factor=200 old...new",
        "range-diff --left-only old...new", "range-diff --right-only old...new", "range-diff -U1 old...new",
        "range-diff --color=always old...new", "range-diff --color=always --no-dual-color old...new",
        "range-diff main..old main..new -- f", "range-diff main..old main..main", "range-diff main", "range-diff",
        "log --oneline --simplify-by-decoration", "log --oneline --graph --simplify-by-decoration --all",
        "log --oneline --simplify-merges -- s", "log --oneline --graph --simplify-merges -- f s",
        "log --oneline --show-pulls -- s", "log --oneline --full-history --show-pulls -- s f",
        "log --oneline --remove-empty -- s", "rev-list --children HEAD", "rev-list --children main..old",
        "log --oneline --children HEAD -- f", "rev-list --header -2 HEAD", "log --source --oneline -2",
        "log --format=%S%x20%h -3", "log --format=%C(auto)%h%C(auto)%d -3 --color=always",
        "diff --compact-summary old new", "diff --stat --no-compact-summary old new", "show --compact-summary old~1",
    ]

    @Test func answersEqualGits() throws {
        let sandbox = try Sandbox("naming")
        let built = try sandbox.shell(Self.script)
        #expect(built.code == 0, "\(built)")
        for question in Self.questions {
            let words = question.split(separator: " ").map(String.init)
            let git = try sandbox.run("git", words, in: "repo")
            let nacre = try sandbox.run("nacre", words, in: "repo")
            #expect(nacre.text == git.text, "\(question)\n\(nacre.errorText)")
            #expect(nacre.code == git.code, "\(question): \(nacre.errorText)")
        }
    }

    @Test("what stands on standard input", arguments: ["name-rev --annotate-stdin", "name-rev --stdin --name-only"])
    func annotates(_ line: String) throws {
        let sandbox = try Sandbox("naming")
        try sandbox.shell(Self.script)
        let log = try sandbox.git("log", "--format=<%H> %s%n%P!", in: "repo").output
        let words = line.split(separator: " ").map(String.init)
        let git = try sandbox.run("git", words, in: "repo", input: log)
        #expect(try sandbox.run("nacre", words, in: "repo", input: log) == git)
    }

    @Test("a log on standard input", arguments: [["shortlog"], ["shortlog", "-s"], ["shortlog", "-nec", "-w"]])
    func summarizes(_ words: [String]) throws {
        let sandbox = try Sandbox("naming")
        try sandbox.shell(Self.script)
        let log = try sandbox.git("log", "--pretty=full", in: "repo").output
        let git = try sandbox.run("git", words, in: "repo", input: log)
        #expect(try sandbox.run("nacre", words, in: "repo", input: log).text == git.text)
    }

    @Test("files that differ") func dirty() throws {
        let sandbox = try Sandbox("naming")
        try sandbox.shell(Self.script + "\necho dirty >> f")
        for mark in ["--dirty", "--dirty=-changed", "--broken"] {
            let git = try sandbox.git("describe", mark, in: "repo")
            #expect(try sandbox.nacre("describe", mark, in: "repo") == git)
        }
    }
}
