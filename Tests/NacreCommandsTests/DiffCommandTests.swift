import SystemPackage
import TestSupport
import Testing

/// `diff` and its plumbing against git's, in one repository with changes of every sort.
@Suite("Diff verbs as git's")
struct DiffCommandTests {
    private static let setUp = """
        git init -q -b main repo
        cd repo
        mkdir d
        seq 1 50 > a; seq 1 20 > d/b; printf 'class A:\\n    def f(self):\\n        a = 1\\n        b = 2\\n' > p.py
        for i in 1 2 3 4 5 6 7 8; do echo "        x = $i" >> p.py; done
        printf '*.py diff=python\\n' > .gitattributes
        git add .; git commit -qm one
        git checkout -qb topic; sed -i 's/^10$/ten/' a; git mv d/b d/c; git commit -qam two
        git checkout -q main; sed -i 's/^40$/forty/' a; echo x >> d/b; git commit -qam three
        sed -i 5d a; echo n > new; git add new; rm d/b; sed -i 's/x = 7/y = 7/' p.py

        """

    @Test(
        "equals git",
        arguments: [
            "diff", "diff --cached", "diff HEAD", "diff --stat HEAD", "diff main topic", "diff main...topic --stat",
            "diff HEAD -- d", "diff-files", "diff-files -p", "diff-index HEAD", "diff-index --cached HEAD",
            "diff-tree HEAD", "diff-tree -p -r HEAD", "diff --name-status HEAD~1", "diff --exit-code", "diff --quiet",
            "diff --no-index a new", "diff --no-index d new", "diff -R", "diff --color", "diff -z --raw",
            "diff --numstat -z main topic", "diff --word-diff", "diff HEAD:a topic:a", "diff --no-prefix -U1",
            "diff --dirstat=0 main topic", "diff --diff-filter=D", "diff -S forty main topic", "diff --src-prefix=x/",
            "merge-tree --write-tree main topic", "diff --relative=d HEAD", "diff-tree -r -p HEAD~1 HEAD",
            "diff --abbrev=12 --raw HEAD",
        ])
    func equalsGit(_ line: String) throws {
        let sandbox = try Sandbox("diff")
        let made = try sandbox.shell(Self.setUp)
        #expect(made.code == 0)
        let arguments = line.split(separator: " ").map(String.init)
        let expected = try sandbox.run("git", arguments, in: "repo")
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let actual = try sandbox.run(nacre, arguments, in: "repo")
        #expect(actual.text == expected.text)
        #expect(actual.code == expected.code)
    }

    @Test("in a directory below the top", arguments: ["diff", "diff --relative", "diff --name-only HEAD~1 -- ."])
    func below(_ line: String) throws {
        let sandbox = try Sandbox("diff")
        try sandbox.shell(Self.setUp + "git checkout -q d/b; echo y >> d/b")
        let arguments = line.split(separator: " ").map(String.init)
        let expected = try sandbox.run("git", arguments, in: "repo/d")
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        #expect(try sandbox.run(nacre, arguments, in: "repo/d").text == expected.text)
    }
}
