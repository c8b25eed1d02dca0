import Bytes
import SystemPackage
import TestSupport
import Testing

/// `archive` beside stock git's: every byte of every format.
@Suite struct ArchiveTests {
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("archive")
        let long = String(repeating: "long-directory-name/", count: 7)
        let name = String(repeating: "very-long-file-name-", count: 6)
        let made = try sandbox.shell(
            """
            git init -q r; cd r; mkdir -p d/e "\(long)" empty-after; printf '' >empty; seq 1 4000 >numbers
            echo x >d/run; chmod +x d/run; ln -s d/run link; ln -s "\(long)\(name)" farlink; echo y >d/e/deep
            echo far >"\(long)file"; echo farther >"d/\(name)"; printf '\\0\\1\\2binary' >bin; echo u >"\\303\\244.txt"
            echo secret >hidden; echo skip >empty-after/skipped; printf 'v $Format:%%H %%an$ $Format:%%s$ $x\\n' >version
            printf 'a\\nb\\n' >dos.txt; mkdir private; echo p >private/p
            printf 'hidden export-ignore\\nprivate export-ignore\\nempty-after/* export-ignore\\nversion export-subst\\n' \
              >.gitattributes; printf '*.txt eol=crlf\\n*.bin -diff\\n' >>.gitattributes
            git add .; git commit -qm 'all sorts'; git tag -a -m t v1; git rm -q numbers; git commit -qm less
            echo outside >extra; chmod +x extra
            """)
        try #require(made.code == 0)
        return sandbox
    }

    @Test func formats() throws {
        let sandbox = try repository()
        for format in ["tar", "tgz", "tar.gz", "zip"] {
            for more in [["v1"], ["--prefix=p/q/", "HEAD"], ["--prefix=x", "v1", "d", "link"]] {
                let arguments = ["archive", "--format=\(format)"] + more
                let git = try sandbox.run("git", arguments, in: "r")
                let nacre = try sandbox.run("nacre", arguments, in: "r")
                #expect(
                    git.code == 0 && nacre.code == 0 && git.output == nacre.output, "\(arguments) \(nacre.errorText)")
            }
        }
        for arguments in [
            ["-9", "--format=zip", "v1"], ["-0", "--format=zip", "v1"], ["-1", "--format=tgz", "v1"],
        ] {
            let git = try sandbox.run("git", ["archive"] + arguments, in: "r")
            #expect(
                git.output == (try sandbox.run("nacre", ["archive"] + arguments, in: "r")).output,
                "\(arguments)")
        }
        for arguments in [
            ["--list"], ["-9", "HEAD"], ["--format=rar", "HEAD"], ["nothing"], ["HEAD", "nothing"],
            ["--exec=x", "HEAD"],
            ["-v", "--format=tar", "-o", "/dev/null", "v1"], ["--add-file=nothing", "HEAD"],
        ] {
            let git = try sandbox.run("git", ["archive"] + arguments, in: "r")
            #expect(git == (try sandbox.run("nacre", ["archive"] + arguments, in: "r")), "\(arguments)")
        }
    }

    @Test func files() throws {
        let sandbox = try repository()
        try sandbox.shell(
            "git config tar.tar.xz.command 'tr a b'; echo 'd export-ignore' >.git/info/attributes",
            in: "r")
        for (index, arguments) in [
            ["-o", "../OUT.zip", "v1"], ["-o", "../OUT.tar.gz", "HEAD"], ["--output=../OUT.tgz", "v1"],
            ["-o", "../OUT.tar.xz", "v1"], ["-o", "../OUT", "--format=tar", "v1"],
            ["-o", "../OUT.tar", "--add-file=extra", "--prefix=in/", "--add-file=extra", "HEAD"],
            ["-o", "../OUT.tar", "--add-virtual-file=a/b:text", "HEAD", "bin"],
            ["-o", "../OUT.tar", "--worktree-attributes", "HEAD"],
            ["-o", "../OUT.tar", "HEAD^{commit}", "d"],
        ].enumerated() {
            let git = try sandbox.run(
                "git", ["archive"] + arguments.map { $0.replacing("OUT", with: "git") }, in: "r")
            let nacre = try sandbox.run(
                "nacre", ["archive"] + arguments.map { $0.replacing("OUT", with: "nac") }, in: "r")
            #expect(git.code == 0 && nacre.code == 0, "\(arguments) \(nacre)")
            let one = try sandbox.shell("cat git* | cksum; rm -f git*")
            let two = try sandbox.shell("cat nac* | cksum; rm -f nac*")
            #expect(one == two, "\(index) \(arguments)")
        }
        let inside = ["archive", "HEAD"]
        #expect(
            try sandbox.run("git", inside, in: "r/d").output
                == sandbox.run("nacre", inside, in: "r/d").output)
        #expect(
            try sandbox.run("git", inside, in: "r/.git").code
                == sandbox.run("nacre", inside, in: "r/.git").code)
        try sandbox.shell("git -C r archive HEAD | tar -tf - >/dev/null; git clone -q --bare r b")
        #expect(
            try sandbox.run("git", inside, in: "b").output == sandbox.run("nacre", inside, in: "b").output
        )
    }

    /// A large file's content stands in the archive, not its pointer.
    @Test func largeFiles() throws {
        let sandbox = try Sandbox("archive-large")
        var random = SeededGenerator(seed: 7)
        try sandbox.git("init", "-q", "r")
        try sandbox.write("r/model.bin", random.bytes(1_200_000))
        try sandbox.nacre("add", ".", in: "r")
        try sandbox.nacre("commit", "-qm", "model", in: "r")
        try sandbox.nacre("archive", "-o", "../a.tar", "HEAD", in: "r")
        let outcome = try sandbox.shell(
            "mkdir x; tar -xf a.tar -C x; cmp x/model.bin r/model.bin && echo same")
        #expect(outcome.trimmed == "same")
    }

    @Test(
        "a file is there although nothing could be written",
        arguments: ["nosuch", "HEAD nosuch", "--format=what HEAD", "-5 HEAD"])
    func emptyFile(_ words: String) throws {
        let session = try SameSession.run(
            "git init -q repo; cd repo; echo a > a; git add .; git commit -qm a; set +e",
            "$P archive -o ../out.tar \(words) 2>&1 | grep -v usage; wc -c < ../out.tar")
        #expect(session.ours == session.theirs)
    }
}
