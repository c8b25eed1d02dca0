internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository

/// How `blame` shows what it found: its flags and the settings `blame.*` and `color.blame.*`.
struct BlameStyle {
    var isPorcelain = false
    var repeatsDetails = false
    var isIncremental = false
    var isAnnotating = false
    var showsName = false
    var showsNumber = false
    var showsEmail = false
    var showsLongIDs = false
    var showsRawTime = false
    var hidesAuthor = false
    var blanksBoundary = false
    var showsRoot = false
    var marksUnblamable = false
    var marksIgnored = false
    var colorsLines = false
    var colorsByAge = false
    /// The colour of what repeats the line before.
    var repeatedColor = ""
    /// The colour of what is older than a moment, oldest first; the last is that of everything younger.
    var ages: [(until: Int64, color: String)] = []
    var date = DateStyle.Mode(.iso)
    /// Where contents come from that no commit has, unless from the work tree.
    var contentsName: [UInt8]?
    /// Digits of ids, the mark of a boundary included; nil for as many as it takes.
    var digits: Int?

    init(_ arguments: Arguments, _ context: Context, isAnnotating annotates: Bool) throws {
        let config = try context.configuration()
        isIncremental = arguments.isOn("incremental")
        repeatsDetails = arguments.isOn("line-porcelain")
        isPorcelain = arguments.isOn("porcelain") || repeatsDetails
        isAnnotating = annotates || arguments.has("c")
        showsName = arguments.isOn("show-name")
        showsNumber = arguments.isOn("show-number")
        showsLongIDs = arguments.has("l")
        showsRawTime = arguments.has("t")
        hidesAuthor = arguments.has("s")
        func isOn(_ key: String) throws -> Bool { try config.bool("blame.\(key)") ?? false }
        showsEmail = try arguments.flag("show-email") ?? isOn("showemail")
        blanksBoundary = try arguments.has("b") || isOn("blankboundary")
        showsRoot = try arguments.flag("root") ?? isOn("showroot")
        marksUnblamable = try isOn("markunblamablelines")
        marksIgnored = try isOn("markignoredlines")
        try readDate(arguments, config, annotates)
        try readColors(arguments, context, config)
        contentsName = arguments.bytes("contents").map {
            $0.elementsEqual("-".utf8) ? Array("standard input".utf8) : $0
        }
        let hexCount = try context.repository().algorithm.hexCount
        if arguments.has("abbrev") {
            let given = arguments.flag("abbrev") == false ? 0 : try arguments.integer("abbrev") ?? 7
            let count = given == 0 ? hexCount : min(max(given, 4), hexCount)
            digits = count < hexCount ? count + 1 : hexCount
        }
    }

    private mutating func readDate(_ arguments: Arguments, _ config: Config, _ annotates: Bool) throws {
        guard !annotates, let text = arguments.text("date") ?? config.string("blame.date") else { return }
        guard let mode = DateStyle.Mode(parsing: text) else {
            throw CommandError.fatal("unknown date format \(text)")
        }
        date = mode
    }

    private mutating func readColors(_ arguments: Arguments, _ context: Context, _ config: Config) throws {
        colorsLines = arguments.isOn("color-lines")
        colorsByAge = arguments.isOn("color-by-age")
        if !colorsLines, !colorsByAge {
            for mode in config.strings("blame.coloring") {
                switch mode {
                case "repeatedLines": colorsLines = true
                case "highlightRecent": colorsByAge = true
                case "none": (colorsLines, colorsByAge) = (false, false)
                default: context.errors.line("warning: invalid value for 'blame.coloring': '\(mode)'")
                }
            }
        }
        if isAnnotating { (colorsLines, colorsByAge) = (false, false) }
        if let text = config.string("color.blame.repeatedlines") {
            repeatedColor = TerminalColor.sequence(text) ?? ""
        }
        if colorsLines, repeatedColor.isEmpty { repeatedColor = "\u{1b}[36m" }
        let fields = (config.string("color.blame.highlightrecent") ?? "blue,12 month ago,white,1 month ago,red")
            .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count % 2 == 1 else { throw CommandError.fatal("must end with a color") }
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let color = TerminalColor.sequence(fields[index]) else {
                throw CommandError.fatal("expecting a color: \(fields[index])")
            }
            let until =
                index + 1 < fields.count
                ? ApproximateDate.limit(fields[index + 1], now: context.now, localZone: context.localZone) : .max
            ages.append((until, color))
        }
    }

    /// The colour of a moment.
    func color(of time: Int64) -> String {
        ages.first { time <= $0.until }?.color ?? ages.last?.color ?? ""
    }

    /// How many columns dates are given.
    var dateWidth: Int {
        switch date.style {
        case .rfc2822: 31
        case .isoStrict, .iso: 25
        case .raw: 16
        case .unix: 10
        case .short: 10
        case .relative: 22
        case .human: 16
        case .normal: 30
        case .format:
            date.format(
                Signature(name: "", email: "", time: 0, zoneMinutes: 0), now: 0, localZone: { _ in 0 }
            ).utf8.count
        }
    }
}
