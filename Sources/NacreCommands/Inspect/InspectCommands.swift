/// The verbs of this group.
enum InspectCommands {
    static let all: [any Command.Type] = [
        LogCommand.self, ShowCommand.self, ShortlogCommand.self, RevListCommand.self, MergeBaseCommand.self,
        DescribeCommand.self, NameRevCommand.self, RangeDiffCommand.self,
    ]
}
