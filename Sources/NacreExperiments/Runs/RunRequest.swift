public import GitObjects

/// What a person asks for with `nacre run`.
public struct RunRequest: Sendable {
    /// The experiment's name; nil for one that is made up.
    public var name: String?
    /// What is run.
    public var work: RunRecord.Work
    /// Where the command runs, from the top of the repository.
    public var directory = ""
    /// Parameters to be set: `key=value` or `file:key=value`.
    public var overrides: [RunRecord.Override] = []
    /// Whether the result goes onto the branch.
    public var commitsToBranch = false
    /// The message of that commit.
    public var message: String?

    /// How many stages may run side by side.
    public var jobs = 1
    /// The commit that runs as it stands instead of the work tree; only for runs in a directory of their own.
    public var revision: ObjectID?

    /// Asks for a run.
    public init(_ work: RunRecord.Work) { self.work = work }
}

/// Why a run cannot start.
public enum RunError: Error, CustomStringConvertible {
    /// The name cannot be a ref's part.
    case invalidName(String)
    /// An experiment has the name.
    case nameTaken(String)
    /// A run of that name is going on.
    case nameRunning(String)
    /// A `-S` that is not `key=value`.
    case invalidOverride(String)
    /// There is nothing to run.
    case noPipeline
    /// `--commit` while a merge is being made.
    case operationInProgress(String)
    /// The process that runs the command could not be started.
    case cannotStart(String)

    public var description: String {
        switch self {
        case .invalidName(let name): "'\(name)' is not a valid name for an experiment"
        case .nameTaken(let name):
            "an experiment named '\(name)' exists already (choose another with -n, or run 'nacre experiment remove \(name)')"
        case .nameRunning(let name): "a run named '\(name)' is going on; choose another name with -n"
        case .invalidOverride(let text): "'\(text)' sets no parameter: write name=value or file:name=value"
        case .noPipeline: "nothing to run: name a command after '--', or write a nacre.yaml or dvc.yaml with stages"
        case .operationInProgress(let what):
            "cannot commit the run while \(what) is in progress; leave out --commit, or finish it first"
        case .cannotStart(let reason): "cannot start the run: \(reason)"
        }
    }
}

extension RunRecord.Override {
    /// Reads `key=value` or `file:key=value`.
    public init(parsing text: String) throws {
        guard let equals = text.firstIndex(of: "=") else { throw RunError.invalidOverride(text) }
        let (file, key) = Self.split(String(text[..<equals]))
        guard !key.isEmpty, !file.isEmpty else { throw RunError.invalidOverride(text) }
        let value = try ValueFile.parse(String(text[text.index(after: equals)...]), source: "-S \(text)")
        self.init(file: file, key: key, value: value)
    }

    private static func split(_ name: String) -> (file: String, key: String) {
        guard let colon = name.firstIndex(of: ":") else { return ("params.yaml", name) }
        return (String(name[..<colon]), String(name[name.index(after: colon)...]))
    }

    /// Reads `key=a,b,c` as one override for each value: commas inside brackets and quotes do not split.
    public static func alternatives(_ text: String) throws -> [RunRecord.Override] {
        guard let equals = text.firstIndex(of: "=") else { throw RunError.invalidOverride(text) }
        let head = String(text[...equals])
        var parts: [String] = [""]
        var depth = 0
        var quote: Character?
        for character in text[text.index(after: equals)...] {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if "[{(".contains(character) {
                depth += 1
            } else if "]})".contains(character) {
                depth -= 1
            } else if character == ",", depth == 0 {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return try parts.map { try RunRecord.Override(parsing: head + $0) }
    }
}
