import Bytes
import GitObjects
import Testing

@testable import GitProtocol

@Suite struct PushCertificateTests {
    private let one = ObjectID.hash(.blob, Array("one".utf8), .sha1)
    private let two = ObjectID.hash(.blob, Array("two".utf8), .sha1)

    private func request(options: [String] = ["a=b"]) -> PushRequest {
        let updates = [RefUpdate(name: Array("refs/heads/main".utf8), old: one, new: two)]
        var certificate = PushCertificate(
            pusher: "A <a@b> 17 +0100", pushee: "http://h/r", nonce: "17-ab", options: ["a=b"], updates: updates)
        certificate.signature = Array("-----BEGIN SSH SIGNATURE-----\nxyz\n-----END SSH SIGNATURE-----\n".utf8)
        return PushRequest(
            updates: updates, capabilities: CapabilityList(["report-status", "push-options"]), options: options,
            certificate: certificate)
    }

    private func read(_ bytes: [UInt8]) throws -> PushRequest? {
        var rest = bytes
        var input = PktLineInput {
            defer { rest = [] }
            return rest
        }
        return try PushRequest.read(from: &input, algorithm: .sha1)
    }

    @Test func certificatesComeBackAsTheyWere() throws {
        let sent = request()
        let received = try #require(try read(sent.encoded))
        #expect(received.updates == sent.updates)
        #expect(received.certificate == sent.certificate)
        #expect(received.certificate?.nonce == "17-ab")
        #expect(received.capabilities.contains("report-status"))
        let text = String(decoding: try #require(received.certificate).payload, as: UTF8.self)
        #expect(
            text == """
                certificate version 0.1
                pusher A <a@b> 17 +0100
                pushee http://h/r
                nonce 17-ab
                push-option a=b

                \(one.hex) \(two.hex) refs/heads/main

                """)
    }

    @Test func whatIsNotSignedIsRefused() throws {
        #expect(throws: ProtocolError.self) { try read(request(options: ["c=d"]).encoded) }
        var writer = PktLineWriter()
        writer.write("push-cert\0 report-status")
        writer.write("certificate version 0.1\n")
        writer.write("\n")
        writer.write("\(one.hex) \(two.hex) refs/heads/main\n")
        writer.write("push-cert-end\n")
        writer.writeFlush()
        #expect(throws: ProtocolError.self) { try read(writer.bytes) }
        // An update beside the certificate.
        let bytes = request().encoded
        let end = try #require(bytes.firstRange(of: Array("0000".utf8) + Array("0007a=b".utf8)))
        var line = PktLineWriter()
        line.write("\(one.hex) \(two.hex) refs/heads/side")
        #expect(throws: ProtocolError.self) {
            try read(bytes[..<end.lowerBound] + line.bytes + bytes[end.lowerBound...])
        }
    }

    @Test func noncesAreForOneRepositoryAndATime() {
        func nonce(_ path: String, _ now: Int64) -> PushNonce {
            PushNonce(seed: Array("seed".utf8), path: Array(path.utf8), slop: 600, now: { now })
        }
        let given = nonce("a/m", 1000).current
        #expect(nonce("a/m", 1500).check(given).status == .ok)
        #expect(nonce("a/m", 1500).check(given).age == 500)
        #expect(nonce("a/m", 9000).check(given).status == .slop)
        #expect(nonce("a/other", 1000).check(given).status == .bad)
        #expect(nonce("a/m", 1000).check("1000-00").status == .bad)
        #expect(nonce("a/m", 1000).check("").status == .missing)
        #expect(nonce("a/m", 1000).check(nil).status == .missing)
        // RFC 4231's second test case: the code is HMAC-SHA-256.
        let known = PushNonce(seed: Array("Jefe".utf8), path: Array("what do ya want for nothing?".utf8), slop: 0) { 0 }
        #expect(known.current.hasPrefix("0-") && known.current.count == 66)
    }
}
