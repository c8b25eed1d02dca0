import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport

/// A repository with commits of random edits: texts like programs, moved blocks, renames, copies, modes, binary files.
struct GeneratedHistory: Sendable {
    let sandbox: Sandbox
    let objects: ObjectDatabase
    private(set) var trees: [ObjectID] = []
    private var generator: SeededGenerator
    private var files: [String: (mode: GitObjects.FileMode, content: [UInt8])] = [:]

    init(seed: UInt64, steps: Int) throws {
        sandbox = try Sandbox("history")
        try sandbox.git("init", "-q", "repo")
        objects = try ObjectDatabase(objectsDirectory: sandbox.root.appending("repo/.git/objects"), algorithm: .sha1)
        generator = SeededGenerator(seed: seed)
        for index in 0..<12 { files["src/part\(index % 3)/file\(index).c"] = (.regular, program(40 + index * 12)) }
        files["data.bin"] = (.regular, generator.bytes(2000))
        try snapshot()
        for _ in 0..<steps {
            for _ in 0..<Int.random(in: 1...5, using: &generator) { change() }
            try snapshot()
        }
    }

    /// Lines with an indentation, blank lines and names, so that every rule about them has something to do.
    private mutating func program(_ lines: Int) -> [UInt8] {
        var text = ""
        let bodies = [
            "if (x) {", "}", "return value;", "call(alpha, beta);", "", "/* note */", "for (;;) {", "x++;", "{", "",
        ]
        for line in 0..<lines {
            if line % 11 == 0 { text += "\nint function\(Int.random(in: 0...40, using: &generator))(void)\n{\n" }
            let depth = Int.random(in: 0...3, using: &generator)
            let body = bodies.randomElement(using: &generator) ?? ""
            text += (body.isEmpty ? "" : String(repeating: "\t", count: depth) + body) + "\n"
        }
        if Int.random(in: 0...5, using: &generator) == 0 { text += "no newline at the end" }
        return Array(text.utf8)
    }

    private mutating func edited(_ content: [UInt8]) -> [UInt8] {
        var lines = content.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !lines.isEmpty else { break }
            let start = Int.random(in: 0..<lines.count, using: &generator)
            let end = min(lines.count, start + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0...5, using: &generator) {
            case 0: lines.removeSubrange(start..<end)
            case 1: lines.insert(contentsOf: lines[start..<end], at: start)
            case 2:
                let block = Array(lines[start..<end])
                lines.removeSubrange(start..<end)
                lines.insert(contentsOf: block, at: Int.random(in: 0...lines.count, using: &generator))
            case 3: lines.insert(contentsOf: program(4).split(separator: 10).map { Array($0) }, at: start)
            case 4: lines[start] += Array("  ".utf8)
            default: lines[start] = Array("changed \(Int.random(in: 0...9, using: &generator))".utf8)
            }
        }
        return Array(lines.joined(separator: [10]))
    }

    private mutating func change() {
        guard let path = files.keys.sorted().randomElement(using: &generator), let file = files[path] else { return }
        let fresh =
            "src/part\(Int.random(in: 0...4, using: &generator))/new\(Int.random(in: 0...99, using: &generator)).c"
        switch Int.random(in: 0...11, using: &generator) {
        case 0: files[fresh] = (.regular, program(30))
        case 1 where files.count > 4: files[path] = nil
        case 2:
            files[path] = nil
            files[fresh] = file
        case 3:
            files[path] = nil
            files[fresh] = (file.mode, edited(file.content))
        case 4: files[fresh] = (file.mode, edited(file.content))
        case 5: files[path] = (file.mode == .regular ? .executable : .regular, file.content)
        case 6: files["a link \(path.utf8.count)"] = (.symbolicLink, Array(path.utf8))
        case 7: files[path] = (.regular, generator.bytes(700))
        case 8: files[path] = (.regular, program(50))
        default: files[path] = (file.mode == .symbolicLink ? .regular : file.mode, edited(file.content))
        }
    }

    private mutating func snapshot() throws {
        trees.append(try write(files.map { (Array($0.key.utf8)[...], $0.value.mode, $0.value.content) }))
    }

    private func write(_ entries: [(ArraySlice<UInt8>, GitObjects.FileMode, [UInt8])]) throws -> ObjectID {
        var result: [TreeEntry] = []
        var below: [[UInt8]: [(ArraySlice<UInt8>, GitObjects.FileMode, [UInt8])]] = [:]
        for (path, mode, content) in entries {
            if let slash = path.firstIndex(of: UInt8(ascii: "/")) {
                below[Array(path[..<slash]), default: []].append((path[(slash + 1)...], mode, content))
            } else {
                result.append(TreeEntry(mode: mode, name: Array(path), id: try objects.write(.blob, content)))
            }
        }
        for (name, inner) in below { result.append(TreeEntry(mode: .tree, name: name, id: try write(inner))) }
        return try objects.write(.tree, Tree(result).encoded)
    }
}
