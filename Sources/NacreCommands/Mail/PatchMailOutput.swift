internal import Bytes
internal import GitConfig
internal import GitObjects
internal import SystemPackage

/// Where mails go: one file each, one file for all, or standard output.
struct PatchMailOutput {
    private enum Target {
        case standardOutput
        case file(FilePath)
        case directory([UInt8])
    }

    private let context: Context
    private let options: PatchMailOptions
    private let target: Target
    private let isQuiet: Bool

    init(_ arguments: Arguments, _ context: Context, _ options: PatchMailOptions) throws {
        self.context = context
        self.options = options
        isQuiet = arguments.isOn("quiet")
        let directory = arguments.bytes("output-directory")
        let named = [arguments.isOn("stdout"), arguments.has("output"), directory != nil].filter { $0 }
        guard named.count <= 1 else {
            throw CommandError.fatal(
                "options '--stdout', '--output', and '--output-directory' cannot be used together")
        }
        if arguments.isOn("stdout") {
            target = .standardOutput
            try context.startPager("format-patch")
        } else if let file = arguments.bytes("output") {
            target = .file(context.workingDirectory.pushing(FilePath(bytes: file)))
            try TemporaryFile.replace(
                context.workingDirectory.pushing(FilePath(bytes: file)), with: [], synchronizing: false)
        } else {
            let configured = try context.configuration().string("format.outputdirectory").map { Array($0.utf8) }
            var prefix = directory ?? configured ?? []
            if !prefix.isEmpty {
                try Files.makeDirectory(context.workingDirectory.pushing(FilePath(bytes: prefix)))
                if prefix.last != UInt8(ascii: "/") { prefix.append(UInt8(ascii: "/")) }
            }
            target = .directory(prefix)
        }
    }

    /// `0001-subject.patch`; the cover letter's without a subject.
    func fileName(_ subject: [UInt8]?, _ number: Int) -> String {
        if options.usesPlainNumbers { return "\(number)" }
        var name = ""
        if let reroll = options.reroll {
            name = String(decoding: PrettyFormat.fileName(Array("v\(reroll)".utf8)), as: UTF8.self) + "-"
        }
        let digits = "\(number)"
        name += String(repeating: "0", count: max(4 - digits.count, 0)) + digits + "-"
        var bytes = Array(name.utf8)
        bytes += subject.map { PrettyFormat.fileName($0) } ?? Array("cover-letter".utf8)
        bytes = Array(bytes.prefix(max(options.nameLimit - options.suffix.utf8.count - 1, 0)))
        return String(decoding: bytes, as: UTF8.self) + options.suffix
    }

    func write(_ text: [UInt8], _ subject: [UInt8]?, _ mail: inout PatchMailWriter.Mail) throws {
        switch target {
        case .standardOutput:
            if text.isEmpty { return }
            // Mails in one stream are set off by an empty line.
            if mail.isPreceded { context.output.write([10]) }
            context.output.write(text)
        case .file(let path):
            let before = try Files.readIfPresent(path) ?? []
            try TemporaryFile.replace(path, with: before + text, synchronizing: false)
        case .directory(let prefix):
            let name = prefix + Array(fileName(subject, mail.number).utf8)
            if !isQuiet { context.output.line(name) }
            try TemporaryFile.replace(
                context.workingDirectory.pushing(FilePath(bytes: name)), with: text, synchronizing: false)
        }
    }
}

/// The ids by which mails refer to each other.
struct PatchMailThread {
    let options: PatchMailOptions
    let context: Context
    let hasCover: Bool
    private var references: [String] = []
    private var previous: String?
    private var hasWritten = false

    init(options: PatchMailOptions, context: Context, hasCover: Bool) {
        self.options = options
        self.context = context
        self.hasCover = hasCover
        if let reply = options.reply { references = [reply] }
    }

    /// - Parameter number: which patch of the series it is, from 1; 0 for the cover letter.
    mutating func next(_ base: String, number: Int, _ mail: inout PatchMailWriter.Mail) throws {
        mail.isPreceded = hasWritten
        // Nothing sets the first patch off from the cover letter.
        hasWritten = number > 0
        guard options.threading != .none else {
            mail.references = references
            return
        }
        if let previous {
            // Shallow: all answer one mail, the cover letter where there is one.
            let answersOne = options.threading == .shallow && !references.isEmpty && (!hasCover || number > 1)
            if !answersOne { references.append(previous) }
        }
        let address = String(decoding: try context.committer().email, as: UTF8.self)
        let id = "\(base).\(context.now).git.\(address)"
        mail.messageID = id
        mail.references = references
        previous = id
    }
}
