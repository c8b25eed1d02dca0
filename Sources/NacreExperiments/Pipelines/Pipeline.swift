/// What `nacre.yaml` and `dvc.yaml` say: stages, and which files hold parameters, metrics and plots.
public struct Pipeline: Sendable {
    /// A plot that is declared at the top of the file.
    public struct Plot: Sendable, Hashable {
        /// Its name: a path unless `y` names files.
        public let name: String
        /// The files, each with its columns for the vertical axis (none: all).
        public let sources: [Source]
        /// The column of the horizontal axis.
        public let x: String?
        /// The title.
        public let title: String?
        /// Names of the axes.
        public let xLabel: String?
        /// Names of the axes.
        public let yLabel: String?

        /// A file with its columns.
        public struct Source: Sendable, Hashable {
            /// The path from the top of the repository.
            public let path: String
            /// The columns.
            public let columns: [String]
        }
    }

    /// The stages in the order in which they are defined.
    public internal(set) var stages: [PipelineStage] = []
    /// The parameter files that are named, from the top of the repository.
    public internal(set) var parameterFiles: [String] = []
    /// The metric files that are named.
    public internal(set) var metricFiles: [String] = []
    /// The plots that are declared.
    public internal(set) var plots: [Plot] = []
    /// What metrics must be; empty without a `policy`.
    public internal(set) var policy = Policy()
    /// What is recorded of the environment.
    public internal(set) var environment = EnvironmentRequest()
    /// The files that were read.
    public internal(set) var sources: [String] = []

    /// The stage of a name; also of the name before `@`, where that is one stage.
    public func stage(_ name: String) -> PipelineStage? { stages.first { $0.name == name } }

    /// The stages that a word names: one stage, or all of a `foreach` or `matrix`.
    public func stages(named word: String) -> [PipelineStage] {
        if let stage = stage(word) { return [stage] }
        return stages.filter { $0.name.hasPrefix(word + "@") }
    }

    /// Every output of every stage.
    public var outputs: [PipelineStage.Output] { stages.flatMap(\.outputs) }
}
