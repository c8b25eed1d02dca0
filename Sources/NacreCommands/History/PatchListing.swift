internal import GitDiff
internal import GitObjects

/// What patches would do, as `apply --stat`, `--numstat` and `--summary` print it.
struct PatchListing {
    let context: Context
    let patches: [FilePatch]
    let endsWithNUL: Bool

    private func quoted(_ path: GitPath) -> [UInt8] { context.quoted(path.bytes) }

    func printBars() {
        let widest = patches.map { quoted($0.name).count }.max() ?? 0
        let mostChanges = patches.map { $0.added + $0.deleted }.max() ?? 0
        let width = min(widest, 50)
        for patch in patches { printBar(patch, width, mostChanges) }
        let added = patches.reduce(0) { $0 + $1.added }
        let deleted = patches.reduce(0) { $0 + $1.deleted }
        context.output.write(DiffPrinter.summaryLine(files: patches.count, added: added, deleted: deleted))
    }

    private func printBar(_ patch: FilePatch, _ width: Int, _ mostChanges: Int) {
        var name = quoted(patch.name)
        if name.count > width {
            let start = max(name.count + 3 - width, 0)
            let cut = name[start...].firstIndex(of: UInt8(ascii: "/")) ?? start
            name = Array("...".utf8) + name[cut...]
        }
        name += [UInt8](repeating: 32, count: max(width - name.count, 0))
        context.output.write([32] + name)
        if patch.isBinary {
            context.output.line(" |  Bin")
            return
        }
        let room = width + mostChanges > 70 ? 70 - width : mostChanges
        var added = patch.added
        var deleted = patch.deleted
        if mostChanges > 0 {
            let total = ((added + deleted) * room + mostChanges / 2) / mostChanges
            added = (added * room + mostChanges / 2) / mostChanges
            deleted = max(total - added, 0)
        }
        let count = "\(patch.added + patch.deleted)"
        let padded = String(repeating: " ", count: max(5 - count.utf8.count, 0)) + count
        let bar = String(repeating: "+", count: added) + String(repeating: "-", count: deleted)
        context.output.line(" |\(padded) \(bar)")
    }

    func printNumbers() {
        for patch in patches {
            context.output.write(patch.isBinary ? "-\t-\t" : "\(patch.added)\t\(patch.deleted)\t")
            context.output.write(endsWithNUL ? patch.name.bytes + [0] : quoted(patch.name) + [10])
        }
    }

    func printSummary() {
        for patch in patches {
            if patch.isNew == true {
                printFile("create", patch.newMode, patch.newName)
            } else if patch.isDeleted == true {
                printFile("delete", patch.oldMode, patch.oldName)
            } else if patch.isRename || patch.isCopy {
                printPair(patch)
            } else {
                if patch.isRewrite { context.output.line(" rewrite \(patch.name) (\(patch.score)%)") }
                printMode(patch, naming: !patch.isRewrite)
            }
        }
    }

    private func printFile(_ word: String, _ mode: FileMode?, _ path: GitPath?) {
        let name = path.map { "\($0)" } ?? ""
        context.output.line(mode.map { " \(word) mode \($0.octal) \(name)" } ?? " \(word) \(name)")
    }

    private func printPair(_ patch: FilePatch) {
        let old = patch.oldName ?? .root
        let new = patch.newName ?? .root
        let first = old.components
        let second = new.components
        var common = 0
        while common < min(first.count, second.count) - 1, first[common].elementsEqual(second[common]) { common += 1 }
        let word = patch.isRename ? "rename" : "copy"
        let start = first[..<common].reduce(0) { $0 + $1.count + 1 }
        func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        if common > 0 {
            context.output.line(
                " \(word) \(text(old.bytes[..<start])){\(text(old.bytes[start...])) => \(text(new.bytes[start...]))} "
                    + "(\(patch.score)%)")
        } else {
            context.output.line(" \(word) \(old) => \(new) (\(patch.score)%)")
        }
        printMode(patch, naming: false)
    }

    private func printMode(_ patch: FilePatch, naming: Bool) {
        guard let old = patch.oldMode, let new = patch.newMode, old != new else { return }
        context.output.line(" mode change \(old.octal) => \(new.octal)" + (naming ? " \(patch.name)" : ""))
    }
}
