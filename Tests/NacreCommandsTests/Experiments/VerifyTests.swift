import Bytes
import SystemPackage
import TestSupport
import Testing

@Suite struct VerifyTests {
    /// An experiment `e`, and a key by which statements are signed.
    private func fixture(_ label: String) throws -> PipelineFixture {
        let fixture = try PipelineFixture(label)
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        try fixture.sandbox.shell(
            """
            ssh-keygen -q -t ed25519 -N '' -f home/key
            { printf 'author@example.com '; cat home/key.pub; } > home/signers
            git config gpg.format ssh
            git config user.signingKey "$PWD/home/key"
            git config gpg.ssh.allowedSignersFile "$PWD/home/signers"
            """)
        return fixture
    }

    @Test func signsAndVerifies() throws {
        let fixture = try fixture("verify")
        #expect(try fixture.nacre("verify", "e").code == 1)
        let outcome = try fixture.nacre("reproduce", "-q", "e")
        #expect(outcome.code == 0 && outcome.text.contains("signed by author@example.com"), "\(outcome)")
        let verified = try fixture.nacre("verify", "e")
        #expect(verified.code == 0 && verified.text.contains("reproduced by author@example.com"), "\(verified)")
        #expect(try fixture.nacre("verify", "--json", "e").text.contains("\"verified\": true"))
        try fixture.sandbox.shell("git config --unset gpg.ssh.allowedSignersFile")
        let unknown = try fixture.nacre("verify", "e")
        #expect(unknown.code == 1 && unknown.text.contains("unknown key"), "\(unknown)")
    }

    @Test("a key that the signers' file does not name")
    func refusesAnUnknownSigner() throws {
        let fixture = try fixture("stranger")
        try fixture.sandbox.shell(
            "ssh-keygen -q -t ed25519 -N '' -f home/other; git config user.signingKey \"$PWD/home/other\"")
        #expect(try fixture.nacre("reproduce", "-q", "e").code == 0)
        let outcome = try fixture.nacre("verify", "e")
        #expect(
            outcome.code == 1 && outcome.text.contains("FAILED an attestation is signed by an unknown key"),
            "\(outcome)")
    }

    @Test("a statement without a signature, and none at all")
    func refusesUnsigned() throws {
        let fixture = try fixture("unsigned")
        #expect(try fixture.nacre("verify", "e").errorText.contains("nobody has attested 'e'"))
        try fixture.sandbox.git("config", "--unset", "gpg.format")
        #expect(try fixture.nacre("reproduce", "-q", "e").text.contains("unsigned attestation"))
        let outcome = try fixture.nacre("verify", "e")
        #expect(outcome.code == 1 && outcome.text.contains("FAILED an attestation is not signed"), "\(outcome)")
    }

    @Test("a statement that was altered, moved to another commit, or signed over another digest")
    func refusesAMismatch() throws {
        let fixture = try fixture("mismatch")
        let sandbox = fixture.sandbox
        #expect(try fixture.nacre("reproduce", "-q", "e").code == 0)
        let note = try sandbox.git("notes", "--ref=nacre/attestations", "show", "refs/experiments/e").trimmed
        // Another commit.
        try sandbox.write("home/note", note)
        try sandbox.git("notes", "--ref=nacre/attestations", "add", "-f", "-F", "home/note", "HEAD")
        let moved = try fixture.nacre("verify", "HEAD")
        #expect(moved.code == 1 && moved.text.contains("is about another commit"), "\(moved)")
        // A payload that the signature does not cover, then one that it covers and the tree does not.
        try sandbox.shell(
            #"""
            sed 's/.*"payload":"\([^"]*\)".*/\1/' home/note | base64 -d > home/payload
            digest=$(printf 'one\ntwo\n' | sha256sum | cut -c1-64)
            sed "s/$digest/$(printf 'other' | sha256sum | cut -c1-64)/" home/payload > home/forged
            signature=$(sed 's/.*"sig":"\([^"]*\)".*/\1/' home/note)
            printf '{"payload":"%s","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"x","sig":"%s"}]}\n' \
                "$(base64 -w0 home/forged)" "$signature" > home/altered
            { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < home/forged)"; cat home/forged; } > home/signed
            ssh-keygen -q -Y sign -n nacre-attestation -f home/key home/signed
            printf '{"payload":"%s","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"x","sig":"%s"}]}\n' \
                "$(base64 -w0 home/forged)" "$(base64 -w0 home/signed.sig)" > home/wrong
            git notes --ref=nacre/attestations add -f -F home/altered refs/experiments/e
            """#)
        let altered = try fixture.nacre("verify", "e")
        #expect(altered.code == 1 && altered.text.contains("signature is bad"), "\(altered)")
        try sandbox.git("notes", "--ref=nacre/attestations", "add", "-f", "-F", "home/wrong", "refs/experiments/e")
        let wrong = try fixture.nacre("verify", "e")
        #expect(
            wrong.code == 1 && wrong.text.contains("is not what author@example.com attested: its digest differs"),
            "\(wrong)")
    }
}
