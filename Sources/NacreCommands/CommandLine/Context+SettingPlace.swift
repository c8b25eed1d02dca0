internal import GitConfig
internal import SystemPackage

extension Context {
    /// Where a setting stands, as messages end with it: ` in file '.git/config' at line 7`; empty outside of files.
    func place(of key: String, _ config: Config) -> String {
        guard let origin = config.entry(key)?.origin, case .file(let path) = origin.place else { return "" }
        let shown = origin.scope == .local ? gitPath("config") : path.string
        return " in file '\(shown)' at line \(origin.line)"
    }
}
