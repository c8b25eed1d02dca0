import Testing

@testable import NacreCommands

@Suite struct ArgumentParserTests {
    private let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose"),
        .flag("no-verify", "n", "skip hooks"),
        .value("message", "m", "text", "message"),
        .optional("color", "when", "colour"),
        .optional("find-renames", "M", "n", "renames"),
        .value("max-count", "number", "limit"),
        .number("max-count", "limit"),
        .flag("version-sort", "sort"),
    ]

    private func parse(_ words: String...) throws(CommandError) -> Arguments {
        try ArgumentParser.parse(words.map { Array($0.utf8) }, options: options)
    }

    private func failure(_ words: String...) -> String? {
        do throws(CommandError) {
            _ = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: options)
            return nil
        } catch { return error.message }
    }

    @Test func clusteredAndStickyShortOptions() throws {
        let arguments = try parse("-vnmtext", "-m", "other", "-M90%", "-M", "file")
        #expect(arguments.isOn("verbose") && arguments.isOn("no-verify"))
        #expect(arguments.allTexts("message") == ["text", "other"])
        #expect(arguments.occurrences.filter { $0.name == "find-renames" }.map(\.text) == ["90%", nil])
        #expect(arguments.texts == ["file"])
    }

    @Test func longOptionsTheirValuesAndNegations() throws {
        let arguments = try parse(
            "--message=a=b", "--color", "--verify", "--verbose", "--no-verbose", "--max-count", "5")
        #expect(arguments.text("message") == "a=b")
        #expect(arguments.last("color")?.text == nil && arguments.has("color"))
        #expect(arguments.flag("no-verify") == false)
        #expect(arguments.flag("verbose") == false)
        #expect(try arguments.integer("max-count") == 5)
        #expect(try parse("-12").integer("max-count") == 12)
    }

    @Test func unambiguousPrefixesAreAccepted() throws {
        #expect(try parse("--mess=x").text("message") == "x")
        #expect(failure("--ver")?.hasPrefix("ambiguous option: ver") == true)
    }

    @Test func theSeparatorEndsOptions() throws {
        let arguments = try parse("a", "--", "-v", "--", "b")
        #expect(arguments.texts == ["a", "-v", "--", "b"])
        #expect(arguments.separator == 1)
        #expect(!arguments.isOn("verbose"))
        #expect(arguments.afterSeparator.count == 3)
    }

    @Test func mistakesAreNamedInGitsWords() {
        #expect(failure("--nothing") == "unknown option `nothing'")
        #expect(failure("-vx") == "unknown switch `x'")
        #expect(failure("--message") == "option `message' requires a value")
        #expect(failure("-m") == "switch `m' requires a value")
        #expect(failure("--verbose=1") == "option `verbose' takes no value")
    }

    @Test func integersTakeUnits() {
        #expect(Arguments.integer("2k") == 2048)
        #expect(Arguments.integer("-1") == -1)
        #expect(Arguments.integer("9999999999g") == nil)
        #expect(Arguments.integer("x") == nil)
    }
}
