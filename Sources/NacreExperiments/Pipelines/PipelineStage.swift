/// A step of a pipeline: commands that make files from files.
public struct PipelineStage: Sendable, Hashable {
    /// A file or directory that a stage makes.
    public struct Output: Sendable, Hashable {
        /// What the output is for.
        public enum Role: Sendable, Hashable {
            /// Data or a model.
            case data
            /// A file of metrics.
            case metric
            /// A file that is plotted.
            case plot
        }

        /// The path from the top of the repository.
        public let path: String
        /// What it is for.
        public let role: Role
        /// Whether it stays where it is when the stage runs again.
        public var persists = false
        /// Whether it is kept in the large-file store (false: as an ordinary file).
        public var isCached = true
        /// How far a replay's numbers may be from the recorded ones.
        public var tolerance: Tolerance?
    }

    /// The parameters that a stage reads from one file.
    public struct ParameterDependency: Sendable, Hashable {
        /// The path from the top of the repository.
        public let path: String
        /// The dotted keys; nil for the whole file.
        public let keys: [String]?
    }

    /// The name, with `@key` for one of a `foreach` or `matrix`; `folder/dvc.yaml:name` below the top.
    public let name: String
    /// The name in its own file.
    public let localName: String
    /// The commands, run one after the other.
    public let commands: [String]
    /// Where they run, from the top of the repository; empty for the top.
    public let directory: String
    /// The files and directories read.
    public let dependencies: [String]
    /// The parameters read.
    public let parameters: [ParameterDependency]
    /// What is made.
    public let outputs: [Output]
    /// Never runs.
    public let isFrozen: Bool
    /// Always runs.
    public let alwaysChanged: Bool
    /// What it does, in a person's words.
    public let summary: String?
    /// Where it is defined: file and line.
    public let source: String
    /// The line from 1.
    public let line: Int?

    /// Its name and where it is defined, for messages: `'train' (dvc.yaml, line 4)`.
    var place: String { "'\(name)' (\(source)\(line.map { ", line \($0)" } ?? ""))" }

    /// Whether it has nothing that could tell that it need not run.
    public var isCallback: Bool { dependencies.isEmpty && parameters.isEmpty && outputs.isEmpty }
}
