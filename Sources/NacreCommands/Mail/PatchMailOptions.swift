internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import SystemPackage

/// How `format-patch` writes mails: its options and `format.*`.
struct PatchMailOptions {
    var prefix = "PATCH"
    var isNumbered: Bool?
    var start = 1
    var reroll: String?
    var suffix = ".patch"
    var usesPlainNumbers = false
    var keepsSubject = false
    var signature: [UInt8] = []
    var signsOff = false
    /// Lines that follow the subject: `To:`, `Cc:` and others.
    var headers: [UInt8] = []
    /// Who sends it, where the author is named in the text.
    var sender: Signature?
    var forcesSender = false
    var boundary: String?
    var isAttached = false
    var threading = Threading.none
    var reply: String?
    var hasCover: Bool?
    var coverSource = CoverSource.message
    var hidesCommit = false
    var encodesHeaders = true
    var nameLimit = 64
    var base: ObjectID?

    /// How mails refer to each other.
    enum Threading { case none, shallow, deep }
    /// What of the branch's description goes into the cover letter.
    enum CoverSource { case none, message, subject, auto }

    init(_ arguments: Arguments, _ context: Context) throws {
        let config = try context.configuration()
        try readPrefix(arguments, config)
        try readNumbers(arguments, config)
        suffix = arguments.text("suffix") ?? config.string("format.suffix") ?? ".patch"
        usesPlainNumbers = arguments.isOn("numbered-files")
        nameLimit =
            try arguments.integer("filename-max-length") ?? config.int("format.filenamemaxlength").map { Int($0) }
            ?? 64
        try readSignature(arguments, config, context)
        signsOff = try arguments.flag("signoff") ?? config.bool("format.signoff") ?? false
        readHeaders(arguments, config)
        try readSender(arguments, config, context)
        readAttachment(arguments, config)
        try readThread(arguments, config)
        hidesCommit = arguments.isOn("zero-commit")
        encodesHeaders = try arguments.flag("encode-email-headers") ?? config.bool("format.encodeemailheaders") ?? true
        let configured = config.string("format.coverletter")
        let isAuto = configured?.lowercased() == "auto"
        hasCover = try arguments.flag("cover-letter") ?? (isAuto ? nil : config.bool("format.coverletter") ?? false)
        switch arguments.text("cover-from-description") ?? config.string("format.coverfromdescription") ?? "default" {
        case "default", "message": coverSource = .message
        case "none": coverSource = .none
        case "subject": coverSource = .subject
        case "auto": coverSource = .auto
        case let other: throw CommandError.fatal("\(other): invalid cover from description mode")
        }
    }

    private mutating func readPrefix(_ arguments: Arguments, _ config: Config) throws {
        keepsSubject = arguments.isOn("keep-subject")
        prefix = config.string("format.subjectprefix") ?? "PATCH"
        for occurrence in arguments.occurrences {
            if occurrence.name == "rfc" { prefix = "RFC PATCH" }
            if occurrence.name == "subject-prefix", let text = occurrence.text { prefix = text }
        }
        if keepsSubject {
            if arguments.has("subject-prefix") || arguments.has("rfc") {
                throw CommandError.fatal("options '--subject-prefix/--rfc' and '-k' cannot be used together")
            }
            if arguments.isOn("numbered") {
                throw CommandError.fatal("options '-n' and '-k' cannot be used together")
            }
        }
        if let count = arguments.text("reroll-count"), !count.isEmpty {
            reroll = count
            prefix += " v\(count)"
        }
    }

    private mutating func readNumbers(_ arguments: Arguments, _ config: Config) throws {
        let configured = config.string("format.numbered")
        if let configured, configured.lowercased() != "auto" { isNumbered = try config.bool("format.numbered") }
        if let flag = arguments.flag("numbered") { isNumbered = flag }
        if arguments.isOn("no-numbered") { isNumbered = false }
        if keepsSubject { isNumbered = false }
        start = max(try arguments.integer("start-number") ?? 1, 1)
    }

    private mutating func readSignature(_ arguments: Arguments, _ config: Config, _ context: Context) throws {
        signature = Array((config.string("format.signature") ?? Version.gitRelease).utf8)
        if let file = try config.path("format.signaturefile", home: context.home), !arguments.has("signature") {
            signature = try MailFiles.read(file.string, context)
        }
        if arguments.flag("signature") == false { signature = [] }
        if let text = arguments.bytes("signature") { signature = text }
        if let file = arguments.text("signature-file") { signature = try MailFiles.read(file, context) }
    }

    private mutating func readHeaders(_ arguments: Arguments, _ config: Config) {
        func values(_ option: String, _ key: String) -> [String] {
            let isReset = arguments.occurrences.contains { $0.name == option && $0.isNegated }
            return (isReset ? [] : config.strings(key)) + arguments.allTexts(option)
        }
        var text = ""
        for header in values("add-header", "format.headers") {
            text += header.hasSuffix("\n") ? header : header + "\n"
        }
        for (option, name) in [("to", "To: "), ("cc", "Cc: ")] {
            let people = values(option, "format.\(option)")
            if people.isEmpty { continue }
            text += name + people.joined(separator: ",\n    ") + "\n"
        }
        headers = Array(text.utf8)
    }

    private mutating func readSender(_ arguments: Arguments, _ config: Config, _ context: Context) throws {
        forcesSender = try arguments.flag("force-in-body-from") ?? config.bool("format.forceinbodyfrom") ?? false
        let configured = config.string("format.from")
        var text: String?
        if let last = arguments.occurrences.last(where: { $0.name == "from" }) {
            text = last.isNegated ? nil : last.text ?? ""
        } else if let configured {
            let flag = (try? config.bool("format.from")) ?? nil
            text = flag == false ? nil : flag == true ? "" : configured
        }
        guard let text else { return }
        guard !text.isEmpty else {
            sender = try context.committer()
            return
        }
        let parsed = Signature(parsing: Array("\(text) 0 +0000".utf8))
        guard text.contains("<"), text.contains(">") else { throw CommandError.fatal("invalid ident line: \(text)") }
        sender = parsed
    }

    private mutating func readAttachment(_ arguments: Arguments, _ config: Config) {
        if let configured = config.string("format.attach") {
            boundary = configured.isEmpty ? Version.gitRelease : configured
            isAttached = true
        }
        for occurrence in arguments.occurrences where ["attach", "inline"].contains(occurrence.name) {
            boundary = occurrence.isNegated ? nil : occurrence.text ?? Version.gitRelease
            isAttached = occurrence.name == "attach"
        }
    }

    private mutating func readThread(_ arguments: Arguments, _ config: Config) throws {
        reply = arguments.text("in-reply-to").map(MailFiles.messageID)
        func style(_ text: String?) throws -> Threading {
            switch text {
            case nil, "shallow", "": return .shallow
            case "deep": return .deep
            case let other?: throw CommandError.usage("unknown thread style '\(other)'")
            }
        }
        if let last = arguments.occurrences.last(where: { $0.name == "thread" }) {
            threading = last.isNegated ? .none : try style(last.text)
        } else if let configured = config.string("format.thread") {
            if configured == "shallow" || configured == "deep" {
                threading = try style(configured)
            } else {
                threading = try config.bool("format.thread") == true ? .shallow : .none
            }
        }
    }
}
