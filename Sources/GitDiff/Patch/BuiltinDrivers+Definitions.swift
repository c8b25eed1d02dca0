extension BuiltinDrivers {
    /// Git's expressions for these languages: hunk headers and word diffs are to be the same.
    static let definitions: [Definition] = [
        Definition(
            name: "ada",
            lines: [
                "!^(.*[ \t])?(is[ \t]+new|renames|is[ \t]+separate)([ \t].*)?$",
                "!^[ \t]*with[ \t].*$",
                "^[ \t]*((procedure|function)[ \t]+.*)$",
                "^[ \t]*((package|protected|task)[ \t]+.*)$",
            ],
            words: "[a-zA-Z][a-zA-Z0-9_]*|[-+]?[0-9][0-9#_.aAbBcCdDeEfF]*([eE][+-]?[0-9_]+)?|=>|\\.\\."
                + "|\\*\\*|:=|/=|>=|<=|<<|>>|<>",
            ignoresCase: true),
        Definition(
            name: "bash",
            lines: [
                "^[ \t]*(([a-zA-Z_][a-zA-Z0-9_]*[ \t]*\\([ \t]*\\))|(function[ \t]+[a-zA-Z_][a-zA-Z0-9_"
                    + "]*(([ \t]*\\([ \t]*\\))|([ \t]+)))[ \t]*(\\{|\\(\\(?|\\[\\[))"
            ],
            words: "[^ \t]+"),
        Definition(
            name: "bibtex",
            lines: [
                "(@[a-zA-Z]{1,}[ \t]*\\{{0,1}[ \t]*[^ \t\"@',\\#}{~%]*).*$"
            ],
            words: "[={}\"]|[^={}\" \t]+"),
        Definition(
            name: "cpp",
            lines: [
                "!^[ \t]*[A-Za-z_][A-Za-z_0-9]*:[[:space:]]*($|/[/*])",
                "^((::[[:space:]]*)?[A-Za-z_].*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[0-9][0-9.]*([Ee][-+]?[0-9]+)?[fFlLuU]*|0[xXbB][0-9a-fA-F"
                + "]+[lLuU]*|\\.[0-9][0-9]*([Ee][-+]?[0-9]+)?[fFlL]?|[-+*/<>%&^|=!]=|--|\\+\\+|<<=?|>>"
                + "=?|&&|\\|\\||::|->\\*?|\\.\\*|<=>"),
        Definition(
            name: "csharp",
            lines: [
                "!^[ \t]*(do|while|for|if|else|instanceof|new|return|switch|case|throw|catch|using"
                    + ")",
                "^[ \t]*(((static|public|internal|private|protected|new|virtual|sealed|override|un"
                    + "safe|async)[ \t]+)*[][<>@.~_[:alnum:]]+[ \t]+[<>@._[:alnum:]]+[ \t]*\\(.*\\))[ \t]*$",
                "^[ \t]*(((static|public|internal|private|protected|new|virtual|sealed|override|un"
                    + "safe)[ \t]+)*[][<>@.~_[:alnum:]]+[ \t]+[@._[:alnum:]]+)[ \t]*$",
                "^[ \t]*(((static|public|internal|private|protected|new|unsafe|sealed|abstract|par"
                    + "tial)[ \t]+)*(class|enum|interface|struct|record)[ \t]+.*)$",
                "^[ \t]*(namespace[ \t]+.*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+[fFlL]?|0[xXbB]?[0-9a-fA-F]+[lL]?|[-+*/<>%&^|=!"
                + "]=|--|\\+\\+|<<=?|>>=?|&&|\\|\\||::|->"),
        Definition(
            name: "css",
            lines: [
                "![:;][[:space:]]*$",
                "^[:[@.#]?[_a-z0-9].*$",
            ],
            words: "-?[_a-zA-Z][-_a-zA-Z0-9]*|-?[0-9]+|\\#[0-9a-fA-F]+",
            ignoresCase: true),
        Definition(
            name: "dts",
            lines: [
                "!;",
                "!=",
                "^[ \t]*((/[ \t]*\\{|&?[a-zA-Z_]).*)",
            ],
            words: "[a-zA-Z0-9,._+?#-]+|[-+*/%&^|!~]|>>|<<|&&|\\|\\|"),
        Definition(
            name: "elixir",
            lines: [
                "^[ \t]*((def(macro|module|impl|protocol|p)?|test)[ \t].*)$"
            ],
            words: "[@:]?[a-zA-Z0-9@_?!]+|[-+]?0[xob][0-9a-fA-F]+|[-+]?[0-9][0-9_.]*([eE][-+]?[0-9_]"
                + "+)?|:?(\\+\\+|--|\\.\\.|~~~|<>|\\^\\^\\^|<?\\|>|<<<?|>?>>|<<?~|~>?>|<~>|<=|>=|===?|!==?|"
                + "=~|&&&?|\\|\\|\\|?|=>|<-|\\\\\\\\|->)|:?%[A-Za-z0-9_.]\\{\\}?"),
        Definition(
            name: "fortran",
            lines: [
                "!^([C*]|[ \t]*!)",
                "!^[ \t]*MODULE[ \t]+PROCEDURE[ \t]",
                "^[ \t]*((END[ \t]+)?(PROGRAM|MODULE|BLOCK[ \t]+DATA|([^!'\" \t]+[ \t]+)*(SUBROUTINE|FU"
                    + "NCTION))[ \t]+[A-Z].*)$",
            ],
            words: "[a-zA-Z][a-zA-Z0-9_]*|\\.([Ee][Qq]|[Nn][Ee]|[Gg][TtEe]|[Ll][TtEe]|[Tt][Rr][Uu][Ee"
                + "]|[Ff][Aa][Ll][Ss][Ee]|[Aa][Nn][Dd]|[Oo][Rr]|[Nn]?[Ee][Qq][Vv]|[Nn][Oo][Tt])\\.|["
                + "-+]?[0-9.]+([AaIiDdEeFfLlTtXx][Ss]?[-+]?[0-9.]*)?(_[a-zA-Z0-9][a-zA-Z0-9_]*)?|//"
                + "|\\*\\*|::|[/<>=]=",
            ignoresCase: true),
        Definition(
            name: "fountain",
            lines: [
                "^((\\.[^.]|(int|ext|est|int\\.?/ext|i/e)[. ]).*)$"
            ],
            words: "[^ \t-]+",
            ignoresCase: true),
        Definition(
            name: "golang",
            lines: [
                "^[ \t]*(func[ \t]*.*(\\{[ \t]*)?)",
                "^[ \t]*(type[ \t].*(struct|interface)[ \t]*(\\{[ \t]*)?)",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.eE]+i?|0[xX]?[0-9a-fA-F]+i?|[-+*/<>%&^|=!:]=|--|\\+"
                + "\\+|<<=?|>>=?|&\\^=?|&&|\\|\\||<-|\\.{3}"),
        Definition(
            name: "html",
            lines: [
                "^[ \t]*(<[Hh][1-6]([ \t].*)?>.*)$"
            ],
            words: "[^<>= \t]+"),
        Definition(
            name: "java",
            lines: [
                "!^[ \t]*(catch|do|for|if|instanceof|new|return|switch|throw|while)",
                "^[ \t]*(([a-z]+[ \t]+)*(class|enum|interface)[ \t]+[A-Za-z][A-Za-z0-9_$]*[ \t]+.*)$",
                "^[ \t]*(([A-Za-z_<>&][][?&<>.,A-Za-z_0-9]*[ \t]+)+[A-Za-z_][A-Za-z_0-9]*[ \t]*\\([^;"
                    + "]*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+[fFlL]?|0[xXbB]?[0-9a-fA-F]+[lL]?|[-+*/<>%&^|=!"
                + "]=|--|\\+\\+|<<=?|>>>?=?|&&|\\|\\|"),
        Definition(
            name: "kotlin",
            lines: [
                "^[ \t]*(([a-z]+[ \t]+)*(fun|class|interface)[ \t]+.*)$"
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|0[xXbB][0-9a-fA-F_]+[lLuU]*|[0-9][0-9_]*([.][0-9_]*)?([Ee"
                + "][-+]?[0-9]+)?[fFlLuU]*|[.][0-9][0-9_]*([Ee][-+]?[0-9]+)?[fFlLuU]?|[-+*/<>%&^|=!"
                + "]==?|--|\\+\\+|<<=|>>=|&&|\\|\\||->|\\.\\*|!!|[?:.][.:]"),
        Definition(
            name: "markdown",
            lines: [
                "^ {0,3}#{1,6}[ \t].*"
            ],
            words: "[^<>= \t]+"),
        Definition(
            name: "matlab",
            lines: [
                "^[[:space:]]*((classdef|function)[[:space:]].*)$|^(%%%?|##)[[:space:]].*$"
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+|[=~<>]=|\\.[*/\\^']|\\|\\||&&"),
        Definition(
            name: "objc",
            lines: [
                "!^[ \t]*(do|for|if|else|return|switch|while)",
                "^[ \t]*([-+][ \t]*\\([ \t]*[A-Za-z_][A-Za-z_0-9* \t]*\\)[ \t]*[A-Za-z_].*)$",
                "^[ \t]*(([A-Za-z_][A-Za-z_0-9]*[ \t]+)+[A-Za-z_][A-Za-z_0-9]*[ \t]*\\([^;]*)$",
                "^(@(implementation|interface|protocol)[ \t].*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+[fFlL]?|0[xXbB]?[0-9a-fA-F]+[lL]?|[-+*/<>%&^|=!"
                + "]=|--|\\+\\+|<<=?|>>=?|&&|\\|\\||::|->"),
        Definition(
            name: "pascal",
            lines: [
                "^(((class[ \t]+)?(procedure|function)|constructor|destructor|interface|implementa"
                    + "tion|initialization|finalization)[ \t]*.*)$",
                "^(.*=[ \t]*(class|record).*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+|0[xXbB]?[0-9a-fA-F]+|<>|<=|>=|:=|\\.\\."),
        Definition(
            name: "perl",
            lines: [
                "^package .*",
                "^sub [[:alnum:]_':]+[ \t]*(\\([^)]*\\)[ \t]*)?(:[^;#]*)?(\\{[ \t]*)?(#.*)?$",
                "^(BEGIN|END|INIT|CHECK|UNITCHECK|AUTOLOAD|DESTROY)[ \t]*(\\{[ \t]*)?(#.*)?$",
                "^=head[0-9] .*",
            ],
            words: "[[:alpha:]_'][[:alnum:]_']*|0[xb]?[0-9a-fA-F_]*|[0-9a-fA-F_]+(\\.[0-9a-fA-F_]+)?("
                + "[eE][-+]?[0-9_]+)?|=>|-[rwxoRWXOezsfdlpSugkbctTBMAC>]|~~|::|&&=|\\|\\|=|//=|\\*\\*=|"
                + "&&|\\|\\||//|\\+\\+|--|\\*\\*|\\.\\.\\.?|[-+*/%.^&<>=!|]=|=~|!~|<<|<>|<=>|>>"),
        Definition(
            name: "php",
            lines: [
                "^[\t ]*(((public|protected|private|static|abstract|final)[\t ]+)*function.*)$",
                "^[\t ]*((((final|abstract)[\t ]+)?class|enum|interface|trait).*)$",
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+|0[xXbB]?[0-9a-fA-F]+|[-+*/<>%&^|=!.]=|--|\\+\\+|"
                + "<<=?|>>=?|===|&&|\\|\\||::|->"),
        Definition(
            name: "python",
            lines: [
                "^[ \t]*((class|(async[ \t]+)?def)[ \t].*)$"
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+[jJlL]?|0[xX]?[0-9a-fA-F]+[lL]?|[-+*/<>%&^|=!]="
                + "|//=?|<<=?|>>=?|\\*\\*=?"),
        Definition(
            name: "ruby",
            lines: [
                "^[ \t]*((class|module|def)[ \t].*)$"
            ],
            words: "(@|@@|\\$)?[a-zA-Z_][a-zA-Z0-9_]*|[-+0-9.e]+|0[xXbB]?[0-9a-fA-F]+|\\?(\\\\C-)?(\\\\M-)"
                + "?.|//=?|[-+*/<>%&^|=!]=|<<=?|>>=?|===|\\.{1,3}|::|[!=]~"),
        Definition(
            name: "rust",
            lines: [
                "^[\t ]*((pub(\\([^\\)]+\\))?[\t ]+)?((async|const|unsafe|extern([\t ]+\"[^\"]+\"))[\t ]+)?"
                    + "(struct|enum|union|mod|trait|fn|impl|macro_rules!)[< \t]+[^;]*)$"
            ],
            words: "[a-zA-Z_][a-zA-Z0-9_]*|[0-9][0-9_a-fA-Fiosuxz]*(\\.([0-9]*[eE][+-]?)?[0-9_fF]*)?|"
                + "[-+*\\/<>%&^|=!:]=|<<=?|>>=?|&&|\\|\\||->|=>|\\.{2}=|\\.{3}|::"),
        Definition(
            name: "scheme",
            lines: [
                "^[\t ]*(\\(((define|def(struct|syntax|class|method|rules|record|proto|alias)?)[-*/"
                    + " \t]|(library|module|struct|class)[*+ \t]).*)$"
            ],
            words: "\\|([^\\\\]*)\\||([^][)(}{[ \t])+"),
        Definition(
            name: "tex",
            lines: [
                "^(\\\\((sub)*section|chapter|part)\\*{0,1}\\{.*)$"
            ],
            words: "\\\\[a-zA-Z@]+|\\\\.|[a-zA-Z0-9"),
    ]
}
