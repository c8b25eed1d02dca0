import TestSupport
import Testing

@Suite("Applying patches as git does")
struct ApplyTests {
    /// Commits with every kind of change, and `pairs`: a patch for each.
    private static let history = """
        git init -q -b main repo
        cd repo
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        set +e
        seq 1 40 > a; seq 1 9 > b; mkdir d; echo deep > d/x; printf 'no end' > e; : > empty
        head -c 3000 /dev/zero | tr '\\0' 'z' > bin; printf '\\0\\1\\2' >> bin
        ln -s a link; echo run > run.sh; printf 'one\\r\\ntwo\\r\\n' > crlf; echo tab > 'with space'
        git add .; git commit -qm c0
        sed -i 's/^5$/five/; s/^30$/thirty/' a; echo more >> b; git commit -qam c1
        git mv a moved; sed -i 's/^7$/seven/' moved; chmod +x run.sh; git commit -qam c2
        printf 'no end at all' > e; rm empty; rm link; ln -s b link; git add -A; git commit -qm c3
        printf '\\0\\1\\3' >> bin; rm d/x; echo other > d/y; git add -A; git commit -qm c4
        rm link; echo file now > link; printf 'one\\r\\n2\\r\\n' > crlf; echo q > "qu\\"ote"; git add -A; git commit -qm c5
        printf 'with end\\n' > e; sed -i '1d;$d' moved; echo x > 'with space'; git mv d/y y; git commit -qam c6

        """

    @Test(
        "a patch of each kind of change gives the same files, forwards and back",
        arguments: ["--index", "--cached", "", "--3way", "--index -C1", "--whitespace=nowarn"])
    func history(_ options: String) throws {
        let session = try SameSession.run(
            Self.history,
            """
            for i in 1 2 3 4 5 6; do
                git diff --binary -M HEAD~$i HEAD~$((i-1)) > ../p$i
                git diff --binary --no-renames HEAD~$i HEAD~$((i-1)) > ../q$i
            done
            git diff --binary -M HEAD~6 HEAD > ../all
            for i in 6 5 4 3 2 1; do
                git checkout -qf HEAD~0 2>/dev/null; git checkout -qf main~$i; git clean -qfdx
                say $P apply \(options) ../p$i; git ls-files -s; cat * 2>/dev/null | cksum
                git reset -q --hard; git clean -qfdx
                say $P apply \(options) ../q$i; git ls-files -s; cat * 2>/dev/null | cksum
                git reset -q --hard; git checkout -qf main~$((i-1)); git clean -qfdx
                say $P apply -R \(options) ../p$i; git ls-files -s; cat * 2>/dev/null | cksum
                git reset -q --hard; git clean -qfdx
            done
            git checkout -qf main~6; say $P apply \(options) ../all; git ls-files -s
            """)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "what a patch would do, and what is refused",
        arguments: [
            "git diff --binary -M HEAD~6 > ../p; for o in --stat --numstat --summary '--numstat -z'; do "
                + "say $P apply $o ../p; done",
            "git diff HEAD~1 > ../p; say $P apply --check ../p; say $P apply ../p",
            "git diff HEAD~1 > ../p; git checkout -q HEAD~1; echo dirt >> e; say $P apply --index ../p; say $P apply ../p",
            "echo nothing > ../p; say $P apply ../p; say $P apply --allow-empty ../p; : > ../p; say $P apply ../p",
            "git diff HEAD~6 HEAD~5 > ../p; git checkout -q HEAD~6; sed -i 's/^4$/vier/' a; say $P apply ../p; "
                + "say $P apply -C2 ../p; cat a",
            "git diff HEAD~6 HEAD~5 > ../p; git checkout -q HEAD~6; sed -i 's/^31$/x/' a; say $P apply --reject ../p; "
                + "cat a.rej",
            "git diff HEAD~6 HEAD~5 > ../p; git checkout -q HEAD~6; seq 1 3 | cat - a > t; mv t a; "
                + "say $P apply -v ../p; cat a",
            "git diff HEAD~6 HEAD~5 > ../p; git checkout -q HEAD~6; sed -i 's/^5$/cinq/' a; git commit -qam other; "
                + "say $P apply --3way ../p; cat a; git ls-files -s",
            "sed -i '5s/$/ /; 6s/^/ \\t/' moved; echo 'x ' >> moved; echo >> moved; git diff > ../p; git checkout -q .; "
                + "for w in nowarn warn fix error error-all; do say $P apply --whitespace=$w ../p; git diff | cat -A; "
                + "git checkout -q .; done",
            "git diff HEAD~6 HEAD~5 > ../p; git checkout -q HEAD~6; mkdir sub; cp a b sub; git add sub; git commit -qm s; "
                + "say $P apply --directory=sub ../p; say $P apply --include='b' ../p; say $P apply --exclude='b' ../p; git diff",
            "printf -- '--- x/moved\\n+++ x/moved\\n@@ -1 +1,2 @@\\n+zero\\n 1\\n' > ../p; say $P apply ../p; "
                + "say $P apply -p0 ../p; say $P apply --unidiff-zero ../p",
            "printf -- '--- a/n\\t1970-01-01 00:00:00 +0000\\n+++ b/n\\t2020-01-01 00:00:00 +0000\\n@@ -0,0 +1 @@\\n+new\\n' "
                + "> ../p; say $P apply ../p; say $P apply ../p; cat n",
            "printf -- '--- a/moved\\n+++ b/moved\\n@@ -1,9 +1,9 @@\\n 2\\n-3\\n+drei\\n 4\\n' > ../p; say $P apply ../p; "
                + "say $P apply --recount ../p; git diff",
            "printf 'diff --git a/../evil b/../evil\\nnew file mode 100644\\n--- /dev/null\\n+++ b/../evil\\n"
                + "@@ -0,0 +1 @@\\n+x\\n' > ../p; say $P apply ../p; ls ..",
            "printf 'diff --git a/.git/x b/.git/x\\nnew file mode 100644\\n--- /dev/null\\n+++ b/.git/x\\n"
                + "@@ -0,0 +1 @@\\n+x\\n' > ../p; say $P apply ../p",
            "ln -s /tmp out; printf 'diff --git a/out/x b/out/x\\nnew file mode 100644\\n--- /dev/null\\n+++ b/out/x\\n"
                + "@@ -0,0 +1 @@\\n+x\\n' > ../p; say $P apply ../p",
            "printf '@@ -1 +1 @@\\n-a\\n+b\\n' > ../p; say $P apply ../p",
            "git diff HEAD~1 > ../p; git checkout -q HEAD~1; mkdir sub; cd sub; say $P apply ../../p; cd ..; git diff",
            "git diff HEAD~3 HEAD~2 > ../p; say $P apply ../p; git diff --full-index HEAD~3 HEAD~2 -- bin > ../p; say $P apply ../p",
        ])
    func session(_ script: String) throws {
        let session = try SameSession.run(Self.history, script)
        #expect(session.ours == session.theirs)
    }

    @Test("outside of a repository")
    func outside() throws {
        let session = try SameSession.run(
            "mkdir plain; cd plain; seq 1 9 > f; sed 's/5/five/' f > g; diff -u f g > p; set +e",
            "$P apply -p0 p; echo rc=$?; cat f g; $P apply --index p; echo rc=$?",
            variables: ["GIT_CEILING_DIRECTORIES": "/"])
        #expect(session.ours == session.theirs)
    }
}
