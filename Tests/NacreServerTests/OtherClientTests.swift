import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// dulwich and pygit2, in a virtual environment made for the test; without an index of packages they are skipped, but for CI.
@Suite(.serialized) struct OtherClientTests {
    private static let isRequired = getenv("CI").map { String(cString: $0) } == "true"

    private func python(_ sandbox: Sandbox, _ packages: String) throws -> String? {
        // The real environment: where packages come from is the machine's business.
        let made = try sandbox.run(
            "/bin/sh",
            ["-c", "python3 -m venv venv && venv/bin/pip install -q --disable-pip-version-check \(packages)"],
            variables: ProcessVariables.forPackages)
        if made.code == 0 { return sandbox.root.appending("venv/bin/python").string }
        #expect(!Self.isRequired, "\(made)")
        return nil
    }

    @Test func dulwichPushesAndClones() throws {
        let sandbox = try Sandbox("dulwich")
        guard let python = try python(sandbox, "dulwich") else { return }
        let server = try TestServer(sandbox)
        let remote = server.address(try server.token("alice")) + "/alice/m.git"
        try sandbox.shell(
            "git init -q work; cd work; seq 1 500 >f; git add f; git commit -qm one; seq 1 501 >f; git commit -qam two")
        let outcome = try sandbox.run(
            python,
            [
                "-c",
                """
                import sys
                from dulwich import porcelain
                remote = sys.argv[1]
                porcelain.push('work', remote, 'refs/heads/main:refs/heads/main')
                copy = porcelain.clone(remote, 'copy')
                print(copy.head().decode())
                """, remote,
            ])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.trimmed == (try sandbox.git("rev-parse", "main", in: "work").trimmed))
        #expect(try sandbox.git("fsck", "--strict", in: "copy").code == 0)
    }

    @Test func pygit2PushesAndClones() throws {
        let sandbox = try Sandbox("pygit2")
        guard let python = try python(sandbox, "pygit2") else { return }
        let server = try TestServer(sandbox)
        let token = try server.token("alice")
        try sandbox.shell("git init -q work; cd work; seq 1 500 >f; git add f; git commit -qm one")
        let outcome = try sandbox.run(
            python,
            [
                "-c",
                """
                import sys, pygit2
                url, token = sys.argv[1:]
                callbacks = pygit2.RemoteCallbacks(credentials=pygit2.UserPass('alice', token))
                work = pygit2.Repository('work')
                work.remotes.create('origin', url).push(['refs/heads/main'], callbacks=callbacks)
                copy = pygit2.clone_repository(url, 'copy', callbacks=callbacks)
                print(copy.head.target)
                """, server.url + "/alice/m.git", token,
            ])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.trimmed == (try sandbox.git("rev-parse", "main", in: "work").trimmed))
        #expect(try sandbox.git("fsck", "--strict", in: "root/alice/m.git").code == 0)
    }
}

private enum ProcessVariables {
    /// The variables of this process that say where pip finds packages.
    static var forPackages: [String: String] {
        var result: [String: String] = [:]
        for name in [
            "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE",
            "HOME", "PYENV_ROOT",
        ] {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
