import Bytes
import SystemPackage
import TestSupport
import Testing

/// The tools that install packages are stood in for by scripts that write down how they were called: no network, no waiting.
@Suite struct EnvironmentRestoreTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("restore")
        try sandbox.git("init", "-q", ".")
        try sandbox.write(".gitignore", "/home/\n")
        try sandbox.shell("mkdir -p home/bin home/python")
        // As an interpreter: `-m venv DIR` makes an environment whose `bin/python` is itself.
        try sandbox.write(
            "home/python/python3",
            """
            #!/bin/sh
            echo "python $*" >> "$HOME/calls"
            case "$*" in
            '-m venv '*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            *) [ -z "$BROKEN" ] || { echo "no such package: x==9" >&2; exit 1; } ;;
            esac
            """)
        try sandbox.shell("chmod +x home/python/python3")
    }

    private func tool(_ name: String, _ body: String) throws {
        try sandbox.write("home/bin/\(name)", "#!/bin/sh\necho \"\(name) $*\" >> \"$HOME/calls\"\n\(body)\n")
        try sandbox.shell("chmod +x home/bin/\(name)")
    }

    private func nacre(_ words: String..., variables: [String: String] = [:]) throws -> Sandbox.Outcome {
        let path = [sandbox.root.appending("home/bin").string, sandbox.root.appending("home/python").string]
        return try sandbox.run(
            Sandbox.productsDirectory.appending("nacre").string, words,
            variables: ["PATH": (path + ["/usr/bin", "/bin"]).joined(separator: ":")].merging(variables) { $1 })
    }

    private func calls() throws -> [String] {
        String(decoding: try sandbox.read("home/calls"), as: UTF8.self).split(whereSeparator: \.isNewline).map(
            String.init)
    }

    @Test("uv where it is there, with hashes where the lock has them")
    func usesUV() throws {
        try tool("uv", "[ \"$1\" != venv ] || { for place; do :; done; mkdir -p \"$place/bin\"; }")
        try sandbox.write("requirements.txt", "x==1 --hash=sha256:00\n")
        let made = try nacre("environment", "restore")
        #expect(made.code == 0, "\(made)")
        #expect(FilePath(made.trimmed).removingLastComponent().string.hasSuffix(".git/nacre/environments"))
        let first = try calls()
        #expect(first.count == 2 && first[0].hasPrefix("uv venv --quiet --python python3 "))
        #expect(first[1].contains("uv pip install --quiet --python \(made.trimmed)/bin/python -r "))
        #expect(first[1].hasSuffix("requirements.txt --require-hashes"))
        // The same lock once more: it is there.
        #expect(try nacre("environment", "restore").trimmed == made.trimmed)
        #expect(try calls().count == 2)
        try sandbox.write("pylock.toml", "lock-version = \"1.0\"\n")
        #expect(try nacre("environment", "restore").code == 0)
        #expect(try calls()[3].hasSuffix("/pylock.toml"))
    }

    @Test("pip where uv is not, and what it said where it fails")
    func usesPip() throws {
        try sandbox.write("requirements.txt", "x==9\n")
        let broken = try nacre("environment", "restore", variables: ["BROKEN": "1"])
        #expect(broken.code == 128 && broken.errorText.contains("no such package: x==9"), "\(broken)")
        let made = try nacre("environment", "restore")
        #expect(made.code == 0, "\(made)")
        #expect(try calls().last?.hasPrefix("python -m pip install --quiet") == true)
        try sandbox.shell("rm requirements.txt")
        try sandbox.write("pylock.toml", "lock-version = \"1.0\"\n")
        let lock = try nacre("environment", "restore")
        #expect(
            lock.code == 128 && lock.errorText.contains("cannot restore from 'pylock.toml': uv is not installed"),
            "\(lock)")
    }

    @Test("conda's explicit list by what is there of mamba and conda")
    func usesConda() throws {
        try sandbox.write("explicit.txt", "@EXPLICIT\nhttps://example.com/linux-64/x-1-0.conda\n")
        let missing = try nacre("environment", "restore")
        #expect(missing.code == 128 && missing.errorText.contains("conda is not installed"), "\(missing)")
        try tool("conda", "while [ \"$1\" != --prefix ]; do shift; done; mkdir -p \"$2/bin\"")
        let made = try nacre("environment", "restore")
        #expect(made.code == 0, "\(made)")
        #expect(try calls()[0].hasPrefix("conda create --yes --prefix \(made.trimmed) --file "))
    }

    @Test("a replay runs in the environment of the revision's lock, or in the current one")
    func reproducesInIt() throws {
        try tool(
            "uv",
            """
            case $1 in
            venv) for place; do :; done; mkdir -p "$place/bin"; printf '#!/bin/sh\\necho restored\\n' > "$place/bin/which-one"
                chmod +x "$place/bin/which-one" ;;
            esac
            """)
        try tool("which-one", "echo current")
        try sandbox.write("requirements.txt", "x==1\n")
        try sandbox.write(
            "dvc.yaml", "stages:\n  t: {cmd: which-one > out.txt, deps: [requirements.txt], outs: [out.txt]}\n")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
        #expect(try nacre("run", "-q", "-n", "e").code == 0)
        #expect(try nacre("reproduce", "-q", "--environment", "current", "e").code == 0)
        let restored = try nacre("reproduce", "-q", "--environment=restore", "e")
        #expect(
            restored.code == 1 && restored.errorText.contains("Restoring the environment from requirements.txt"),
            "\(restored)")
        #expect(restored.text.contains("out.txt: different"))
        #expect(try nacre("reproduce", "-q", "e").code == 1)
        #expect(try nacre("reproduce", "--environment=other", "e").code == 129)
    }

    @Test("secrets are neither recorded nor shown")
    func masksSecrets() throws {
        try sandbox.write("nacre.yaml", "environment: {variables: [MY_*, HF_TOKEN]}\n")
        let variables = [
            "MY_PLAIN": "3", "MY_API_KEY": "abc", "HF_TOKEN": "hf_abc", "MY_URL": "https://a:b@example.com/",
            "MY_LONG": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6", "OMP_NUM_THREADS": "2",
        ]
        let shown = try nacre("environment", "show", variables: variables).text
        #expect(shown.contains("variables.MY_PLAIN: 3\n") && shown.contains("variables.OMP_NUM_THREADS: 2\n"))
        #expect(!shown.contains("MY_API_KEY") && !shown.contains("HF_TOKEN"))
        #expect(shown.contains("variables.MY_URL: ********\n") && shown.contains("variables.MY_LONG: ********\n"))
    }
}
