internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import Glibc

extension Context {
    /// The clock: now, or what `GIT_TEST_DATE_NOW` says.
    var now: Int64 { environment.nonEmpty("GIT_TEST_DATE_NOW").flatMap { Int64($0) } ?? Int64(Glibc.time(nil)) }

    /// Minutes east of UTC of the local time at a moment.
    func localZone(at seconds: Int64) -> Int {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return Int(parts.tm_gmtoff) / 60
    }

    /// Who writes a change: `GIT_AUTHOR_*`, `author.*`, `user.*`.
    ///
    /// - Throws: ``RepositoryError`` with `.noIdentity` where no address is known.
    func author() throws -> Signature { try identity("AUTHOR") }

    /// Who makes a commit: `GIT_COMMITTER_*`, `committer.*`, `user.*`.
    ///
    /// - Throws: ``RepositoryError`` with `.noIdentity` where no address is known.
    func committer() throws -> Signature { try identity("COMMITTER") }

    /// The committer for a reflog, where a guessed one is good enough.
    func reflogIdentity() throws -> Signature {
        let config = try configuration()
        let name =
            environment.nonEmpty("GIT_COMMITTER_NAME") ?? config.string("committer.name") ?? config.string("user.name")
        let email =
            environment.nonEmpty("GIT_COMMITTER_EMAIL") ?? config.string("committer.email")
            ?? config.string("user.email")
        let time = try date("COMMITTER")
        return Signature(
            name: clean(name ?? account.name), email: clean(email ?? "\(account.login)@\(hostName)"),
            time: time.seconds,
            zoneMinutes: time.zone)
    }

    private func identity(_ role: String) throws -> Signature {
        let config = try configuration()
        let prefix = role.lowercased()
        let mayGuess = try config.bool("user.useconfigonly") != true
        let email =
            environment.nonEmpty("GIT_\(role)_EMAIL") ?? config.string("\(prefix).email") ?? config.string("user.email")
            ?? environment.nonEmpty("EMAIL")
        guard let email = email ?? (mayGuess ? qualifiedAddress : nil) else {
            throw RepositoryError(
                .noIdentity,
                advice(role, "unable to auto-detect email address (got '\(account.login)@\(hostName).(none)')"))
        }
        let name = environment["GIT_\(role)_NAME"] ?? config.string("\(prefix).name") ?? config.string("user.name")
        let cleaned = clean(name ?? account.name)
        guard !cleaned.isEmpty else {
            throw RepositoryError(.noIdentity, advice(role, "empty ident name (for <\(email)>) not allowed"))
        }
        let time = try date(role)
        return Signature(name: cleaned, email: clean(email), time: time.seconds, zoneMinutes: time.zone)
    }

    private func advice(_ role: String, _ reason: String) -> String {
        """
        \(reason)

        \(role == "AUTHOR" ? "Author" : "Committer") identity unknown: say who you are, once for all repositories, with

          nacre config --global user.email "you@example.com"
          nacre config --global user.name "Your Name"
        """
    }

    /// `GIT_<role>_DATE`, or now.
    private func date(_ role: String) throws -> (seconds: Int64, zone: Int) {
        guard let text = environment.nonEmpty("GIT_\(role)_DATE") else { return (now, localZone(at: now)) }
        guard let date = DateParser.parse(text, now: now, localZone: localZone) else {
            throw CommandError.fatal("invalid date format: \(text)")
        }
        return date
    }

    /// What Git leaves out of names and addresses: angle brackets and newlines anywhere, and a run of punctuation at
    /// either end.
    private func clean(_ text: String) -> [UInt8] {
        func isCrud(_ byte: UInt8) -> Bool { byte <= 32 || ",:;<>\"\\'.".utf8.contains(byte) }
        var bytes = Array(text.utf8)[...]
        while let first = bytes.first, isCrud(first) { bytes.removeFirst() }
        while let last = bytes.last, isCrud(last) { bytes.removeLast() }
        return bytes.filter { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\n") }
    }

    /// The system's account of the user.
    private var account: (login: String, name: String) {
        guard let entry = getpwuid(getuid()) else { return ("unknown", "") }
        let login = String(cString: entry.pointee.pw_name)
        let field = entry.pointee.pw_gecos.map { String(cString: $0) } ?? ""
        let name = field.split(separator: ",", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        return (login, name)
    }

    private var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address of this account, where the host has a full name; Git accepts no other guess.
    private var qualifiedAddress: String? {
        hostName.contains(".") ? "\(account.login)@\(hostName)" : nil
    }
}
