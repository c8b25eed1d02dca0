internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import SystemPackage

struct CommitTreeCommand: Command {
    static let name = "commit-tree"
    static let summary = "create a commit object of a tree"
    static let usage = ["[(-p <parent>)...] [(-m <message>)...] [(-F <file>)...] <tree>"]
    static let options: [OptionSpec] = [
        .shortValue("p", "parent", "id of a parent commit object"),
        .shortValue("m", "message", "commit message"),
        .shortValue("F", "file", "read commit log message from file"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.fatal("must give exactly one tree") }
        let repository = try context.repository()
        let database = repository.objects
        let tree = try context.object(arguments.operands[0], hint: .treeish)
        try require(tree, .tree, database)
        var parents: [ObjectID] = []
        for word in arguments.allBytes("p") {
            let parent = try context.object(word, hint: .commit)
            try require(parent, .commit, database)
            if parents.contains(parent) {
                context.errors.write("error: duplicate parent \(parent) ignored\n")
            } else {
                parents.append(parent)
            }
        }
        let message = try message(arguments, context)
        let encoding = repository.config.string("i18n.commitencoding").flatMap { name in
            ["utf-8", "utf8"].contains(name.lowercased()) ? nil : [(name: "encoding", value: Array(name.utf8))]
        }
        let commit = Commit(
            tree: tree, parents: parents, author: try context.author(), committer: try context.committer(),
            message: message, extraHeaders: encoding ?? [])
        guard !message.contains(0) else { throw CommandError.error("a NUL byte in commit log message not allowed.") }
        context.output.line(try database.write(.commit, commit.encoded).hex)
        return .success
    }

    private static func require(_ id: ObjectID, _ kind: ObjectKind, _ database: ObjectDatabase) throws {
        let actual = try database.header(id).kind
        guard actual == kind else { throw CommandError.fatal("\(id) is not a valid '\(kind.name)' object") }
    }

    /// The paragraphs of `-m` and the files of `-F` in order; standard input where there are none.
    private static func message(_ arguments: Arguments, _ context: Context) throws -> [UInt8] {
        var message: [UInt8] = []
        let newline = UInt8(ascii: "\n")
        var isGiven = false
        for occurrence in arguments.occurrences where occurrence.name == "m" || occurrence.name == "F" {
            guard let value = occurrence.value else { continue }
            if isGiven { message.append(newline) }
            isGiven = true
            if occurrence.name == "m" {
                message += value
            } else if value == [UInt8(ascii: "-")] {
                message += try context.readInput()
            } else {
                do {
                    message += try Files.read(FilePath(bytes: value))
                } catch {
                    let name = String(decoding: value, as: UTF8.self)
                    throw CommandError.fatal("git commit-tree: failed to open '\(name)': \(error.code)")
                }
            }
            if let last = message.last, last != newline { message.append(newline) }
        }
        return isGiven ? message : try context.readInput()
    }
}
