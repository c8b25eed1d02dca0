import Bytes
import SystemPackage
import TestSupport
import Testing

/// Where the tools stand on this machine; nil for one that it has not.
private enum RealTools {
    static let python = folder("python3 -c 'import sys, os; print(os.path.join(sys.base_prefix, \"bin\"))'")
    static let uv = folder("dirname \"$(command -v uv)\" 2>/dev/null | grep / || :")

    private static func folder(_ command: String) -> String? {
        guard let found = try? Sandbox("which").shell(command).trimmed, !found.isEmpty else { return nil }
        return found
    }
}

/// The real tools, with a package that stands in the repository: no network.
@Suite struct RealRestoreTests {
    /// A repository with a package and a lock file that demands just these bytes of it.
    private func fixture() throws -> Sandbox {
        let sandbox = try Sandbox("real-restore")
        try sandbox.git("init", "-q", ".")
        try sandbox.write(
            "make.py",
            """
            import hashlib, os, zipfile
            os.mkdir("wheels")
            name, info = "wheels/shell_tiny-1.5-py3-none-any.whl", "shell_tiny-1.5.dist-info/"
            with zipfile.ZipFile(name, "w") as wheel:
                wheel.writestr("shell_tiny.py", "VALUE = 42\\n")
                wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: shell-tiny\\nVersion: 1.5\\n")
                wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                wheel.writestr(info + "RECORD", f"shell_tiny.py,,\\n{info}METADATA,,\\n{info}WHEEL,,\\n{info}RECORD,,\\n")
            digest = hashlib.sha256(open(name, "rb").read()).hexdigest()
            with open("requirements.txt", "w") as lock:
                lock.write(f"--no-index\\n--find-links {os.getcwd()}/wheels\\nshell-tiny==1.5 --hash=sha256:{digest}\\n")
            """)
        try sandbox.shell("python3 make.py")
        return sandbox
    }

    /// Restores, uses the package, and has a lock refused whose hash is another one.
    private func check(_ sandbox: Sandbox, _ path: String) throws {
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let variables = ["PATH": path]
        let made = try sandbox.run(nacre, ["environment", "restore"], variables: variables)
        #expect(made.code == 0, "\(made)")
        let used = try sandbox.run(
            "\(made.trimmed)/bin/python", ["-c", "import shell_tiny; print(shell_tiny.VALUE)"], variables: variables)
        #expect(used.text == "42\n", "\(used)")
        try sandbox.shell("sed -i 's/sha256:..../sha256:0000/' requirements.txt")
        let refused = try sandbox.run(nacre, ["environment", "restore"], variables: variables)
        #expect(refused.code == 128 && refused.errorText.lowercased().contains("hash"), "\(refused)")
    }

    @Test("pip installs what the lock demands, and nothing else") func installsByPip() throws {
        let folder = try #require(RealTools.python)
        let sandbox = try fixture()
        try check(sandbox, "\(folder):/usr/bin:/bin")
    }

    @Test("uv does the same", .enabled(if: RealTools.uv != nil)) func installsByUV() throws {
        let python = try #require(RealTools.python)
        let folder = try #require(RealTools.uv)
        try check(try fixture(), "\(folder):\(python):/usr/bin:/bin")
    }
}
