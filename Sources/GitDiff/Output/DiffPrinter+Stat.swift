internal import Bytes
internal import GitObjects

extension DiffPrinter {
    private func statName(_ file: DiffStat.File) -> [UInt8] {
        let name =
            file.oldPath.map {
                DiffStat.renameName(shortened($0), shortened(file.path), options.quotesHighBytes)
            } ?? quoted(file.path)
        return name + (file.remark.map { Array(" (\($0))".utf8) } ?? [])
    }

    mutating func printNumbers(_ stat: DiffStat) {
        for file in stat.files {
            output += options.linePrefix
            write(file.isBinary ? "-\t-\t" : "\(file.added)\t\(file.deleted)\t")
            if options.endsWithNUL {
                if let old = file.oldPath { output += [0] + shortened(old) + [0] }
                output += shortened(file.path)
                output.append(0)
            } else {
                output += statName(file)
                output.append(10)
            }
        }
    }

    mutating func printSums(_ stat: DiffStat) {
        guard !stat.files.isEmpty else { return }
        let total = stat.total
        output += options.linePrefix
        write(DiffPrinter.summaryLine(files: total.files, added: total.added, deleted: total.deleted))
    }

    /// ` 2 files changed, 3 insertions(+), 1 deletion(-)` and a newline.
    public static func summaryLine(files: Int, added: Int, deleted: Int) -> String {
        guard files > 0 else { return " 0 files changed\n" }
        var text = files == 1 ? " 1 file changed" : " \(files) files changed"
        if added > 0 || deleted == 0 { text += added == 1 ? ", 1 insertion(+)" : ", \(added) insertions(+)" }
        if deleted > 0 || added == 0 { text += deleted == 1 ? ", 1 deletion(-)" : ", \(deleted) deletions(-)" }
        return text + "\n"
    }

    /// The columns of `--stat`.
    private struct Columns {
        var name = 0
        var number = 0
        var graph = 0
        var mostChanges = 0
    }

    mutating func printBars(_ stat: DiffStat) {
        guard !stat.files.isEmpty else { return }
        let names = stat.files.map(statName)
        let shown = min(options.statCount ?? stat.files.count, stat.files.count)
        let columns = columns(stat.files[..<shown], names)
        for index in 0..<shown { printBar(stat.files[index], names[index], columns) }
        if stat.files[shown...].contains(where: { !$0.isUnmerged }) { writeLine(" ...") }
        printSums(stat)
    }

    private var terminalWidth: Int? {
        options.terminalWidth.map { $0 - TextWidth.columnsWithoutColors(options.linePrefix) }
    }

    private func columns(_ files: ArraySlice<DiffStat.File>, _ names: [[UInt8]]) -> Columns {
        var columns = Columns()
        var binaryWidth = 0
        var longest = 0
        for (index, file) in files.enumerated() {
            longest = max(longest, TextWidth.columns(names[index][...]))
            if file.isUnmerged {
                binaryWidth = max(binaryWidth, 8)
            } else if file.isBinary {
                binaryWidth = max(binaryWidth, 14 + "\(file.added)".utf8.count + "\(file.deleted)".utf8.count)
                columns.number = 3
            } else {
                columns.mostChanges = max(columns.mostChanges, file.added + file.deleted)
            }
        }
        columns.number = max(columns.number, "\(columns.mostChanges)".utf8.count)
        let number = columns.number
        let width = max(options.statWidth ?? terminalWidth ?? 80, 16 + 6 + number)
        let graphLimit = options.statGraphWidth ?? 0
        columns.graph = columns.mostChanges + 4 > binaryWidth ? columns.mostChanges : binaryWidth - 4
        if graphLimit > 0 { columns.graph = min(columns.graph, graphLimit) }
        columns.name = longest
        if let limit = options.statNameWidth, limit > 0 { columns.name = min(longest, limit) }
        if columns.name + number + 6 + columns.graph > width {
            let share = width * 3 / 8 - number - 6
            if columns.graph > share { columns.graph = max(share, 6) }
            if graphLimit > 0 { columns.graph = min(columns.graph, graphLimit) }
            if columns.name > width - number - 6 - columns.graph {
                columns.name = width - number - 6 - columns.graph
            } else {
                columns.graph = width - number - 6 - columns.name
            }
        }
        return columns
    }

    private mutating func printBar(_ file: DiffStat.File, _ fullName: [UInt8], _ columns: Columns) {
        var name = fullName[...]
        var room = columns.name
        var nameWidth = TextWidth.columns(name)
        output += options.linePrefix
        output.append(32)
        if room < nameWidth {
            write("...")
            room = max(room - 3, 0)
            while nameWidth > room, !name.isEmpty {
                let character = TextWidth.first(name)
                nameWidth -= character.columns
                name = name.dropFirst(character.length)
            }
            if let slash = name.firstIndex(of: UInt8(ascii: "/")) { name = name[slash...] }
        }
        output += name
        pad(room - TextWidth.columns(name))
        write(" | ")
        if file.isBinary {
            pad(columns.number - 3)
            write("Bin")
            if file.added != 0 || file.deleted != 0 {
                write(" \(colors?.old ?? "")\(file.deleted)\(reset) -> \(colors?.new ?? "")\(file.added)\(reset) bytes")
            }
        } else if file.isUnmerged {
            // Git ends no line here.
            pad(columns.number - 9)
            write("Unmerged")
            return
        } else {
            let total = file.added + file.deleted
            pad(columns.number - "\(total)".utf8.count)
            write("\(total)")
            if total > 0 { output.append(32) }
            let bar = DiffPrinter.bar(file, columns)
            printGraph(UInt8(ascii: "+"), bar.added, colors?.new)
            printGraph(UInt8(ascii: "-"), bar.deleted, colors?.old)
        }
        output.append(10)
    }

    private var reset: String { colors?.reset ?? "" }

    private mutating func pad(_ count: Int) {
        if count > 0 { output += repeatElement(32, count: count) }
    }

    private mutating func printGraph(_ sign: UInt8, _ count: Int, _ color: String?) {
        guard count > 0 else { return }
        write(color ?? "")
        output += repeatElement(sign, count: count)
        write(reset)
    }

    private static func bar(_ file: DiffStat.File, _ columns: Columns) -> (added: Int, deleted: Int) {
        guard columns.graph <= columns.mostChanges else { return (file.added, file.deleted) }
        func scaled(_ value: Int) -> Int {
            value == 0 ? 0 : 1 + value * (columns.graph - 1) / columns.mostChanges
        }
        var total = scaled(file.added + file.deleted)
        if total < 2 && file.added > 0 && file.deleted > 0 { total = 2 }
        if file.added < file.deleted {
            let added = scaled(file.added)
            return (added, total - added)
        }
        let deleted = scaled(file.deleted)
        return (total - deleted, deleted)
    }
}
