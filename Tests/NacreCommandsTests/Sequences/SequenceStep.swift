import TestSupport

/// One step of a random sequence: something done to the files, or a command.
enum SequenceStep: CustomStringConvertible {
    case write(String, [UInt8])
    case remove(String)
    case toggleExecutable(String)
    case link(String, to: String)
    case command([String])

    var description: String {
        switch self {
        case .write(let path, let content): "write \(path) (\(content.count) bytes)"
        case .remove(let path): "rm \(path)"
        case .toggleExecutable(let path): "chmod \(path)"
        case .link(let path, let target): "ln -s \(target) \(path)"
        case .command(let words): "git " + words.joined(separator: " ")
        }
    }

    private static let names = [
        "a", "b.txt", "c d", "dir/x", "dir/y.o", "dir/sub/z", "e/f", "ü", "a.o", "lib/m.c", "lib/n.c", "dir.txt", "g",
    ]

    /// The commands; `@` stands for a path, `%` for a branch, `#` for a number.
    private static let commands: [String] = [
        "add .", "add -A", "add -u", "add @", "add -v @ @", "add -n .", "add -f @", "add -N @", "add dir", "add .",
        "add -A", "commit -m msg#", "commit -am all#", "commit --amend -m amended", "commit --amend --no-edit",
        "commit -m partial @", "commit --allow-empty -m empty -q", "commit -m only -o @", "commit -m inc -i @",
        "commit -s -m signed", "commit -m msg#", "commit -am x", "status", "status -s -b", "status --porcelain=v2 -b",
        "status --ignored", "status -uall --porcelain", "status -uno", "status -s -z --ignored=matching",
        "status --porcelain --ignored -uall", "status -s dir", "checkout %", "checkout -b %", "checkout -B %",
        "checkout -f %", "checkout --detach", "checkout HEAD~1", "checkout -", "checkout -- @", "checkout HEAD -- @",
        "checkout HEAD~1 -- @", "checkout @", "checkout", "checkout .", "checkout --orphan orphan#", "switch %",
        "switch -c %", "switch -C % HEAD", "switch --detach HEAD", "switch -", "restore @", "restore --staged @",
        "restore .", "restore -s HEAD~1 @", "restore -SW @", "restore --staged .", "reset", "reset --hard",
        "reset --soft HEAD~1", "reset HEAD~1", "reset --hard HEAD~1", "reset -- @", "reset -q HEAD -- @",
        "reset --keep HEAD~1", "reset --merge", "rm @", "rm --cached @", "rm -f @", "rm -r dir", "rm -rf dir",
        "rm -n @",
        "mv @ @", "mv @ dir", "mv -f @ @", "mv -v dir e", "mv -k @ @ lib", "clean -n", "clean -f", "clean -fd",
        "clean -ndx", "clean -fX", "clean -nd", "ls-files", "ls-files -s", "ls-files -o",
        "ls-files -o --exclude-standard",
        "ls-files -m -d", "ls-files -t -c -m", "ls-files -o -i --exclude-standard", "ls-files -o --directory",
        "ls-files --eol", "ls-files --error-unmatch @", "check-ignore -v @ @", "write-tree", "update-index --refresh",
        "update-index --add --remove @", "update-index --chmod=+x @", "read-tree HEAD", "read-tree -m HEAD",
        "checkout-index -a -f", "update-index --assume-unchanged @", "update-index --no-assume-unchanged @",
    ]

    static func random(using generator: inout SeededGenerator) -> SequenceStep {
        func name() -> String { names.randomElement(using: &generator) ?? "a" }
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<30: return .write(name(), content(using: &generator))
        case 30..<35: return .remove(name())
        case 35..<37: return .toggleExecutable(name())
        case 37..<39: return .link(name(), to: name())
        case 39..<41:
            let rules = ["*.o\n", "dir/\n", "/e\n!a.o\n*.o\n", ""].randomElement(using: &generator) ?? ""
            return .write(".gitignore", Array(rules.utf8))
        default:
            let template = commands.randomElement(using: &generator) ?? "status"
            return .command(
                template.split(separator: " ").map { word -> String in
                    switch word {
                    case "@": name()
                    case "%": ["main", "topic", "dev", "v1", "nosuch"].randomElement(using: &generator) ?? "main"
                    default: String(word).replacing("#", with: "\(Int.random(in: 0..<99, using: &generator))")
                    }
                })
        }
    }

    private static func content(using generator: inout SeededGenerator) -> [UInt8] {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return []
        case 1: return generator.bytes(40)
        default:
            var text = ""
            for _ in 0..<Int.random(in: 1..<30, using: &generator) {
                text += "line \(Int.random(in: 0..<30, using: &generator))\n"
            }
            return Array(text.utf8)
        }
    }
}
