import GitConfig

extension FuzzTarget {
    /// Reads any bytes as a config file and changes it.
    static let config = FuzzTarget("Config") { input in
        _ = try? Config(parsing: input, place: .standardInput)
        var file = ConfigFile(content: input, place: .standardInput)
        try? file.set("a.s.b", to: "value")
        try? file.unset("a.b", all: true)
        try? file.renameSection("a", to: "n.x")
        try? file.removeSection("a")
    }
}
