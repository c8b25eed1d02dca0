internal import Bytes
internal import GitObjects
internal import GitRepository

/// Prints a status in one of Git's formats.
struct StatusPrinter {
    let context: Context
    let report: StatusReport
    let style: StatusStyle
    var text: [UInt8] = []
    /// The patches that `-v` shows before the conclusion.
    var patch: [UInt8] = []

    init(_ context: Context, _ report: StatusReport, _ style: StatusStyle) {
        self.context = context
        self.report = report
        self.style = style
    }

    mutating func print() throws {
        switch style.format {
        case .long: try printLong()
        case .short, .porcelain: try printShort()
        case .porcelainV2: try printV2()
        }
    }

    /// Colours of `color.status.<slot>`.
    enum Slot: String { case added, changed, untracked, branch, nobranch, unmerged, localBranch, remoteBranch }

    func color(_ slot: Slot) -> String {
        guard style.usesColor else { return "" }
        switch slot {
        case .added, .localBranch: return "\u{1b}[32m"
        case .changed, .untracked, .nobranch, .unmerged, .remoteBranch: return "\u{1b}[31m"
        case .branch: return ""
        }
    }

    var reset: String { style.usesColor ? "\u{1b}[m" : "" }

    mutating func append(_ string: String) { text.append(contentsOf: string.utf8) }
    mutating func append(_ bytes: [UInt8]) { text.append(contentsOf: bytes) }

    /// A path as this format shows it.
    func shown(_ path: GitPath, quotingSpaces: Bool) -> [UInt8] {
        let isRelative = style.isRelative && style.format != .porcelain
        var bytes = path.bytes
        if isRelative {
            let isDirectory = bytes.last == UInt8(ascii: "/")
            let plain = isDirectory ? GitPath(bytes.dropLast()) : path
            bytes = (try? context.relativeToWorkingDirectory(plain)) ?? bytes
            if isDirectory, bytes.last != UInt8(ascii: "/") { bytes.append(UInt8(ascii: "/")) }
        }
        if style.isNulTerminated { return path.bytes }
        let quoted = context.quoted(bytes)
        if quotingSpaces, quoted == bytes, bytes.contains(UInt8(ascii: " ")) {
            return [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        }
        return quoted
    }
}
