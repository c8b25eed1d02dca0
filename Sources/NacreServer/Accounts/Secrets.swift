internal import Bytes
internal import COpenSSL

/// Random secrets, and what is kept of them.
package enum Secrets {
    /// Random bytes of libcrypto's generator.
    package static func random(_ count: Int) throws(AccountError) -> [UInt8] {
        var isGood = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isGood = RAND_bytes(buffer.baseAddress, Int32(count)) == 1
            initialized = isGood ? count : 0
        }
        guard isGood else { throw .noRandomness }
        return bytes
    }

    /// A new access token: 256 random bits, in a form that secret scanners can know.
    package static func makeToken() throws(AccountError) -> String {
        "nacre_" + Hex.string(try random(32))
    }

    /// What is stored of a token. A fast hash is right here: 256 random bits cannot be guessed.
    package static func digest(ofToken token: String) -> [UInt8] { Digest.hash(Array(token.utf8), .sha256) }

    /// HMAC-SHA-256.
    package static func authenticationCode(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            var length: UInt32 = 0
            HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, buffer.baseAddress, &length)
            count = Int(length)
        }
    }

    /// Whether two digests are the same, in a time that does not tell where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}

/// scrypt, for passwords only: they are guessable, so that each guess must be dear.
package enum PasswordHash {
    // 32 MiB and about 60 ms a guess.
    private static let cost: UInt64 = 1 << 15
    private static let blockSize: UInt64 = 8
    private static let parallelism: UInt64 = 1

    /// `scrypt$<cost>$<block>$<parallelism>$<salt>$<hash>`, salt and hash in hexadecimal.
    package static func make(_ password: String) throws(AccountError) -> String {
        let salt = try Secrets.random(16)
        let hash = try derive(password, salt: salt, cost: cost, blockSize: blockSize, parallelism: parallelism)
        return "scrypt$\(cost)$\(blockSize)$\(parallelism)$\(Hex.string(salt))$\(Hex.string(hash))"
    }

    /// Whether a password is the one that was hashed; false for text of any other form.
    package static func verify(_ password: String, against stored: String) -> Bool {
        let fields = stored.split(separator: "$")
        guard fields.count == 6, fields[0] == "scrypt", let cost = UInt64(fields[1]), let block = UInt64(fields[2]),
            let parallelism = UInt64(fields[3]), let salt = Hex.decode(Array(fields[4].utf8)),
            let hash = Hex.decode(Array(fields[5].utf8)),
            let derived = try? derive(password, salt: salt, cost: cost, blockSize: block, parallelism: parallelism)
        else { return false }
        return Secrets.areEqual(derived, hash)
    }

    private static func derive(
        _ password: String, salt: [UInt8], cost: UInt64, blockSize: UInt64, parallelism: UInt64
    ) throws(AccountError) -> [UInt8] {
        let bytes = password.utf8.map { CChar(bitPattern: $0) }
        var isGood = false
        let result = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            isGood =
                EVP_PBE_scrypt(
                    bytes, bytes.count, salt, salt.count, cost, blockSize, parallelism, 128 << 20, buffer.baseAddress,
                    32) == 1
            count = isGood ? 32 : 0
        }
        guard isGood else { throw .passwordHashing }
        return result
    }
}
