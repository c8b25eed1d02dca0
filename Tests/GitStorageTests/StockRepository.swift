import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

/// A repository that stock git made, and what git says of it.
struct StockRepository {
    let sandbox: Sandbox
    let algorithm: HashAlgorithm

    /// A small history: `commits` commits of a few text files, a binary one, folders, a tag.
    init(_ algorithm: HashAlgorithm = .sha1, commits: Int = 6, seed: UInt64 = 1) throws {
        sandbox = try Sandbox("storage")
        self.algorithm = algorithm
        try sandbox.git("init", "-q", "--object-format=\(algorithm.name)", "repo")
        var random = SeededGenerator(seed: seed)
        var text = random.text(lines: 400)
        for number in 0..<commits {
            text += Array("line \(number)\n".utf8) + random.text(lines: 3)
            try sandbox.write("repo/a/text", text)
            try sandbox.write("repo/a/b/file\(number)", random.text(lines: 20))
            try sandbox.write("repo/binary", random.bytes(5000))
            try sandbox.write("repo/empty", "")
            try sandbox.git("add", ".", in: "repo")
            try sandbox.git("commit", "-q", "-m", "commit \(number)", in: "repo")
        }
        try sandbox.git("tag", "-a", "-m", "a tag", "v1", in: "repo")
    }

    var objects: FilePath { sandbox.root.appending("repo/.git/objects") }

    func database(_ options: ObjectDatabase.Options = .init()) throws -> ObjectDatabase {
        try ObjectDatabase(objectsDirectory: objects, algorithm: algorithm, options: options)
    }

    @discardableResult
    func git(_ arguments: String..., input: [UInt8]? = nil) throws -> Sandbox.Outcome {
        try sandbox.run("git", arguments, in: "repo", input: input)
    }

    /// The id that a revision names, by git's word.
    func id(_ revision: String) throws -> ObjectID {
        try #require(ObjectID(hex: git("rev-parse", revision).trimmed))
    }

    /// Every object as `git cat-file --batch-all-objects` lists it.
    func everything() throws -> [(id: ObjectID, kind: ObjectKind, size: Int)] {
        let lines = try git("cat-file", "--batch-all-objects", "--batch-check").text.split(separator: "\n")
        return try lines.map { line in
            let fields = line.split(separator: " ")
            return try (
                #require(ObjectID(hex: fields[0])), #require(ObjectKind(name: Array(fields[1].utf8))),
                #require(Int(fields[2]))
            )
        }
    }

    /// Reads every object and compares kind, size and hash with what git says.
    func expectAllReadable(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let database = try database()
        let all = try everything()
        #expect(all.count > 10, sourceLocation: sourceLocation)
        for (id, kind, size) in all {
            let object = try database.read(id)
            #expect(object.kind == kind && object.content.count == size, sourceLocation: sourceLocation)
            #expect(object.id(algorithm) == id, sourceLocation: sourceLocation)
            let header = try database.header(id)
            #expect(header.kind == kind && header.size == size, sourceLocation: sourceLocation)
            var streamed: [UInt8] = []
            try database.stream(id) { piece throws(StorageError) in streamed += [UInt8](piece) }
            #expect(streamed == object.content, sourceLocation: sourceLocation)
            #expect(database.contains(id), sourceLocation: sourceLocation)
        }
    }
}
