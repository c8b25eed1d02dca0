internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `update-ref`: changes refs safely, one or many at once.
enum UpdateRefCommand: Command {
    static let name = "update-ref"
    static let summary = "update the object that a ref holds, safely"
    static let usage = [
        "[<options>] -d <refname> [<old-val>]", "[<options>]    <refname> <new-val> [<old-val>]",
        "[<options>] --stdin [-z]",
    ]
    static let options: [OptionSpec] = [
        .shortValue("m", "reason", "reason of the update"),
        .shortFlag("d", "delete the reference"),
        .flag("deref", "update <refname> not the one it points to"),
        .shortFlag("z", "stdin has NUL-terminated arguments"),
        .flag("stdin", "read updates from stdin"),
        .flag("create-reflog", "create a reflog"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.text("m")?.isEmpty == true {
            throw CommandError.fatal("Refusing to perform update with empty message.")
        }
        var session = try RefUpdateSession(arguments, context)
        if arguments.isOn("stdin") {
            guard !arguments.has("d"), arguments.operands.isEmpty else {
                throw CommandError.usage("too many arguments")
            }
            try session.readCommands(isTerminatedByNUL: arguments.has("z"))
            return .success
        }
        if arguments.has("z") { throw CommandError.usage("-z only makes sense with --stdin") }
        let words = arguments.texts
        if arguments.has("d") {
            guard (1...2).contains(words.count) else { throw CommandError.usage("wrong number of arguments") }
            try session.delete(words[0], old: words.count > 1 ? words[1] : nil)
        } else {
            guard (2...3).contains(words.count) else { throw CommandError.usage("wrong number of arguments") }
            try session.update(words[0], words[1], old: words.count > 2 ? words[2] : nil)
        }
        do {
            try session.commit()
        } catch let error as RefError {
            throw arguments.has("d")
                ? CommandError.error("\(error)")
                : CommandError.fatal("update_ref failed for ref '\(words[0])': \(error)")
        }
        return .success
    }
}

/// The changes that `update-ref` gathers.
struct RefUpdateSession {
    private let context: Context
    private let repository: Repository
    private let resolver: RevisionResolver
    private let message: String
    private let creates: Bool
    private var follows: Bool
    private var transaction: RefTransaction

    init(_ arguments: Arguments, _ context: Context) throws {
        self.context = context
        repository = try context.repository()
        resolver = try context.revisionResolver()
        message = arguments.text("m") ?? ""
        creates = arguments.isOn("create-reflog")
        follows = arguments.flag("deref") ?? true
        transaction = repository.refs.beginTransaction()
    }

    private func id(_ text: String, _ complaint: String) throws -> ObjectID {
        if text.isEmpty { return .zero(repository.algorithm) }
        guard let id = try resolver.find(text)?.id else { throw CommandError.fatal(complaint) }
        return id
    }

    private func name(_ text: String) throws -> RefName {
        guard let name = try? RefName(text) else {
            throw CommandError.fatal(
                "update_ref failed for ref '\(text)': refusing to update ref with bad name '\(text)'")
        }
        return name
    }

    /// Only commits stand at branches, and only objects that are here anywhere.
    private func check(_ id: ObjectID, _ name: RefName) throws {
        if id.isZero { return }
        let kind = try repository.objects.headerIfPresent(id)?.kind
        let reason: String
        if kind == nil {
            reason = "trying to write ref '\(name)' with nonexistent object \(id)"
        } else if name.isBranch && kind != .commit {
            reason = "trying to write non-commit object \(id) to branch '\(name)'"
        } else {
            return
        }
        throw CommandError.fatal("update_ref failed for ref '\(name)': cannot update ref '\(name)': \(reason)")
    }

    mutating func update(_ text: String, _ new: String, old: String?) throws {
        let id = try id(new, "\(new): not a valid SHA1")
        let expected = try old.map { Expectation.exactly(try self.id($0, "\($0): not a valid SHA1")) } ?? .any
        let name = try name(text)
        let final = follows ? try repository.refs.resolveFully(name).name : name
        try check(id, final)
        transaction.update(
            name, to: id, expecting: expected, message: message, creatingReflog: creates, followingSymbolic: follows)
    }

    mutating func delete(_ text: String, old: String?) throws {
        var expected = Expectation.any
        if let old {
            let id = try id(old, "\(old): not a valid SHA1")
            expected = .exactly(id)
        }
        transaction.delete(try name(text), expecting: expected, message: message, followingSymbolic: follows)
    }

    func commit() throws { try transaction.commit(committer: context.reflogIdentity()) }

    // MARK: --stdin

    mutating func readCommands(isTerminatedByNUL: Bool) throws {
        let input = try Files.readAll(0, path: "standard input")
        var fields = StandardInputFields(input, isTerminatedByNUL: isTerminatedByNUL)
        var isOpen = false
        var isClosed = false
        while let verb = fields.nextVerb() {
            switch verb {
            case "update", "create", "delete", "verify":
                if isClosed { throw CommandError.fatal("transaction is closed") }
                try change(verb, &fields)
            case "option":
                let option = fields.next() ?? ""
                guard option == "no-deref" else { throw CommandError.fatal("option unknown: \(option)") }
                follows = false
                fields.endLine()
                continue
            case "start":
                isOpen = true
                context.output.line("start: ok")
            case "prepare": context.output.line("prepare: ok")
            case "commit", "abort":
                if verb == "commit" { try finish() }
                transaction = repository.refs.beginTransaction()
                isClosed = true
                isOpen = false
                context.output.line("\(verb): ok")
            default: throw CommandError.fatal("unknown command: \(verb)")
            }
            follows = true
            fields.endLine()
        }
        if !isOpen && !isClosed { try finish() }
    }

    private func finish() throws {
        do {
            try commit()
        } catch let error as RefError {
            throw CommandError.fatal("\(error)")
        }
    }

    private mutating func change(_ verb: String, _ fields: inout StandardInputFields) throws {
        guard let ref = fields.next(), !ref.isEmpty else { throw CommandError.fatal("\(verb): missing <ref>") }
        let name = try RefName(ref)
        func value(_ text: String, _ what: String) throws -> ObjectID {
            try id(text, "\(verb) \(ref): invalid <\(what)>: \(text)")
        }
        switch verb {
        case "update":
            guard let new = fields.next() else { throw CommandError.fatal("update \(ref): missing <newvalue>") }
            let old = fields.next()
            let id = try value(new, "newvalue")
            var expected = Expectation.any
            if let old, !(fields.isTerminatedByNUL && old.isEmpty) { expected = .exactly(try value(old, "oldvalue")) }
            try check(id, follows ? try repository.refs.resolveFully(name).name : name)
            transaction.update(
                name, to: id, expecting: expected, message: message, creatingReflog: creates, followingSymbolic: follows
            )
        case "create":
            guard let new = fields.next(), !new.isEmpty else {
                throw CommandError.fatal("create \(ref): missing <newvalue>")
            }
            let id = try value(new, "newvalue")
            if id.isZero { throw CommandError.fatal("create \(ref): zero <newvalue>") }
            try check(id, name)
            transaction.update(
                name, to: id, expecting: .absent, message: message, creatingReflog: creates, followingSymbolic: follows)
        case "delete":
            let old = fields.next() ?? ""
            var expected = Expectation.any
            if !old.isEmpty {
                let id = try value(old, "oldvalue")
                if id.isZero { throw CommandError.fatal("delete \(ref): zero <oldvalue>") }
                expected = .exactly(id)
            }
            transaction.delete(name, expecting: expected, message: message, followingSymbolic: follows)
        default:
            let old = fields.next() ?? ""
            let expected: Expectation = old.isEmpty ? .absent : .exactly(try value(old, "oldvalue"))
            transaction.verify(name, expected, followingSymbolic: follows)
        }
    }
}

/// The words of `update-ref --stdin`: lines with spaces between words, or everything ended by NUL.
struct StandardInputFields {
    let isTerminatedByNUL: Bool
    private var lines: [[String]]
    private var current: [String] = []
    private var nulFields: [String]

    init(_ input: [UInt8], isTerminatedByNUL: Bool) {
        self.isTerminatedByNUL = isTerminatedByNUL
        func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        if isTerminatedByNUL {
            lines = []
            nulFields = input.split(separator: 0, omittingEmptySubsequences: false).map(text).reversed()
            if nulFields.first == "" { nulFields.removeFirst() }
        } else {
            nulFields = []
            lines = input.split(separator: 10).map { $0.split(separator: 0x20).map { Self.unquoted(text($0)) } }
                .reversed()
        }
    }

    private static func unquoted(_ word: String) -> String {
        word.count >= 2 && word.hasPrefix("\"") && word.hasSuffix("\"") ? String(word.dropFirst().dropLast()) : word
    }

    mutating func nextVerb() -> String? {
        if isTerminatedByNUL {
            guard let field = nulFields.popLast() else { return nil }
            let words = field.split(separator: " ", maxSplits: 1).map(String.init)
            current = words.count > 1 ? [words[1]] : []
            return words.first ?? ""
        }
        guard let line = lines.popLast(), !line.isEmpty else { return nil }
        current = line.dropFirst().reversed()
        return line[0]
    }

    mutating func next() -> String? {
        if let word = current.popLast() { return word }
        return isTerminatedByNUL ? nulFields.popLast() : nil
    }

    mutating func endLine() { current = [] }
}
