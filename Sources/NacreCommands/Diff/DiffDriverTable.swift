internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitWorktree

/// The drivers that attributes name: those of the configuration (`diff.<name>.*`) over the built-in ones.
final class DiffDriverTable: Sendable {
    private let drivers: [String: DiffDriver]
    private let conversions: [String: String]
    private let whitespace: WhitespaceRules

    init(_ config: Config) throws {
        var drivers: [String: DiffDriver] = [:]
        var conversions: [String: String] = [:]
        for bytes in config.subsections(of: "diff") {
            let name = String(decoding: bytes, as: UTF8.self)
            var driver = BuiltinDrivers.driver(name) ?? DiffDriver(name: name)
            if let text = config.string("diff.\(name).xfuncname") {
                driver.naming = FunctionNaming(expressions: text, isExtended: true)
            } else if let text = config.string("diff.\(name).funcname") {
                driver.naming = FunctionNaming(expressions: text, isExtended: false)
            }
            if let text = config.string("diff.\(name).wordregex") { driver.wordExpression = Array(text.utf8) }
            if config.string("diff.\(name).binary") != nil {
                driver.isBinary =
                    config.string("diff.\(name).binary")?.lowercased() == "auto"
                    ? nil : try config.bool("diff.\(name).binary")
            }
            conversions[name] = config.string("diff.\(name).textconv")
            drivers[name] = driver
        }
        self.drivers = drivers
        self.conversions = conversions
        whitespace = config.string("core.whitespace").map { WhitespaceRules(parsing: $0) } ?? WhitespaceRules()
    }

    /// The command that makes a text of a driver's files.
    func textConversion(_ name: String) -> String? { conversions[name] }

    /// What attributes mean to comparisons.
    func attributes(_ values: AttributeValues) -> DiffAttributes {
        var result = DiffAttributes()
        switch values["diff"] {
        case .set: result.isBinary = false
        case .unset: result.isBinary = true
        case .value(let bytes):
            let name = String(decoding: bytes, as: UTF8.self)
            result.driver = drivers[name] ?? BuiltinDrivers.driver(name)
        case nil: break
        }
        switch values["whitespace"] {
        case .set: result.whitespace = .all
        case .unset: result.whitespace = .none
        case .value(let bytes): result.whitespace = WhitespaceRules(parsing: String(decoding: bytes, as: UTF8.self))
        case nil: result.whitespace = whitespace
        }
        if let size = values.text("conflict-marker-size").flatMap({ Int($0) }), size > 0 {
            result.conflictMarkerSize = size
        }
        return result
    }
}
