public import Bytes
public import SystemPackage

/// What can be wrong with a config file, a key or a value.
public enum ConfigError: Error, CustomStringConvertible {
    /// Why a key is refused.
    public enum KeyFault: Sendable, Hashable {
        /// It has no dot, or starts with one.
        case noSection
        /// It ends with a dot.
        case noName
        /// Section or name hold something else than letters, digits and `-`.
        case badCharacter
        /// The subsection holds a newline.
        case newline
    }

    /// Why a number is refused.
    public enum NumberFault: String, Sendable, Hashable {
        /// Something else than k, m or g follows it, or it is no number.
        case unit = "invalid unit"
        /// It does not fit.
        case range = "out of range"
    }

    /// A line that is no setting; the position is a line number from 1.
    case badLine(Int, ConfigOrigin.Place)
    /// A section header that opens no section.
    case badSection(Int, ConfigOrigin.Place)
    /// A key that cannot be.
    case invalidKey(KeyFault, String)
    /// A value that is not a number.
    case badNumber(key: String, value: String, NumberFault)
    /// A value that is not a boolean.
    case badBoolean(key: String, value: String)
    /// A setting that needs a value has none.
    case missingValue(key: String)
    /// A path whose `~` cannot be expanded.
    case badPath(key: String, value: String)
    /// Files include each other too deep.
    case includeDepth(included: FilePath, by: ConfigOrigin.Place)
    /// A relative include where there is no file to be relative to.
    case relativeInclude
    /// A remote's URL in a file that is included because of a remote's URL.
    case remoteInConditional
    /// A `key=value` on the command line that has no key.
    case badParameter(String)
    /// Nothing matches what should be changed.
    case nothingToUnset
    /// Several values stand where one should be replaced.
    case multipleValues(key: String)
    /// No such section.
    case noSection(String)
    /// A section name that cannot be.
    case badSectionName(String)
    /// The file cannot be read or written.
    case file(FileError)
    /// The file is locked.
    case lock(LockError)

    /// What is wrong, in Git's words.
    public var description: String {
        switch self {
        case .badLine(let line, let place), .badSection(let line, let place):
            "bad config line \(line) in \(ConfigOrigin(scope: .command, place: place).phrase)"
        case .invalidKey(.noSection, let key): "key does not contain a section: \(key)"
        case .invalidKey(.noName, let key): "key does not contain variable name: \(key)"
        case .invalidKey(.badCharacter, let key): "invalid key: \(key)"
        case .invalidKey(.newline, let key): "invalid key (newline): \(key)"
        case .badNumber(let key, let value, let fault):
            "bad numeric config value '\(value)' for '\(key)': \(fault.rawValue)"
        case .badBoolean(let key, let value): "bad boolean config value '\(value)' for '\(key)'"
        case .missingValue(let key): "missing value for '\(key)'"
        case .badPath(_, let value): "failed to expand user dir in: '\(value)'"
        case .includeDepth(let included, let place):
            """
            exceeded maximum include depth (\(Config.maximumIncludeDepth)) while including
            \t\(included)
            from
            \t\(ConfigOrigin(scope: .command, place: place).phrase.drop { $0 != " " }.dropFirst())
            This might be due to circular includes.
            """
        case .relativeInclude: "relative config includes must come from files"
        case .remoteInConditional:
            "remote URLs cannot be configured in file directly or indirectly included by includeIf.hasconfig:remote.*.url"
        case .badParameter(let text): "bogus config parameter: \(text)"
        case .nothingToUnset: "no setting matches"
        case .multipleValues(let key): "\(key) has multiple values"
        case .noSection(let name): "no such section: \(name)"
        case .badSectionName(let name): "invalid section name: \(name)"
        case .file(let error): error.description
        case .lock(let error): error.description
        }
    }
}
