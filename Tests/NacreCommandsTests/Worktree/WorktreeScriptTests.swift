import SystemPackage
import TestSupport
import Testing

/// Small scripts run once with stock git and once with nacre as `$G`: output, messages and the index must be equal.
@Suite struct WorktreeScriptTests {
    private static let setUp = "git init -q .; mkdir d; echo 1 > a; echo 2 > d/b; git add .; git commit -qm first\n"

    private func compare(_ script: String) throws {
        var results: [Sandbox.Outcome] = []
        for program in ["git", Sandbox.productsDirectory.appending("nacre").string] {
            let sandbox = try Sandbox("script")
            try sandbox.write("r/.keep", "")
            try sandbox.shell("cd r; rm .keep\n" + Self.setUp)
            let text = "exec 2>&1; cd r\n" + script + "\n:; git ls-files -s -v; git log --all --format='%H %s%n%b'"
            let outcome = try sandbox.run("/bin/sh", ["-c", text], variables: ["G": program])
            results.append(
                .init(
                    code: outcome.code, output: Array(outcome.text.replacing(sandbox.root.string, with: "ROOT").utf8),
                    error: outcome.error))
        }
        #expect(results[0] == results[1])
    }

    @Test(arguments: [
        "printf '#!/bin/sh\\necho pre; exit 1\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; echo x > a; $G commit -am no; $G commit -n -am yes",
        "printf '#!/bin/sh\\necho \"$@\"; echo hooked >> \"$1\"\\n' > .git/hooks/prepare-commit-msg; chmod +x .git/hooks/*; echo x > a; $G commit -am msg",
        "printf '#!/bin/sh\\ngrep -q good \"$1\"\\n' > .git/hooks/commit-msg; chmod +x .git/hooks/*; echo x > a; $G commit -am bad; $G commit -am good",
        "printf '#!/bin/sh\\necho post \"$@\"\\n' > .git/hooks/post-checkout; chmod +x .git/hooks/*; $G checkout -b t; $G switch -",
        "printf '#!/bin/sh\\necho post-commit\\n' > .git/hooks/post-commit; chmod +x .git/hooks/*; echo x > a; $G commit -am m",
    ]) func hooks(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "echo x > a; $G commit -am 'one' -m 'two  ' -m three",
        "echo x > a; printf '\\n\\n# no\\nline  \\n\\n\\nmore\\n' | $G commit -a -F -",
        "echo x > a; printf '# kept\\n' > m; $G commit -a -F m --cleanup=strip; $G commit -a -F m --cleanup=verbatim",
        "echo x > a; $G commit -am m --author='X Y <x@y>' --date='2020-01-02T03:04:05 +0300'",
        "echo x > a; $G commit -a -C HEAD; echo y > a; $G commit -a --fixup HEAD; echo z > a; $G commit -a --squash HEAD -m more",
        "$G commit --amend -m new -q; $G commit --amend --no-edit; $G commit --amend --reset-author --no-edit",
        "$G commit --allow-empty --allow-empty-message -m ''; $G commit --allow-empty -m ''",
        "echo x > a; $G commit -am m --trailer 'Reviewed-by: R <r@r>' -s",
        "$G commit -m nothing; echo new > n; $G commit -m nothing",
        "git mv a renamed; echo more >> d/b; chmod +x d/b; git add .; $G commit -m rename", "$G commit -a a",
        "$G commit -m x -F a", "$G commit -m x nosuch",
        "git rm -q d/b; echo z > z; git add z; $G commit -m 'gone and come'",
        "echo x > a; $G commit --dry-run -a; $G commit --dry-run --short -a",
    ]) func commits(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "git checkout -qb t; echo t > a; git commit -qam t; git checkout -q main; echo m > a; git commit -qam m; git merge t; $G status; $G status -s; $G status --porcelain=v2; $G commit -m x; echo r > a; $G add a; $G status; $G commit -m merged",
        "git checkout -qb t; git rm -q a; git commit -qm t; git checkout -q main; echo m > a; git commit -qam m; git merge t; $G status; $G rm a; $G status; $G commit -m merged; $G ls-files --resolve-undo",
        "git checkout -qb t; echo t > a; git commit -qam t; git checkout -q main; echo m > a; git commit -qam m; git cherry-pick t; $G status; $G checkout --ours a; cat a; $G checkout --theirs a; cat a; $G reset --merge; $G status",
        "git checkout -qb t; echo t > a; git commit -qam t; git checkout -q main; echo m > a; git commit -qam m; git rebase t; $G status; git rebase --abort; $G status",
        "git clone -q . ../c; cd ../c; echo 1 >> a; git commit -qam 1; $G status; $G status -sb; git reset -q --hard HEAD~1; $G checkout",
        "git bisect start; $G status",
        "git checkout -q --detach; $G status; git commit --allow-empty -qm x; $G status; $G checkout main",
    ]) func states(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "echo x > a; git checkout -qb t; git commit -qam t; echo y > a; $G checkout main; $G checkout -f main; $G checkout -",
        "git checkout -qb t; echo n > n; git add n; git commit -qm n; git checkout -q main; echo u > n; $G checkout t; rm n; mkdir n; echo u > n/u; $G checkout t",
        "git checkout -qb t; git rm -rq d; echo f > d; git add d; git commit -qm d; $G checkout main; $G checkout t; ls -R",
        "$G checkout nosuch; $G checkout -b main; $G switch main; $G switch nosuch; $G switch HEAD; $G switch a",
        "git tag v; $G switch v; $G checkout v; $G switch -c n; $G switch --orphan o; ls",
        "ln -s d l; git add l; git commit -qm l; $G add l/b; $G checkout -- l; rm l; $G checkout l; ls -l l | cut -c1-10",
        "echo '*.o' > .gitignore; echo o > x.o; $G add x.o; $G add -f x.o; $G status -s",
        "mkdir n; cd n; git init -q; git commit -q --allow-empty -m n; cd ..; $G status -s; $G add n; $G status -s",
        "$G add nosuch; $G add; $G rm nosuch; $G mv nosuch x; $G rm; $G restore; $G clean",
        "cd d; echo 3 > c; $G status; $G add .; $G status -s; $G rm --cached c; $G ls-files; $G mv b ../z; $G status",
    ]) func movingAbout(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "printf '* text=auto\\n' > .gitattributes; printf 'a\\r\\nb\\r\\n' > w; $G add .; git show :w | od -c; rm w; $G checkout w; od -c w",
        "git config core.autocrlf true; printf 'a\\nb\\n' > w; $G add w; rm w; $G checkout w; od -c w; $G status -s",
        "printf '*.t ident eol=crlf\\n' > .gitattributes; printf '$Id$\\nx\\n' > i.t; $G add .; rm i.t; $G checkout i.t; od -c i.t; $G status -s; $G ls-files --eol",
        "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z a-z'; echo '*.f filter=up' > .gitattributes; echo abc > x.f; $G add .; git show :x.f; rm x.f; $G checkout x.f; cat x.f; $G status -s",
        "printf '*.u working-tree-encoding=UTF-16LE-BOM\\n' > .gitattributes; printf 'h\\0i\\0' > x.u; $G add .; git show :x.u | od -c",
        "echo '*.txt text' > .gitattributes; printf 'x\\r\\n' > a.txt; git add .; $G add --renormalize .; git show :a.txt | od -c",
    ]) func conversions(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "git update-index --skip-worktree a; $G add a; $G rm --cached a; $G rm -r --cached .; $G add --sparse a; $G ls-files -t",
        "git update-index --skip-worktree a; echo x > a; $G rm a nosuch; $G rm --ignore-unmatch a nosuch; $G rm --sparse -f a",
        "touch -d 2001-01-01 a d/b; git update-index -q --refresh; touch .git/index.lock; $G update-index --refresh; echo $?; touch -d 2002-01-01 a; $G update-index -q --refresh; echo $?",
        "git clone -q -n . ../c; cd ../c; $G checkout HEAD; ls; $G status -s",
        "git clone -q -n . ../c; cd ../c; $G checkout $(git rev-parse HEAD); ls; $G status -s",
        "git clone -q -n . ../c; cd ../c; $G checkout; ls; $G status -s",
        "git clone -q -n . ../c; cd ../c; echo mine > a; $G checkout; $G checkout -b x; $G status -s; $G checkout -f; $G status -s",
        "$G checkout HEAD; echo x > a; $G checkout --detach; $G checkout HEAD; $G checkout; $G checkout -f; $G checkout @",
        "n=$(printf 'n\\377m'); echo x > $n; $G add -n . | od -c; $G add -v . | od -c; $G mv -v $n $n.2 | od -c; $G update-index --verbose --force-remove $n.2 | od -c",
        "mkdir e; $G add e/f/g; $G status -s e/f/g; $G ls-files -o d/x/y; $G add d/x/y; $G add -f d/b/c; $G clean -n d/x/y/z",
        "git config core.filemode false; chmod +x a; touch -d 2001-01-01 a; $G checkout -f; ls -l a | cut -c1-10",
        "rm a; $G add --renormalize .; $G status -s",
        "echo '*.o binary' > .gitattributes; seq 9 > x.o; git add x.o; $G commit -m o; seq 8 > x.o; $G commit -am p",
        "echo 2 > d/b; git add d/b; echo n > n; $G commit -m x a; $G status -s",
        "git checkout -q --detach; $G switch --orphan o; git commit -qm o --allow-empty; $G checkout --orphan p main",
    ]) func whereLittleIsAsItWas(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "?,,s,?,2-3,,f,*.o,,a,y,n,maybe", "s,1 3,-1,,c", "s,*,-2-,,c", "s,b,zz,9,1-99,,c", "f,*.o g,,c", "h,1", "q", "",
        "x,99,1-2,cl", "a,Y,yes,no,,", "a,y", "s,2", "f,*,c", "s,,", "f,a !a,,c", "filter,c*,,ask each,y",
        "4,y,y,y,y,y,y",
    ]) func cleaningByMenu(_ answers: String) throws {
        let lines = answers.split(separator: ",", omittingEmptySubsequences: false).map { "\($0)\\n" }.joined()
        try compare(
            "touch aa bb cc dd.o 'e f' ü; mkdir g; touch g/h; printf '\(answers.isEmpty ? "" : lines)' | $G clean -di; ls; "
                + "cd d; touch n; printf 'c\\n' | $G clean -i; ls")
    }

    @Test(arguments: ["add a", "commit -am x", "rm a", "checkout -b t", "reset --hard"]) func aTakenLockIsNamed(
        _ words: String
    ) throws {
        let sandbox = try Sandbox("lock")
        try sandbox.shell("mkdir r; cd r\n" + Self.setUp + "echo x > a; touch .git/index.lock")
        let outcome = try sandbox.run(
            Sandbox.productsDirectory.appending("nacre").string, words.split(separator: " ").map(String.init), in: "r")
        if words == "checkout -b t" && outcome.code == 0 { return }
        #expect(outcome.code == 128)
        #expect(outcome.errorText.contains("index.lock': File exists."))
    }

    /// A process that is killed leaves objects, refs and an index that git accepts.
    @Test(arguments: [5, 20, 40, 80, 160]) func aKilledProcessLeavesAValidRepository(_ milliseconds: Int) throws {
        let sandbox = try Sandbox("kill")
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        try sandbox.shell("mkdir r; cd r\n" + Self.setUp + "for i in $(seq 400); do echo $i > f$i; done")
        let pause = "0.\(String(repeating: "0", count: 3 - "\(milliseconds)".count))\(milliseconds)"
        _ = try sandbox.run(
            "/bin/sh",
            [
                "-c",
                "cd r; (\(nacre) add . && \(nacre) commit -qm many) & p=$!; sleep \(pause); kill -9 $p; pkill -9 -P $p; wait; rm -f .git/*.lock .git/refs/heads/*.lock",
            ])
        #expect(try sandbox.git("fsck", "--strict", "--no-dangling", in: "r").code == 0)
        #expect(try sandbox.git("status", "--porcelain", in: "r").code == 0)
    }
}
