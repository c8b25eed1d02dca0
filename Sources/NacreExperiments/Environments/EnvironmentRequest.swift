/// What of the environment is recorded and restored; `environment` in `nacre.yaml`.
public struct EnvironmentRequest: Sendable, Hashable {
    /// The interpreter's command; nil for `python3` as the shell finds it.
    public var interpreter: String?
    /// The lock file to restore from; nil for the first that is found.
    public var lockFile: String?
    /// Variables whose values are recorded, beside the common ones; `*` at the end stands for any rest.
    public var variables: [String] = []
    /// The digest of the container image.
    public var container: String?

    /// Nothing beyond what is always recorded.
    public init() {}

    init(_ value: Value, error: (ValuePath, String) -> ValueError) throws(ValueError) {
        let place = ValuePath([.key("environment")])
        guard let root = value.object else { throw error(place, "'environment' must be a mapping") }
        for entry in root.entries {
            let inner = place.appending(.key(entry.key))
            switch entry.key {
            case "interpreter", "python": interpreter = entry.value.text
            case "lock", "packages": lockFile = entry.value.text
            case "container": container = entry.value.text
            case "variables":
                guard let names = entry.value.array?.compactMap(\.string) else {
                    throw error(inner, "'variables' must be a list of names")
                }
                variables = names
            default: throw error(inner, "'\(entry.key)' is not a key of 'environment'")
            }
        }
    }
}
