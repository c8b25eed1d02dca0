/// Every verb, by group.
enum CommandTable {
    /// A group of verbs under a heading, as `nacre help` shows them.
    struct Group: Sendable {
        let title: String
        let commands: [any Command.Type]
    }

    static var groups: [Group] {
        [
            Group(title: "start a repository", commands: SetupCommands.all),
            Group(title: "work on the current change", commands: WorktreeCommands.all),
            Group(title: "run, compare and reproduce experiments", commands: ExperimentsCommands.all),
            Group(title: "large files", commands: LargeCommands.all),
            Group(title: "examine history", commands: InspectCommands.all),
            Group(title: "look back", commands: LookingCommands.all),
            Group(title: "compare", commands: DiffCommands.all),
            Group(title: "branches, tags, refs and settings", commands: ReferencesCommands.all),
            Group(title: "merge, rewrite, undo", commands: HistoryCommands.all),
            Group(title: "changes by mail", commands: MailCommands.all),
            Group(title: "take back", commands: OperationsCommands.all),
            Group(title: "collaborate", commands: RemoteCommands.all),
            Group(title: "objects and maintenance", commands: ObjectsCommands.all),
        ]
    }

    /// The verb of that name.
    static func find(_ name: String) -> (any Command.Type)? {
        for group in groups {
            for command in group.commands where command.name == name || command.aliases.contains(name) {
                return command
            }
        }
        return nil
    }

    /// The names nearest to a mistyped one, best first.
    static func similar(to name: String) -> [String] {
        let scored = groups.flatMap(\.commands).map { ($0.name, distance(Array(name.utf8), Array($0.name.utf8))) }
        guard let best = scored.map(\.1).min(), best <= max(1, name.utf8.count / 3) else { return [] }
        return scored.filter { $0.1 == best }.map(\.0)
    }

    /// Damerau-Levenshtein distance with adjacent transpositions.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
