internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import LargeFiles
internal import NacreExperiments

/// `show`: commits with their changes, tags, trees and files.
enum ShowCommand: Command {
    static let name = "show"
    static let summary = "show various types of objects"
    static let usage = ["[<options>] [<object>...]"]
    static let options = LogCommand.options
    static let details = [
        "Shows commits with their changes, tags with what they name, the names in trees, the content of files."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try context.startPager("show")
        let session = try LogSession(arguments, context, defaultFormats: .patch, merges: .dense, walks: false)
        try session.request.addDefault()
        let repository = session.repository
        session.pretty.attestations = { id in
            try AttestationStore.summaries(id, objects: repository.objects, refs: repository.refs)
        }
        let request = session.request
        if request.walk.isWalking || request.pending.contains(where: \.isExcluded) {
            // A range walks.
            request.walk.isWalking = true
            try session.run()
            return .success
        }
        for item in request.pending { try show(item.id, item.name, arguments, session) }
        return .success
    }

    private static func show(
        _ start: ObjectID, _ name: String, _ arguments: Arguments, _ session: LogSession
    ) throws {
        let objects = session.repository.objects
        let output = session.context.output
        var id = start
        var name = name
        let color = session.pretty.usesColor ? session.pretty.decorationColors.commit : ""
        let reset = session.pretty.usesColor ? TerminalColor.reset : ""
        while true {
            let object = try objects.read(id)
            switch object.kind {
            case .blob:
                if let pointer = Pointer(parsing: object.content), arguments.flag("textconv") != false {
                    try session.context.writeContent(pointer)
                } else {
                    output.write(object.content)
                }
                return
            case .tree:
                session.printer.separate()
                output.write("\(color)tree \(name)\(reset)\n\n")
                for entry in try objects.tree(id).entries {
                    output.line(entry.name + (entry.mode == .tree ? [UInt8(ascii: "/")] : []))
                }
                return
            case .commit:
                let commit = try CommitText(id, objects)
                _ = try session.show(RevisionWalk.Entry(alone: id, parents: commit.parents, tree: commit.tree))
                return
            case .tag:
                let tag = try Tag(parsing: object.content, algorithm: session.repository.algorithm)
                session.printer.separate()
                output.write("\(color)tag \(String(decoding: tag.name, as: UTF8.self))\(reset)\n")
                if let tagger = tag.tagger { showTagger(tagger, session) }
                output.write([10] + tag.message)
                name = tag.target.hex
                id = tag.target
            }
        }
    }

    private static func showTagger(_ tagger: Signature, _ session: LogSession) {
        let person = session.pretty.mapped(tagger)
        let output = session.context.output
        switch session.printer.style {
        case .oneline, .format, .email, .mboxrd: return
        case .raw: output.line(Array("tagger ".utf8) + tagger.encoded)
        default:
            output.line(Array("Tagger: ".utf8) + person.name + Array(" <".utf8) + person.email + Array(">".utf8))
            if session.printer.style == .medium { output.line("Date:   \(session.pretty.date(tagger))") }
        }
    }
}
