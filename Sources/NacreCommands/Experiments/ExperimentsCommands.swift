/// The verbs of this group.
enum ExperimentsCommands {
    static let all: [any Command.Type] = [
        RunCommand.self, ExperimentCommand.self, MetricsCommand.self, ParamsCommand.self, CheckCommand.self,
        ReproduceCommand.self, VerifyCommand.self, PipelineCommand.self, PlotsCommand.self, EnvironmentCommand.self,
        SummaryCommand.self,
    ]
}
