import GitRepository
import TestSupport
import Testing

@Suite("Taking mail apart")
struct MailPatchTests {
    private static let sample = """
        From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
        From: =?UTF-8?q?J=C3=B6rg?= <j@example.com>
        Date: Tue, 14 Nov 2023 10:00:00 +0200
        Subject: [PATCH 1/2] [x] a title that
         goes on
        Message-Id: <1@x>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="BB"

        --BB
        Content-Type: text/plain; charset=UTF-8

        From: Somebody Else <else@example.com>

        The text.
        -- >8 --
        After the scissors.
        ---
         a | 1 +

        --BB
        Content-Type: text/x-patch
        Content-Transfer-Encoding: quoted-printable

        diff --git a/a b/a
        =2B1
        --BB--

        """

    private func read(_ adjust: (inout MailPatch.Options) -> Void = { _ in }) -> MailPatch {
        var options = MailPatch.Options()
        adjust(&options)
        return MailPatch(Array(Self.sample.utf8), options: options)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("headers, the headers inside, text and patch")
    func parts() {
        let mail = read()
        #expect(text(mail.name) == "Somebody Else")
        #expect(text(mail.address) == "else@example.com")
        #expect(text(mail.subject) == "a title that goes on")
        #expect(text(mail.text).contains("The text.\n"))
        #expect(text(mail.patch).hasPrefix("---\n"))
        #expect(text(mail.patch).contains("\n+1\n"))
        #expect(text(read { $0.keepsBrackets = true }.subject) == "[x] a title that goes on")
        #expect(text(read { $0.keepsSubject = true }.subject).hasPrefix("[PATCH 1/2] [x]"))
        #expect(text(read { $0.addsMessageID = true }.text).contains("Message-Id: <1@x>"))
    }

    @Test("what stands before the scissors goes")
    func scissors() {
        let mail = read { $0.cutsAtScissors = true }
        #expect(!text(mail.text).contains("The text."))
        #expect(text(mail.text).contains("After the scissors."))
    }

    @Test("mailboxes come apart at their separators, and only there")
    func mailbox() {
        let separator = "From someone Mon Sep 17 00:00:00 2001\n"
        let box = separator + "Subject: a\n\nFrom here on\n" + separator + "Subject: b\r\n\r\nx\r\n"
        let messages = Mailbox.split(Array(box.utf8))
        #expect(messages.count == 2)
        #expect(!messages[1].contains(13))
        #expect(Mailbox.split(Array(box.utf8), keepsReturns: true)[1].contains(13))
        let quoted = Mailbox.split(Array((separator + "\n>From x\n>>From y\n").utf8), isQuoted: true)
        #expect(text(quoted[0]).hasSuffix("\nFrom x\n>From y\n"))
        #expect(Mailbox.split([]).isEmpty)
    }

    @Test("damaged mail never traps", arguments: 0..<20)
    func damaged(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var bytes = Array(Self.sample.utf8)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                } else {
                    bytes.removeSubrange(place..<min(place + 9, bytes.count))
                }
            }
            for message in Mailbox.split(bytes) { _ = MailPatch(message, options: MailPatch.Options()) }
        }
    }
}
