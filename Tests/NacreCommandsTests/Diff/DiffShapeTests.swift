import SystemPackage
import TestSupport
import Testing

/// Moved lines, drivers of languages, binary deltas, programs of the user's: `diff` against git's.
@Suite("Shapes of diffs as git's")
struct DiffShapeTests {
    private func check(_ sandbox: Sandbox, _ questions: [String], variables: [String: String] = [:]) throws {
        for question in questions {
            let words = question.split(separator: " ").map(String.init)
            let git = try sandbox.run("git", words, in: "repo", variables: variables)
            let nacre = try sandbox.run("nacre", words, in: "repo", variables: variables)
            #expect(nacre.text == git.text, "\(question)\n\(nacre.errorText)")
            #expect(nacre.code == git.code, "\(question): \(nacre.errorText)")
        }
    }

    @Test func movedLines() throws {
        let sandbox = try Sandbox("moved")
        let built = try sandbox.shell(
            """
            git init -q -b main repo; cd repo
            for b in alpha beta gamma delta; do for i in 1 2 3 4 5; do
              echo "the $b block has a line with number $i in it"; done; echo; echo short; echo; done > a
            for i in 1 2 3 4 5 6; do echo "    indented line number $i of the other file"; done > b
            git add .; git commit -qm one
            sed -n 17,24p a > c; sed -n 9,14p a >> c; sed -i '9,24d' a
            sed 's/^    /        /' b > d; sed -i 2,4d b; echo short >> d; sed -n 3,5p a >> d; git add -A; git commit -qm two
            """)
        #expect(built.code == 0, "\(built)")
        var questions = ["--color-moved", "--no-color-moved", "--color-moved=nosuch", "--color-moved-ws=nosuch"]
        for mode in ["no", "default", "plain", "blocks", "zebra", "dimmed-zebra"] {
            questions.append("--color-moved=\(mode)")
            for blanks in [
                "ignore-all-space", "ignore-space-change", "ignore-space-at-eol", "allow-indentation-change",
            ] {
                questions.append("--color-moved=\(mode) --color-moved-ws=\(blanks)")
            }
        }
        try check(sandbox, questions.map { "show --color=always \($0)" })
    }

    private static let languages: [String: String] = [
        "ada": "procedure Foo is\nbegin\n   X := Y ** 2;\nend Foo;\n", "bibtex": "@article{key,\n  title = {A b},\n}\n",
        "cpp": "int f(int a)\n{\n\tx->y += 0x1f;\n}\n",
        "csharp": "class A {\n    public int F(int a)\n    { x++; }\n}\n",
        "dts": "/ {\n\tnode@1 {\n\t\tprop = <1>;\n\t};\n};\n", "elixir": "def f(a) do\n  a |> b\nend\n",
        "fortran": "      SUBROUTINE F(A)\n      X = 1.0E5\n      END\n", "kotlin": "fun f(a: Int) {\n  x?.y += 1\n}\n",
        "matlab": "function f(a)\n  b = a.^2;\nend\n", "objc": "- (void)f:(int)a\n{\n  x->y = 1;\n}\n",
        "pascal": "procedure F(a: Integer);\nbegin\n  x := a <> 1;\nend;\n", "perl": "sub f {\n  my $x = 1 .. 5;\n}\n",
        "scheme": "(define (f a)\n  (+ a |b c|))\n", "tex": "\\section{A}\nText with $x_1$ and \\emph{b} caf\u{e9}.\n",
        "python": "def f(a):\n    x **= 0xff\n", "rust": "fn f(a: u8) {\n    x >>= 1..=2;\n}\n",
        "css": ".a > b {\n  c: #fff;\n}\n",
    ]

    @Test func languages() throws {
        let sandbox = try Sandbox("drivers")
        try sandbox.shell("git init -q -b main repo")
        var attributes = ""
        for (name, text) in Self.languages {
            attributes += "*.\(name) diff=\(name)\n"
            let filler = (0..<6).map { "  filler \($0)\n" }.joined()
            try sandbox.write("repo/f.\(name)", text + filler + "  last = a1 + b2\n")
        }
        try sandbox.write("repo/.gitattributes", attributes)
        try sandbox.shell("git add .; git commit -qm one", in: "repo")
        for (name, text) in Self.languages {
            let filler = (0..<6).map { "  filler \($0)\n" }.joined()
            let changed = text.map { $0 == "1" ? "2" : $0 == "a" ? "q" : String($0) }.joined()
            try sandbox.write("repo/f.\(name)", changed + filler + "  last = a1 + b3*c\n")
        }
        try check(sandbox, ["diff", "diff -U1", "diff --word-diff", "diff --word-diff=porcelain", "diff -W"])
    }

    @Test func binaryDeltas() throws {
        let sandbox = try Sandbox("binary")
        var generator = SeededGenerator(seed: 7)
        try sandbox.shell("git init -q -b main repo")
        var files: [String: [UInt8]] = [:]
        for (name, count) in [("medium", 3000), ("large", 70000)] {
            files[name] = [0] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        files["same"] = Array(repeating: 0, count: 5000)
        for (name, bytes) in files { try sandbox.write("repo/\(name)", bytes) }
        try sandbox.shell("git add .; git commit -qm one", in: "repo")
        for (name, bytes) in files {
            var changed = bytes
            changed.insert(contentsOf: [1, 2, 3, 4, 5], at: changed.count / 3)
            changed[changed.count / 2] ^= 0xff
            changed.append(contentsOf: bytes.prefix(1500))
            try sandbox.write("repo/\(name)", changed)
        }
        try sandbox.write("repo/new", [0, 1, 2, 3])
        try sandbox.shell("git add new", in: "repo")
        try check(sandbox, ["diff --binary", "diff --binary -R HEAD", "diff --cached --binary"])
    }

    @Test func externalPrograms() throws {
        let sandbox = try Sandbox("external")
        let built = try sandbox.shell(
            """
            git init -q -b main repo; cd repo
            printf '#!/bin/sh\\necho "$# $1 $3 $4 $6 $7 $8" "$9" $GIT_DIFF_PATH_COUNTER/$GIT_DIFF_PATH_TOTAL\\ncat "$2" "$5"\\n' \\
              > ../show; chmod +x ../show
            seq 1 20 > a; echo b > b; echo c > c.x; echo '*.x diff=mine' > .gitattributes; git add .; git commit -qm one
            echo 21 >> a; echo bb >> b; echo cc >> c.x; git mv b d; echo n > n; git add n; git commit -qam two; echo 22 >> a
            """)
        #expect(built.code == 0, "\(built)")
        let program = sandbox.root.appending("show").string
        let questions = [
            "diff", "diff HEAD~1", "diff --cached HEAD~1", "diff --no-ext-diff", "diff --stat", "show",
            "show --ext-diff",
            "log -1 -p --ext-diff", "diff-files -p", "diff-files -p --ext-diff", "diff-tree -p --ext-diff HEAD",
        ]
        try check(sandbox, questions, variables: ["GIT_EXTERNAL_DIFF": program])
        try check(sandbox, ["diff"], variables: ["GIT_EXTERNAL_DIFF": "false"])
        try sandbox.shell("git config diff.mine.command '\(program)'", in: "repo")
        try check(sandbox, ["diff HEAD~1", "show --ext-diff"])
    }

    @Test func objectsThroughLinks() throws {
        let sandbox = try Sandbox("links")
        try sandbox.shell(
            """
            git init -q repo; cd repo; mkdir -p d/e; echo x > d/e/f; ln -s d/e l; ln -s ../d/e/f d/up; ln -s nosuch gone
            ln -s loop loop; ln -s /etc/passwd out; ln -s ../x d/far; ln -s ../../away away; ln -s d/e/f/g into
            echo '*.t diff=t' > .gitattributes; echo hello > a.t; git config diff.t.textconv 'tr a-z A-Z <'
            git add .; git commit -qm one
            """)
        let names = [
            "d/e/f", "l/f", "d/up", "gone", "loop", "out", "d/far", "away", "into", "l", "l/nosuch", "nosuch",
            "d/e/f/g", "",
            "d//e/f",
        ]
        let input = Array(names.map { "HEAD:\($0)\n" }.joined().utf8)
        for mode in ["--batch", "--batch-check"] {
            let git = try sandbox.git("cat-file", mode, "--follow-symlinks", in: "repo", input: input)
            #expect(try sandbox.nacre("cat-file", mode, "--follow-symlinks", in: "repo", input: input).text == git.text)
        }
        try check(
            sandbox, ["cat-file --textconv HEAD:a.t", "cat-file --textconv HEAD:d/e/f", "cat-file --textconv HEAD"])
    }
}
