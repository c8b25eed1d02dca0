import GitConfig
import TestSupport
import Testing

/// Broken input of every kind gives an error or a result, never a trap.
@Suite struct ConfigMutationTests {
    @Test func mutatedFilesNeverTrap() {
        var random = SeededGenerator(seed: 7)
        let corpus = (ConfigParsingTests.texts + ConfigEditTests.files).map { Array($0.utf8) }
        for round in 0..<4000 {
            var text = corpus[round % corpus.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let byte = Array("[]\"\\=\n #;.aZ\u{0}\r\t".utf8).randomElement(using: &random) ?? 0
                let position = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text.insert(byte, at: position)
                case 1 where position < text.count: text[position] = byte
                default: if position < text.count { text.remove(at: position) }
                }
            }
            _ = try? Config(parsing: text, place: .standardInput)
            var file = ConfigFile(content: text, place: .standardInput)
            // A last line that ends with a backslash swallows what is written after it, in Git's editing as in ours.
            let isOpen = text.last == 0x5c || text.suffix(2) == [0x5c, 0x0a]
            if (try? file.set("a.s.b", to: "new value")) != nil, !isOpen {
                let entry = try? Config(parsing: file.content, place: .standardInput).entry("a.s.b")
                #expect(entry?.text == "new value", "\(text)")
            }
            try? file.unset("a.b", all: true)
            try? file.renameSection("a", to: "n.x")
            try? file.removeSection("n.x")
            _ = try? Config.parameters(quoted: String(decoding: text, as: UTF8.self))
            _ = try? ConfigKey(parsing: text)
            _ = ConfigValue.integer(text)
        }
    }
}
