internal import Bytes
internal import GitObjects
internal import Glibc
internal import SystemPackage

extension Config {
    /// Reads sources in order, following includes where the context says so.
    ///
    /// - Throws: ``ConfigError``: a broken file, includes that go too deep, a key that cannot be.
    public init(loading sources: [ConfigSource], context: ConfigContext) throws(ConfigError) {
        self.init()
        var loader = ConfigLoader(sources: sources, context: context)
        try loader.load { append($0) }
    }

    /// Reads the content of one file, blob or standard input.
    public init(
        parsing content: [UInt8], place: ConfigOrigin.Place, scope: ConfigScope = .command,
        context: ConfigContext = ConfigContext(followsIncludes: false)
    ) throws(ConfigError) {
        self.init()
        var loader = ConfigLoader(sources: [], context: context)
        try loader.read(content, place: place, scope: scope, depth: 0) { append($0) }
    }

    /// The settings that `GIT_CONFIG_PARAMETERS` holds: `'key'='value'` or `'key=value'`, in shell quotes.
    ///
    /// - Throws: ``ConfigError/badParameter(_:)``.
    public static func parameters(quoted text: String) throws(ConfigError) -> [(key: String, value: String?)] {
        var rest = Array(text.utf8)[...]
        var result: [(key: String, value: String?)] = []
        while true {
            while let first = rest.first, first == 0x20 || first == 9 { rest.removeFirst() }
            guard !rest.isEmpty else { return result }
            guard let word = unquote(&rest) else { throw .badParameter(text) }
            if rest.first == UInt8(ascii: "=") {
                rest.removeFirst()
                if rest.isEmpty || rest.first == 0x20 {
                    result.append((word, nil))
                } else {
                    guard let value = unquote(&rest) else { throw .badParameter(text) }
                    result.append((word, value))
                }
            } else {
                result.append(try parameter(word))
            }
        }
    }

    /// Splits the `key=value` of `-c`; without `=` there is no value.
    ///
    /// - Throws: ``ConfigError/badParameter(_:)`` where the key is empty.
    public static func parameter(_ text: String) throws(ConfigError) -> (key: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else {
            if text.isEmpty { throw .badParameter(text) }
            return (text, nil)
        }
        let key = String(text[..<equals])
        guard key.contains(where: { !$0.isWhitespace }) else { throw .badParameter(text) }
        return (key, String(text[text.index(after: equals)...]))
    }

    private static func unquote(_ rest: inout ArraySlice<UInt8>) -> String? {
        let quote = UInt8(ascii: "'")
        guard rest.first == quote else { return nil }
        rest.removeFirst()
        var word: [UInt8] = []
        while true {
            guard let end = rest.firstIndex(of: quote) else { return nil }
            word += rest[..<end]
            rest = rest[(end + 1)...]
            // `'\''` and `'\!'` stand for the character.
            guard rest.count >= 3, rest.first == UInt8(ascii: "\\"), rest[rest.startIndex + 2] == quote else { break }
            word.append(rest[rest.startIndex + 1])
            rest = rest[(rest.startIndex + 3)...]
        }
        return String(decoding: word, as: UTF8.self)
    }
}

/// Reads sources and follows their includes.
struct ConfigLoader {
    let sources: [ConfigSource]
    let context: ConfigContext
    /// The URLs of all remotes, gathered when the first `hasconfig:remote.*.url:` condition is met.
    private var remoteURLs: [[UInt8]]?
    /// Set while remote URLs are gathered: such conditions count as false then.
    private var isGathering = false
    /// How many files deep we are inside an include of a `hasconfig` condition.
    private var conditionalDepth = 0

    init(sources: [ConfigSource], context: ConfigContext) {
        self.sources = sources
        self.context = context
    }

    mutating func load(_ take: (ConfigEntry) -> Void) throws(ConfigError) {
        for source in sources {
            switch source {
            case .file(let path, let scope):
                guard let content = try Self.content(path) else { continue }
                try read(content, place: .file(path), scope: scope, depth: 0, take)
            case .parameters(let parameters):
                let origin = ConfigOrigin(scope: .command, place: .commandLine)
                for (key, value) in parameters {
                    let key = try ConfigKey(parsing: key.utf8)
                    try accept(
                        ConfigEntry(key: key, value: value.map { Array($0.utf8) }, origin: origin), depth: 0, take)
                }
            }
        }
    }

    static func content(_ path: FilePath) throws(ConfigError) -> [UInt8]? {
        do throws(FileError) {
            return try Files.readIfPresent(path, limit: 1 << 30)
        } catch {
            throw .file(error)
        }
    }

    mutating func read(
        _ content: [UInt8], place: ConfigOrigin.Place, scope: ConfigScope, depth: Int, _ take: (ConfigEntry) -> Void
    ) throws(ConfigError) {
        let parser = try ConfigParser(content, place: place)
        for entry in parser.entries {
            let section = entry.section >= 0 ? parser.sections[entry.section] : nil
            let key = ConfigKey(section: section?.name ?? "", subsection: section?.subsection, name: entry.name)
            let origin = ConfigOrigin(scope: scope, place: place, line: entry.line)
            try accept(ConfigEntry(key: key, value: entry.value, origin: origin), depth: depth, take)
        }
    }

    private mutating func accept(
        _ entry: ConfigEntry, depth: Int, _ take: (ConfigEntry) -> Void
    ) throws(ConfigError) {
        if conditionalDepth > 0, entry.key.section == "remote", entry.key.name == "url" { throw .remoteInConditional }
        take(entry)
        guard context.followsIncludes, entry.key.name == "path" else { return }
        if entry.key.section == "include", entry.key.subsection == nil {
            try include(entry, depth: depth, take)
        } else if entry.key.section == "includeif", let condition = entry.key.subsection {
            let isRemote = condition.starts(with: Self.remotePrefix)
            guard try isTrue(condition, entry) else { return }
            if isRemote { conditionalDepth += 1 }
            try include(entry, depth: depth, take)
            if isRemote { conditionalDepth -= 1 }
        }
    }

    private mutating func include(
        _ entry: ConfigEntry, depth: Int, _ take: (ConfigEntry) -> Void
    ) throws(ConfigError) {
        var path = try ConfigValue.path(entry, home: context.home)
        if !path.isAbsolute {
            guard let file = entry.origin.file else { throw .relativeInclude }
            let directory = file.removingLastComponent()
            path = directory.isEmpty ? path : directory.appending(bytes: path.bytes)
        }
        guard let content = try Self.content(path) else { return }
        guard depth < Config.maximumIncludeDepth else {
            throw .includeDepth(included: path, by: entry.origin.place)
        }
        try read(content, place: .file(path), scope: entry.origin.scope, depth: depth + 1, take)
    }

    // MARK: Conditions

    private static let remotePrefix = Array("hasconfig:remote.*.url:".utf8)

    private mutating func isTrue(_ condition: [UInt8], _ entry: ConfigEntry) throws(ConfigError) -> Bool {
        func rest(_ prefix: String) -> [UInt8]? {
            condition.starts(with: prefix.utf8) ? Array(condition.dropFirst(prefix.utf8.count)) : nil
        }
        if let pattern = rest("gitdir:") { return try matchesDirectory(pattern, entry, options: .pathname) }
        if let pattern = rest("gitdir/i:") {
            return try matchesDirectory(pattern, entry, options: [.pathname, .ignoringCase])
        }
        if let pattern = rest("onbranch:") {
            guard let branch = context.branch else { return false }
            return Wildmatch.matches(Self.withTrailingStars(pattern), branch, options: .pathname)
        }
        if condition.starts(with: Self.remotePrefix) {
            if isGathering { return false }
            let pattern = condition.dropFirst(Self.remotePrefix.count)
            return try gatheredURLs().contains { Wildmatch.matches(pattern, $0, options: .pathname) }
        }
        return false
    }

    private mutating func gatheredURLs() throws(ConfigError) -> [[UInt8]] {
        if let remoteURLs { return remoteURLs }
        var loader = ConfigLoader(sources: sources, context: context)
        loader.isGathering = true
        var urls: [[UInt8]] = []
        try loader.load { entry in
            if entry.key.section == "remote", entry.key.name == "url", let value = entry.value { urls.append(value) }
        }
        remoteURLs = urls
        return urls
    }

    private static func withTrailingStars(_ pattern: [UInt8]) -> [UInt8] {
        pattern.last == UInt8(ascii: "/") ? pattern + Array("**".utf8) : pattern
    }

    private func matchesDirectory(
        _ condition: [UInt8], _ entry: ConfigEntry, options: Wildmatch.Options
    ) throws(ConfigError) -> Bool {
        guard let directory = context.gitDirectory else { return false }
        guard let expanded = ConfigValue.expandingHome(condition, home: context.home) else {
            throw .badPath(key: entry.key.description, value: String(decoding: condition, as: UTF8.self))
        }
        // `FilePath` drops a slash at the end, which means "and all below" here.
        var pattern = condition.first == UInt8(ascii: "~") ? expanded.bytes : condition
        if condition.last == UInt8(ascii: "/"), pattern.last != UInt8(ascii: "/") { pattern.append(UInt8(ascii: "/")) }
        var literal: [UInt8] = []
        if pattern.starts(with: "./".utf8) {
            guard let file = entry.origin.file else { throw .relativeInclude }
            literal = Self.realPath(file).removingLastComponent().bytes
            pattern.removeFirst(1)
        } else if pattern.first != UInt8(ascii: "/") {
            pattern = Array("**/".utf8) + pattern
        }
        pattern = Self.withTrailingStars(pattern)
        for candidate in [Self.realPath(directory), Self.absolute(directory)] {
            let text = candidate.bytes
            guard text.starts(with: literal) else { continue }
            if Wildmatch.matches(pattern, text.dropFirst(literal.count), options: options) { return true }
        }
        return false
    }

    private static func absolute(_ path: FilePath) -> FilePath {
        guard !path.isAbsolute, let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return FilePath(platformString: directory).appending(bytes: path.bytes).lexicallyNormalized()
    }

    private static func realPath(_ path: FilePath) -> FilePath {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return absolute(path) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}
