import TestSupport
import Testing

/// `rev-parse --parseopt` beside git's: what a script gets to evaluate.
@Suite struct ScriptOptionsTests {
    private static let specification = """
        some-command [<options>] <args>...
        another form

        some-command does foo and bar!

        It does them well.
        --
        h,help!   show the help

        foo       some nifty option --foo
        bar=      some cool option --bar with an argument
        b,baz     a short and long option
        r,range=from-to  a range of things
        C?        option C with an optional argument
        d,data?   short and long option with an optional argument
        q,quiet*  hidden
        no-color! an option that is negative
        V=(a|b)   a choice
        long-name-that-is-rather-long=value  the help begins on its own line

         Extras
        extra1    line above used to cause a segfault but no longer does
        e,eee!=x  one with all flags
        """

    private static let words = [
        "--", "-- --foo --bar=ham --baz -- arg", "-- -b -C -Cx -d -dx --data --data=y a b", "-- -h", "-- --help",
        "-- --help-all",
        "-- a --foo -h", "-- --no-foo --no-bar --no-data", "-- --bar", "-- -V", "-- --nope", "-- -bx", "-- --ba",
        "-- -q -e5",
        "-- --no-eee", "-- --foo=x", "-- --bar it's! -- -x", "-- --no-color", "-- --color", "-- --long 5 x",
        "-- a --foo b",
        "--stuck-long -- -b -C -Cx -dx --bar 5 -r 1 -V a x", "--keep-dashdash -- --foo a -- b", "--keep-dashdash -- a",
        "--stop-at-non-option -- --foo a --baz", "--stop-at-non-option --keep-dashdash -- --foo -- --baz",
        "--keep-dashdash -- a --", "-- -bCq", "-- -- --help", "-- --bar --help", "-- -hb", "-- -bh",
    ]

    @Test(arguments: words) func saysWhatGitSays(_ words: String) throws {
        let sandbox = try Sandbox("parseopt")
        let words = ["rev-parse", "--parseopt"] + words.split(separator: " ").map(String.init)
        let input = Array((Self.specification + "\n").utf8)
        let git = try sandbox.run("git", words, input: input)
        let nacre = try sandbox.run("nacre", words, input: input)
        #expect(git == nacre, "\(words)")
    }

    @Test(arguments: ["", "usage only\n", "--\nfoo x\n", "use\n--\n=x help\n", "use\n--\n", "use\n--\n\n h\nf,foo\n"])
    func specificationsThatAreOdd(_ text: String) throws {
        let sandbox = try Sandbox("parseopt")
        for words in [["--"], ["--", "-h"]] {
            let git = try sandbox.run("git", ["rev-parse", "--parseopt"] + words, input: Array(text.utf8))
            let nacre = try sandbox.run("nacre", ["rev-parse", "--parseopt"] + words, input: Array(text.utf8))
            #expect(git == nacre, "\(text) \(words)")
        }
    }

    @Test func aShellEvaluatesIt() throws {
        let sandbox = try Sandbox("parseopt")
        let outcome = try sandbox.shell(
            """
            printf 'x\\n--\\nn,name=who  a name\\n' > spec
            eval "$(nacre rev-parse --parseopt -- --name "it's me" 'a b' < spec || echo exit $?)"; echo "$1|$2|$3|$4"
            """)
        #expect(outcome.text == "-n|it's me|--|a b\n", "\(outcome)")
    }
}
