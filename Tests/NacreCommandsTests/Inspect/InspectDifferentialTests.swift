import SystemPackage
import TestSupport
import Testing

/// Asks git and nacre the same questions about one repository and compares every byte of the answers.
@Suite struct InspectDifferentialTests {
    /// A history with merges of two and three parents, tags of both kinds, several branches, and a directory.
    static let script = """
        t=1700000000
        c() { t=$((t+100)); export GIT_AUTHOR_DATE="$t +0100" GIT_COMMITTER_DATE="$((t+5)) -0330"; }
        git init -q .
        for i in 1 2 3; do c; echo $i > f$i; mkdir -p d; echo $i >> d/x; git add .
          printf 'commit %s\\n\\nbody of %s\\n\\ttabbed\\tline\\n\\nSigned-off-by: X <x@y>\\n' $i $i | git commit -qF -; done
        git tag -a -m 'tag one' v1 HEAD~1; git tag light; git tag v10; git tag v9
        git checkout -q -b side HEAD~1; for i in 4 5; do c; echo $i > f$i; git add .; git commit -qm "side $i"; done
        git checkout -q -b third main~2; c; echo z > z; git add .; git commit -qm third
        git checkout -q main; c; git merge -q --no-ff -m 'Merge side' side; c; echo m >> d/x; git commit -qam 'after merge'
        git checkout -q -b fourth side; c; echo q > q; git add q; git commit -qm four
        git checkout -q main; c; git merge -q -m Octopus fourth third
        git config branch.side.remote .; git config branch.side.merge refs/heads/main
        """

    static let questions: [String] = [
        "log", "log --oneline", "log --graph", "log --graph --oneline --all", "log --graph --pretty=fuller",
        "log --format=%H%n%an|%ad|%s|%b|%d|%D --date=iso", "log --topo-order --oneline",
        "log --date-order --oneline --all",
        "log --author-date-order --oneline", "log --pretty=raw", "log --pretty=short", "log --pretty=full",
        "log --pretty=reference", "log --pretty=email", "log --oneline --decorate",
        "log --oneline --decorate=full --all",
        "log --reverse --oneline", "log -3", "log --skip=2 -2 --oneline", "log --merges --oneline",
        "log --no-merges --oneline",
        "log --first-parent --oneline", "log --oneline main..side", "log --oneline side..main --boundary",
        "log --oneline --left-right side...third", "log --oneline -- d/x", "log --oneline --graph -- d/x",
        "log --oneline --full-history -- d/x", "log --oneline -- f1 f4", "log --grep=side --oneline",
        "log --author=thor --oneline -i --grep=SIDE", "log -g --oneline", "log -g", "log --since=1700000300 --oneline",
        "log --until=1700000300 --oneline", "log --format=%(trailers) -2", "log --format=%w(20,2,4)%B -1",
        "log --format=%<(10)%s|%>(10,trunc)%s| -3", "log --ancestry-path --oneline side~1..main",
        "log --source --all --oneline", "log --no-walk --oneline main side", "log nosuch", "log --oneline -- nosuch",
        "log --color=always --oneline --graph --decorate", "log --stat -3", "log -p -2", "log --name-status --oneline",
        "log --graph --stat --oneline", "log -p --stat -1", "log -S4 --oneline",
        "log --diff-filter=A --oneline --name-only",
        "log --follow --oneline -- d/x", "show side", "show v1", "show HEAD:d/x", "show main^{tree}",
        "show --oneline -s side third",
        "show --stat side~1", "shortlog", "shortlog -sne", "shortlog -s side", "rev-list HEAD",
        "rev-list --all --count",
        "rev-list --objects HEAD", "rev-list --objects main~2..main", "rev-list --parents HEAD",
        "rev-list --left-right --count side...third", "rev-list --pretty=oneline HEAD", "rev-list --timestamp -2 HEAD",
        "merge-base main third", "merge-base --all side fourth", "merge-base --is-ancestor side main",
        "merge-base --is-ancestor main side", "merge-base --octopus main side third",
        "merge-base --independent main side third",
        "describe", "describe --tags", "describe --all", "describe --long v1", "describe --always side",
        "describe --exact-match",
        "rev-parse HEAD", "rev-parse --verify -q nosuch", "rev-parse --verify HEAD~1^0", "rev-parse --abbrev-ref HEAD",
        "rev-parse --short HEAD", "rev-parse HEAD^2 HEAD^3 HEAD~2^2", "rev-parse main...side", "rev-parse ^main side",
        "rev-parse HEAD^@", "rev-parse HEAD^!", "rev-parse HEAD^-", "rev-parse v1^{tree} v1^{} v1^{commit}",
        "rev-parse :/side HEAD^{/after}", "rev-parse HEAD:d/x :d/x", "rev-parse @{0} @{1} main@{2}",
        "rev-parse side@{u}",
        "rev-parse --symbolic-full-name side light HEAD", "rev-parse --is-inside-work-tree --git-dir --show-prefix",
        "rev-parse nosuch", "rev-parse HEAD:nosuch", "rev-parse --all", "rev-parse --branches --tags=v*",
        "rev-parse HEAD~99",
        "rev-parse @{-1} @{-2}", "rev-parse main@{99}", "branch", "branch -v", "branch -vv", "branch -a",
        "branch --contains side",
        "branch --merged main", "branch --no-merged side", "branch --sort=-committerdate", "branch --list s* t*",
        "branch --format=%(refname:short)|%(upstream:track)", "branch --show-current", "branch -d nosuch",
        "branch main", "branch bad..name", "tag", "tag -n", "tag -l v*", "tag --sort=-v:refname",
        "tag --contains main~2",
        "tag --points-at light", "tag v1", "tag -d nosuch", "for-each-ref", "for-each-ref refs/heads",
        "for-each-ref --count=2",
        "for-each-ref --sort=-committerdate --format=%(objectname:short)|%(authorname)|%(committerdate:iso)|%(subject)",
        "for-each-ref --format=%(if)%(HEAD)%(then)*%(else)-%(end)%(refname:lstrip=2)|%(objecttype)|%(*objectname) refs/heads refs/tags",
        "for-each-ref --shell --format=ref=%(refname)",
        "for-each-ref --format=%(objectsize)|%(objectsize:disk)|%(deltabase)|%(*objectsize:disk)|%(*deltabase)",
        "for-each-ref --sort=objectsize:disk --sort=refname --format=%(refname)",
        "for-each-ref --format=%(objectsize:x)", "for-each-ref --format=%(nosuch)", "show-ref",
        "show-ref --tags -d",
        "show-ref --verify refs/heads/main", "show-ref --verify refs/heads/nosuch", "show-ref -s main",
        "symbolic-ref HEAD",
        "symbolic-ref --short HEAD", "symbolic-ref refs/heads/main", "reflog", "reflog show main", "reflog exists HEAD",
        "config --list --local", "config user.name", "config --get nosuch.key", "config --get-regexp branch",
        "config --bool core.bare",
        "config --show-origin --get core.bare", "config bad", "check-ref-format --branch @{-1}",
        "check-ref-format a..b",
    ]

    private static let different = KnownDifferences([])

    @Test func answersEqualGits() throws {
        let sandbox = try Sandbox("inspect")
        try sandbox.write("build.sh", Self.script)
        let built = try sandbox.shell("mkdir repo; cd repo; sh -e ../build.sh")
        #expect(built.code == 0, "\(built)")
        for question in Self.questions {
            let words = question.split(separator: " ").map(String.init)
            let git = try sandbox.run("git", words, in: "repo")
            let nacre = try sandbox.run(
                Sandbox.productsDirectory.appending("nacre").string, words, in: "repo")
            withKnownIssue(isIntermittent: true) {
                #expect(
                    nacre.output == git.output, "\(question): \(nacre.text)\n--- git\n\(git.text)\n\(nacre.errorText)")
                #expect(nacre.code == git.code, "\(question): \(nacre.errorText)")
            } when: {
                Self.different.contains(question)
            }
        }
    }

    /// Sequences of changes, each run by both in a repository of its own; all refs, logs and settings must be equal.
    static let changes: [String] = [
        "branch new", "branch new side", "branch -m third renamed", "branch -m main main", "branch -M third",
        "branch -M third main", "branch -C side third", "branch -m nosuch x", "branch -m a..b x",
        "branch -m main trunk", "branch -c side copied",
        "branch -D third", "branch -f fourth main~1", "branch -u main fourth", "branch --unset-upstream side",
        "branch --track t2 side",
        "tag light2 side", "tag -a -m hello annotated side", "tag -d light", "tag -f -m again v1 main",
        "update-ref refs/heads/x main~1",
        "update-ref -d refs/heads/third", "update-ref -m why HEAD side", "update-ref refs/heads/third main side",
        "update-ref --no-deref HEAD side", "symbolic-ref HEAD refs/heads/side",
        "symbolic-ref -m moved refs/heads/s refs/heads/main",
        "config a.b c", "config --add branch.side.merge x", "config --unset branch.side.merge",
        "config --remove-section branch.side",
        "config --rename-section branch.side branch.other", "config --int x.y 3k", "reflog delete HEAD@{1}",
        "reflog expire --expire=now --all", "update-ref refs/heads/main/sub main", "branch -d fourth",
    ]

    @Test func changesEqualGits() throws {
        let sandbox = try Sandbox("changes")
        try sandbox.write("build.sh", Self.script)
        let built = try sandbox.shell("mkdir template; cd template; sh -e ../build.sh")
        #expect(built.code == 0, "\(built)")
        let state =
            "git for-each-ref; cat .git/HEAD; git config --local --list; find .git/logs -type f | sort | xargs tail -n +1; find .git -name '*.lock'"
        for change in Self.changes {
            try sandbox.shell("rm -rf one two; cp -a template one; cp -a template two")
            let words = change.split(separator: " ").map(String.init)
            let git = try sandbox.run("git", words, in: "one")
            let nacre = try sandbox.run(Sandbox.productsDirectory.appending("nacre").string, words, in: "two")
            #expect(nacre.code == git.code, "\(change): \(nacre) --- git \(git)")
            #expect(nacre.output == git.output, "\(change): \(nacre.text) --- git \(git.text)")
            let before = try sandbox.shell(state, in: "one").text
            let after = try sandbox.shell(state, in: "two").text
            #expect(before == after, "\(change)")
        }
    }
}
