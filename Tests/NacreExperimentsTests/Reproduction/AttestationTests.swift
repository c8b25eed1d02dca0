import Bytes
import GitObjects
import NacreExperiments
import SystemPackage
import TestSupport
import Testing

@Suite struct AttestationTests {
    /// The example of the DSSE specification.
    @Test func encodesWhatIsSigned() {
        let envelope = Envelope(payload: Array("hello world".utf8), payloadType: "http://example.com/HelloWorld")
        #expect(
            String(decoding: envelope.preAuthentication, as: UTF8.self)
                == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
        #expect(envelope.value.object?["payload"] == .string("aGVsbG8gd29ybGQ="))
    }

    @Test(arguments: 0..<40)
    func survivesBeingWritten(_ length: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        var envelope = Envelope(payload: generator.bytes(length))
        envelope.signatures = [.init(keyIdentifier: "k", bytes: generator.bytes(length + 1))]
        #expect(try Envelope(envelope.value, source: "x") == envelope)
    }

    @Test func refusesWhatIsNoEnvelope() throws {
        #expect(throws: ValueError.self) { try Envelope(.object([:]), source: "x") }
        let broken: Value = .object(["payload": .string("a==="), "payloadType": .string("x")])
        #expect(throws: ValueError.self) { try Envelope(broken, source: "x") }
    }

    @Test func saysWhatWasReproduced() throws {
        let commit = try #require(ObjectID(hex: String(repeating: "a", count: 40)))
        let attestation = Attestation(
            commit: commit, isReproduced: true, subjects: [("m.bin", String(repeating: "0", count: 64))],
            builder: "a@b.c",
            startedOn: "2026-01-01T00:00:00Z", finishedOn: "2026-01-01T00:01:00Z", details: .object([:]),
            environment: .object([:]))
        let summary = try Attestation.summary(JSONWriter.bytes(attestation.statement), source: "x")
        #expect(summary.commit == commit.hex && summary.isReproduced && summary.builder == "a@b.c")
        #expect(summary.subjects.first?.path == "m.bin")
        #expect(throws: ValueError.self) { try Attestation.summary(Array("{}".utf8), source: "x") }
    }

    @Test func signsWithAnSSHKey() throws {
        let sandbox = try Sandbox("sign")
        try sandbox.shell(
            "ssh-keygen -q -t ed25519 -N '' -C a@b.c -f key && { printf 'a@b.c '; cat key.pub; } > allowed")
        let signer = SSHSigner(temporaryDirectory: sandbox.root)
        let signature = try signer.sign(Array("text".utf8), key: sandbox.root.appending("key").string)
        let allowed = sandbox.root.appending("allowed")
        #expect(
            try signer.verify(Array("text".utf8), signature: signature, allowedSigners: allowed)
                == .trusted(principal: "a@b.c"))
        guard case .bad = try signer.verify(Array("test".utf8), signature: signature, allowedSigners: allowed) else {
            Issue.record("a changed text was accepted")
            return
        }
        guard case .unknownSigner = try signer.verify(Array("text".utf8), signature: signature, allowedSigners: nil)
        else {
            Issue.record("an unknown key was accepted")
            return
        }
        #expect(throws: AttestationError.self) { try signer.sign([1], key: "/nonexistent/key") }
    }
}

@Suite struct RecordedVariablesTests {
    @Test func neverRecordsSecrets() {
        let recorded = RecordedVariables.select(
            from: [
                "OMP_NUM_THREADS": "2", "CUDA_TOKEN": "x", "MY_API_KEY": "k", "HOME": "/home/a", "WANTED": "yes",
                "MODEL_URL": "https://user:pass@host/x", "OMP_X": "hf_abcdefghijklmnop",
                "OMP_Y": "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fH",
            ], wanted: ["WANTED", "MY_*", "MODEL_URL"])
        #expect(recorded["OMP_NUM_THREADS"] == .string("2"))
        #expect(recorded["WANTED"] == .string("yes"))
        #expect(recorded["CUDA_TOKEN"] == nil && recorded["MY_API_KEY"] == nil && recorded["HOME"] == nil)
        for name in ["MODEL_URL", "OMP_X", "OMP_Y"] {
            #expect(recorded[name] == .string(RecordedVariables.mask), "\(name)")
        }
    }
}
