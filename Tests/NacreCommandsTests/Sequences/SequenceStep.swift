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
        "n\u{fffd}m", "lib/\u{fffd}/b.txt", "w.txt", ".hidden",
    ]

    private static let sayable = names.filter { !$0.contains("\u{fffd}") }

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
        "add --renormalize .", "commit --fixup HEAD", "commit --squash HEAD -m more", "commit -m v -v -a",
        "commit -a --dry-run", "status -v", "status -vv", "status --porcelain=v2 -z -uall", "status --no-renames",
        "rm -r --cached .", "rm -r -q dir lib", "restore -S -s HEAD~1 .", "restore -W -s HEAD @", "checkout -f",
        "checkout HEAD~1 .", "checkout -b % HEAD~1", "checkout --detach HEAD~1", "switch --orphan o#",
        "switch --detach %", "switch nosuch", "checkout nosuch", "reset --keep", "reset --soft", "reset --mixed HEAD",
        "reset dir", "reset --hard %", "clean -fdx", "clean -fdX", "clean -fd dir", "tag", "tag v#", "tag -f v1",
        "tag -d v1", "tag -m note a#", "branch", "branch -v", "branch -a", "branch b#", "branch % HEAD~1",
        "branch -f % HEAD", "branch -m %", "branch -m % %", "branch -M % %", "branch -c % %", "branch -d %",
        "branch -D %", "branch --show-current", "branch --contains HEAD", "symbolic-ref HEAD",
        "symbolic-ref HEAD refs/heads/%",
        "update-ref refs/heads/% HEAD", "update-ref -d refs/heads/%", "for-each-ref", "show-ref", "reflog",
        "rev-parse HEAD :a HEAD:dir", "rev-parse --verify %", "rev-parse %", "log --oneline -5", "log --stat -2",
        "show --stat", "diff", "diff --cached --stat", "diff HEAD --name-status -M", "diff --raw HEAD~1",
        "ls-tree -r HEAD",
        "config core.autocrlf input", "config core.autocrlf true", "config core.autocrlf false",
        "config core.filemode false", "merge --no-edit %", "update-index --skip-worktree @",
        "update-index --no-skip-worktree @", "update-index --force-remove @", "read-tree -u --reset HEAD",
    ]

    /// Some files in a first commit, with which most sequences begin: what is there before it is soon said.
    static func beginning(using generator: inout SeededGenerator) -> [SequenceStep] {
        guard Int.random(in: 0..<4, using: &generator) > 0 else { return [] }
        let files = (0..<6).map { _ in
            SequenceStep.write(names.randomElement(using: &generator) ?? "a", content(using: &generator))
        }
        return files + [.command(["add", "."]), .command(["commit", "-qm", "first"])]
    }

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
        case 41..<43:
            let rules =
                ["* text=auto\n", "*.txt text eol=crlf\n", "*.o binary\n", "*.txt -text\n*.c ident\n", ""]
                .randomElement(using: &generator) ?? ""
            return .write(".gitattributes", Array(rules.utf8))
        default:
            let template = commands.randomElement(using: &generator) ?? "status"
            return .command(
                template.split(separator: " ").map { word -> String in
                    switch word {
                    // A name that is not UTF-8 cannot be said on the command line here.
                    case "@": sayable.randomElement(using: &generator) ?? "a"
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
            let end = Int.random(in: 0..<5, using: &generator) == 0 ? "\r\n" : "\n"
            for _ in 0..<Int.random(in: 1..<30, using: &generator) {
                text += "line \(Int.random(in: 0..<30, using: &generator))\(end)"
            }
            return Array(text.utf8)
        }
    }
}
