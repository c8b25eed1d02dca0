internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// The batch modes of `cat-file`: objects named on standard input, answered one by one.
struct CatFileBatch {
    private let context: Context
    private let database: ObjectDatabase
    private let resolver: RevisionResolver
    private let isCommand: Bool
    private let showsContent: Bool
    private let format: ObjectFormat
    private let isBuffered: Bool
    private let takesAll: Bool
    private let isOrdered: Bool
    private let terminator: UInt8
    private let followsLinks: Bool

    init(_ mode: String, _ arguments: Arguments, _ context: Context) throws {
        self.context = context
        database = try context.repository().objects
        resolver = try context.objectNames()
        isCommand = mode == "batch-command"
        showsContent = mode == "batch"
        let text = arguments.text(mode) ?? "%(objectname) %(objecttype) %(objectsize)"
        format = try ObjectFormat(text)
        takesAll = arguments.isOn("batch-all-objects")
        isBuffered = arguments.flag("buffer") ?? takesAll
        followsLinks = arguments.isOn("follow-symlinks")
        isOrdered = !arguments.isOn("unordered")
        terminator = arguments.isOn("z") ? 0 : UInt8(ascii: "\n")
        if takesAll && isCommand {
            throw CommandError.usage("'--batch-all-objects' is incompatible with '--batch-command'")
        }
    }

    func run() throws -> ExitCode {
        if takesAll {
            for id in try database.allIDs(sorted: isOrdered) {
                try answer(id, name: id.hexBytes, rest: [], content: showsContent)
            }
            return .success
        }
        var lines = InputLines(terminator: terminator)
        var waiting: [(command: String, argument: [UInt8])] = []
        while let line = try lines.next() {
            if isCommand {
                try command(line, &waiting)
            } else {
                try look(line, content: showsContent)
                if !isBuffered { context.output.flush() }
            }
        }
        for item in waiting { try execute(item.command, item.argument) }
        return .success
    }

    private func command(_ line: [UInt8], _ waiting: inout [(command: String, argument: [UInt8])]) throws {
        guard !line.isEmpty else { throw CommandError.fatal("empty command in input") }
        guard line[0] != UInt8(ascii: " ") else {
            throw CommandError.fatal("whitespace before command: '\(String(decoding: line, as: UTF8.self))'")
        }
        let space = line.firstIndex(of: UInt8(ascii: " ")) ?? line.count
        let word = String(decoding: line[..<space], as: UTF8.self)
        let argument = Array(line[min(space + 1, line.count)...])
        switch word {
        case "flush":
            guard isBuffered else { throw CommandError.fatal("flush is only for --buffer mode") }
            guard space == line.count else { throw CommandError.fatal("flush takes no arguments") }
            for item in waiting { try execute(item.command, item.argument) }
            waiting = []
            context.output.flush()
        case "contents", "info":
            guard !argument.isEmpty else { throw CommandError.fatal("\(word) requires arguments") }
            if isBuffered {
                waiting.append((word, argument))
            } else {
                try execute(word, argument)
                context.output.flush()
            }
        default: throw CommandError.fatal("unknown command: '\(String(decoding: line, as: UTF8.self))'")
        }
    }

    private func execute(_ command: String, _ argument: [UInt8]) throws {
        try look(argument, content: command == "contents")
    }

    private func look(_ line: [UInt8], content: Bool) throws {
        var name = line
        var rest: [UInt8] = []
        if format.usesRest, let space = line.firstIndex(where: { $0 == 0x20 || $0 == 9 }) {
            name = Array(line[..<space])
            rest = Array(line[space...].drop { $0 == 0x20 || $0 == 9 })
        }
        if followsLinks, try lookThroughLinks(name, rest: rest, content: content) { return }
        let found: RevisionResolver.Found?
        do {
            found = try resolver.find(String(decoding: name, as: UTF8.self), hint: .any)
        } catch is RevisionError {
            found = nil
        }
        guard let found else {
            let isAmbiguous = try name.count >= 4 && database.ids(withHexPrefix: name, limit: 2).count > 1
            context.output.line(name + Array((isAmbiguous ? " ambiguous" : " missing").utf8))
            return
        }
        try answer(found.id, name: name, rest: rest, content: content)
    }

    /// Answers for a path in a tree, its links followed; false where the name is none.
    private func lookThroughLinks(_ name: [UInt8], rest: [UInt8], content: Bool) throws -> Bool {
        guard let colon = name.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        let treeName = String(decoding: name[..<colon], as: UTF8.self)
        guard let start = try? resolver.find(treeName, hint: .any), let tree = try? database.peel(start.id, to: .tree)
        else { return false }
        func report(_ word: String, _ text: [UInt8]) {
            context.output.line("\(word) \(text.count)")
            context.output.line(text)
        }
        switch try LinkResolver(database).find(Array(name[(colon + 1)...]), in: tree) {
        case .object(let id): try answer(id, name: name, rest: rest, content: content)
        case .outside(let path): report("symlink", path)
        case .missing: context.output.line(name + Array(" missing".utf8))
        case .dangling: report("dangling", name)
        case .loop: report("loop", name)
        case .notDirectory: report("notdir", name)
        }
        return true
    }

    private func answer(_ id: ObjectID, name: [UInt8], rest: [UInt8], content: Bool) throws {
        guard let header = try database.headerIfPresent(id) else {
            context.output.line(name + Array(" missing".utf8))
            return
        }
        context.output.line(try format.text(id, header.kind, header.size, rest: rest, database))
        guard content else { return }
        try database.stream(id) { piece throws(StorageError) in context.output.write([UInt8](piece)) }
        context.output.write([UInt8(ascii: "\n")])
    }
}

/// A format of `cat-file --batch`: text with `%(field)`s.
struct ObjectFormat {
    private enum Piece {
        case text([UInt8])
        case name, type, size, diskSize, deltaBase, rest
    }

    private var pieces: [Piece] = []

    init(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        var literal: [UInt8] = []
        while let byte = bytes.first {
            guard byte == UInt8(ascii: "%"), bytes.dropFirst().first == UInt8(ascii: "("),
                let end = bytes.firstIndex(of: UInt8(ascii: ")"))
            else {
                literal.append(byte)
                bytes = bytes.dropFirst(byte == UInt8(ascii: "%") && bytes.dropFirst().first == byte ? 2 : 1)
                continue
            }
            let field = String(decoding: bytes[(bytes.startIndex + 2)..<end], as: UTF8.self)
            bytes = bytes[(end + 1)...]
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = []
            switch field {
            case "objectname": pieces.append(.name)
            case "objecttype": pieces.append(.type)
            case "objectsize": pieces.append(.size)
            case "objectsize:disk": pieces.append(.diskSize)
            case "deltabase": pieces.append(.deltaBase)
            case "rest": pieces.append(.rest)
            default: throw CommandError.fatal("unknown format element: \(field)")
            }
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
    }

    /// Whether what follows the object's name on a line is wanted.
    var usesRest: Bool {
        pieces.contains { if case .rest = $0 { true } else { false } }
    }

    func text(
        _ id: ObjectID, _ kind: ObjectKind, _ size: Int, rest: [UInt8], _ database: ObjectDatabase
    ) throws -> [UInt8] {
        var line: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .name: line += id.hexBytes
            case .type: line += Array(kind.name.utf8)
            case .size: line += Array("\(size)".utf8)
            case .diskSize: line += Array("\(try database.storage(of: id).size)".utf8)
            case .deltaBase: line += (try database.storage(of: id).base ?? .zero(id.algorithm)).hexBytes
            case .rest: line += rest
            }
        }
        return line
    }
}
