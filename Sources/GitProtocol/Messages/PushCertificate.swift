internal import Bytes
internal import GitObjects

/// A push certificate: which refs are to move, signed by who pushes, so that the server can keep proof of it.
///
/// <https://git-scm.com/docs/gitprotocol-pack#_push_certificate>
public struct PushCertificate: Sendable, Hashable {
    /// What is signed: headers, an empty line, the updates.
    public let payload: [UInt8]
    /// The armoured signature, with its final newline.
    public var signature: [UInt8]
    /// What the server gave to be signed, so that a certificate cannot be used again.
    public let nonce: String?
    /// The push options that are signed.
    public let options: [String]
    /// The updates.
    public let updates: [RefUpdate]

    /// The whole certificate, as it is kept.
    public var content: [UInt8] { payload + signature }

    /// The longest certificate that is taken.
    public static let sizeLimit = 128 << 20

    /// Makes a certificate that is not signed yet.
    ///
    /// - Parameters:
    ///   - pusher: the key's name, and the time with its zone: `Name <mail> 1700000000 +0100`.
    ///   - pushee: the remote's address without credentials.
    public init(pusher: String, pushee: String, nonce: String, options: [String], updates: [RefUpdate]) {
        var text = "certificate version 0.1\npusher \(pusher)\n"
        if !pushee.isEmpty { text += "pushee \(pushee)\n" }
        if !nonce.isEmpty { text += "nonce \(nonce)\n" }
        for option in options { text += "push-option \(option)\n" }
        var payload = Array((text + "\n").utf8)
        for update in updates { payload += Array("\(update.old.hex) \(update.new.hex) ".utf8) + update.name + [10] }
        self.payload = payload
        self.nonce = nonce.isEmpty ? nil : nonce
        self.options = options
        self.updates = updates
        signature = []
    }

    /// Reads a certificate.
    ///
    /// - Throws: ``ProtocolError`` where a line does not belong, or there is no signature.
    init(parsing content: [UInt8], algorithm: HashAlgorithm) throws(ProtocolError) {
        let newline = UInt8(ascii: "\n")
        var nonce: String?
        var options: [String] = []
        var updates: [RefUpdate] = []
        var isInHeader = true
        var start = 0
        while start < content.count {
            let end = content[start...].firstIndex(of: newline) ?? content.count
            let line = content[start..<end]
            if !isInHeader, line.starts(with: Array("-----BEGIN ".utf8)) { break }
            start = min(end + 1, content.count)
            if !isInHeader {
                guard updates.count < PushRequest.updateLimit else {
                    throw .tooLarge("number of ref updates", limit: PushRequest.updateLimit)
                }
                updates.append(try PushRequest.update(line, algorithm: algorithm))
            } else if line.isEmpty {
                isInHeader = false
            } else if line.starts(with: Array("nonce ".utf8)) {
                nonce = String(decoding: line.dropFirst(6), as: UTF8.self)
            } else if line.starts(with: Array("push-option ".utf8)) {
                options.append(String(decoding: line.dropFirst(12), as: UTF8.self))
            }
        }
        guard start < content.count else {
            throw .unexpected(line: "push-cert-end", expected: "a signature")
        }
        payload = Array(content[..<start])
        signature = Array(content[start...])
        self.nonce = nonce
        self.options = options
        self.updates = updates
    }

    /// The lines that go into packets, each with its newline.
    var lines: [ArraySlice<UInt8>] {
        let content = content
        var result: [ArraySlice<UInt8>] = []
        var start = 0
        while start < content.count {
            let end = content[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? content.count
            result.append(content[start..<end])
            start = end
        }
        return result
    }
}

/// What is known of a push certificate, in the letters and words that Git's hooks are given.
public struct PushCertificateCheck: Sendable, Hashable {
    /// `G` for a good signature, `B` for a bad one, `U` for one of unknown worth, `N` for none.
    public var status: Character
    /// Who signed.
    public var signer: String
    /// The key.
    public var key: String

    /// Says what is known.
    public init(status: Character, signer: String = "", key: String = "") {
        self.status = status
        self.signer = signer
        self.key = key
    }
}
