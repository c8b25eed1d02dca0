public import GitObjects

/// The statement that a revision was run again and what came of it: in-toto Statement v1 with SLSA provenance v1.
///
/// <https://in-toto.io/Statement/v1>, <https://slsa.dev/spec/v1.0/provenance>
public struct Attestation: Sendable {
    /// The kind of build, which says how the fields below are to be read.
    public static let buildType = "https://nacre.dev/reproduction/v1"
    static let statementType = "https://in-toto.io/Statement/v1"
    static let predicateType = "https://slsa.dev/provenance/v1"

    /// The commit that was run again.
    public let commit: ObjectID
    /// Whether every output came out as recorded.
    public let isReproduced: Bool
    /// The outputs: path and SHA-256 as recorded in the commit.
    public let subjects: [(path: String, sha256: String)]
    /// Who ran it: `Name <mail>`.
    public let builder: String
    /// When it started and ended, RFC 3339.
    public let startedOn: String
    /// When it ended, RFC 3339.
    public let finishedOn: String
    /// The comparison of each output and the stages that ran.
    public let details: Value
    /// The environment in which it ran.
    public let environment: Value

    /// Makes a statement.
    public init(
        commit: ObjectID, isReproduced: Bool, subjects: [(path: String, sha256: String)], builder: String,
        startedOn: String, finishedOn: String, details: Value, environment: Value
    ) {
        self.commit = commit
        self.isReproduced = isReproduced
        self.subjects = subjects
        self.builder = builder
        self.startedOn = startedOn
        self.finishedOn = finishedOn
        self.details = details
        self.environment = environment
    }

    /// The statement as JSON.
    public var statement: Value {
        let subjectValues: [Value] = subjects.map { subject in
            .object(["name": .string(subject.path), "digest": .object(["sha256": .string(subject.sha256)])])
        }
        let source: Value = .object([
            "uri": .string("git+commit"), "digest": .object(["gitCommit": .string(commit.hex)]),
        ])
        let definition: Value = .object([
            "buildType": .string(Self.buildType),
            "externalParameters": .object([
                "commit": .string(commit.hex), "stages": details.object?["stages"] ?? .array([]),
            ]),
            "internalParameters": .object(["environment": environment]),
            "resolvedDependencies": .array([source]),
        ])
        let run: Value = .object([
            "builder": .object(["id": .string("mailto:" + builder)]),
            "metadata": .object(["startedOn": .string(startedOn), "finishedOn": .string(finishedOn)]),
            "byproducts": .array([
                .object([
                    "name": .string("reproduction"),
                    "annotations": .object([
                        "reproduced": .bool(isReproduced), "outputs": details.object?["outputs"] ?? .array([]),
                    ]),
                ])
            ]),
        ])
        return .object([
            "_type": .string(Self.statementType), "subject": .array(subjectValues),
            "predicateType": .string(Self.predicateType),
            "predicate": .object(["buildDefinition": definition, "runDetails": run]),
        ])
    }

    /// What a statement says, for showing and checking.
    public struct Summary: Sendable, Hashable {
        /// The commit it is about.
        public let commit: String
        /// The subjects: path and SHA-256.
        public let subjects: [Subject]
        /// Whether it says that the outputs came out as recorded.
        public let isReproduced: Bool
        /// Who says so.
        public let builder: String
        /// When.
        public let finishedOn: String

        /// An output that the statement is about.
        public struct Subject: Sendable, Hashable {
            /// The path.
            public let path: String
            /// The SHA-256, in hexadecimal digits.
            public let sha256: String
        }
    }

    /// Reads a statement.
    ///
    /// - Throws: ``ValueError`` where it is of another type or lacks a field.
    public static func summary(_ payload: [UInt8], source: String) throws(ValueError) -> Summary {
        let root = try JSONReader.read(payload, source: source)
        func text(_ path: String) -> String? { ValuePath(parsing: path).flatMap { root[$0]?.string } }
        guard text("_type") == statementType, text("predicateType") == predicateType,
            text("predicate.buildDefinition.buildType") == buildType,
            let commit = text("predicate.buildDefinition.externalParameters.commit")
        else { throw ValueError(source, "the statement is not about a reproduction") }
        var subjects: [Summary.Subject] = []
        for item in root.object?["subject"]?.array ?? [] {
            guard let name = item.object?["name"]?.string,
                let digest = item.object?["digest"]?.object?["sha256"]?.string
            else { throw ValueError(source, "a subject of the statement has no SHA-256") }
            subjects.append(.init(path: name, sha256: digest))
        }
        let reproduced = ValuePath(parsing: "predicate.runDetails.byproducts[0].annotations.reproduced").flatMap {
            root[$0]?.bool
        }
        return Summary(
            commit: commit, subjects: subjects, isReproduced: reproduced ?? false,
            builder: text("predicate.runDetails.builder.id").map {
                $0.hasPrefix("mailto:") ? String($0.dropFirst(7)) : $0
            } ?? "",
            finishedOn: text("predicate.runDetails.metadata.finishedOn") ?? "")
    }
}
