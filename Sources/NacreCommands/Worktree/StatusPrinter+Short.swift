internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree

extension StatusPrinter {
    private var end: [UInt8] { [style.isNulTerminated ? 0 : 10] }

    mutating func printShort() throws {
        if style.showsBranch { try printBranchLine() }
        for item in report.items {
            if item.conflict != 0 {
                append(color(.unmerged) + StatusPrinter.conflictLetters(item.conflict) + reset + " ")
            } else {
                append(item.staged == nil ? " " : color(.added) + letter(item.staged) + reset)
                append(item.unstaged == nil ? " " : color(.changed) + letter(unstagedLetter(item)) + reset)
                append(" ")
            }
            if let origin = item.origin {
                if style.isNulTerminated {
                    append(item.path.bytes + [0] + origin.bytes + [0])
                } else {
                    append(shown(origin, quotingSpaces: true) + Array(" -> ".utf8))
                    append(shown(item.path, quotingSpaces: true) + [10])
                }
                continue
            }
            append(shown(item.path, quotingSpaces: true) + end)
        }
        for path in report.untracked {
            append(color(.untracked) + "??" + reset + " ")
            append(shown(path, quotingSpaces: true) + end)
        }
        for path in report.ignored {
            append(color(.untracked) + "!!" + reset + " ")
            append(shown(path, quotingSpaces: true) + end)
        }
    }

    /// For people, a nested repository that is dirty only inside has letters of its own.
    private func unstagedLetter(_ item: StatusReport.Item) -> UInt8? {
        guard style.format == .short, let nested = item.nested, !nested.hasNewCommit else { return item.unstaged }
        if nested.hasModifications { return UInt8(ascii: "m") }
        return nested.hasUntracked ? UInt8(ascii: "?") : item.unstaged
    }

    private func letter(_ byte: UInt8?) -> String { String(UnicodeScalar(byte ?? 32)) }

    static func conflictLetters(_ sides: Int) -> String {
        switch sides {
        case 1: "DD"
        case 2: "AU"
        case 3: "UD"
        case 4: "UA"
        case 5: "DU"
        case 6: "AA"
        default: "UU"
        }
    }

    private mutating func printBranchLine() throws {
        append("## ")
        defer { append(end) }
        guard let branch = report.state.branchName else {
            append(color(.nobranch) + "HEAD (no branch)" + reset)
            return
        }
        if report.state.head == nil { append("No commits yet on ") }
        append(color(.localBranch) + branch + reset)
        guard let tracking = try BranchTracking(context, report.state, counting: style.showsAheadBehind) else { return }
        append("..." + color(.remoteBranch) + tracking.upstream + reset)
        guard let counts = tracking.counts else {
            append(" [" + color(.nobranch) + "gone" + reset + "]")
            return
        }
        if counts == (0, 0) { return }
        if !style.showsAheadBehind {
            append(" [different]")
            return
        }
        var parts: [String] = []
        if counts.ahead > 0 { parts.append("ahead " + color(.localBranch) + "\(counts.ahead)" + reset) }
        if counts.behind > 0 { parts.append("behind " + color(.remoteBranch) + "\(counts.behind)" + reset) }
        append(" [" + parts.joined(separator: ", ") + "]")
    }

    // MARK: Version 2

    mutating func printV2() throws {
        if style.showsBranch { try printV2Branch() }
        if style.showsStash, let count = try? context.stashCount(), count > 0 {
            append("# stash \(count)"); append(end)
        }
        for item in report.items where item.conflict == 0 { printV2(item) }
        for item in report.items where item.conflict != 0 { printV2Conflict(item) }
        for path in report.untracked { append(Array("? ".utf8) + shown(path, quotingSpaces: false) + end) }
        for path in report.ignored { append(Array("! ".utf8) + shown(path, quotingSpaces: false) + end) }
    }

    private mutating func printV2Branch() throws {
        append("# branch.oid \(report.state.head?.hex ?? "(initial)")")
        append(end)
        append("# branch.head \(report.state.branchName ?? "(detached)")")
        append(end)
        guard let tracking = try BranchTracking(context, report.state, counting: style.showsAheadBehind) else { return }
        append("# branch.upstream \(tracking.upstream)")
        append(end)
        guard let counts = tracking.counts, report.state.head != nil else { return }
        if style.showsAheadBehind || counts == (0, 0) {
            append("# branch.ab +\(counts.ahead) -\(counts.behind)")
        } else {
            append("# branch.ab +? -?")
        }
        append(end)
    }

    private static func nested(_ item: StatusReport.Item) -> String {
        guard let nested = item.nested else {
            return item.indexMode == .gitlink || item.fileMode == .gitlink || item.headMode == .gitlink
                ? "S..." : "N..."
        }
        return "S" + (nested.hasNewCommit ? "C" : ".") + (nested.hasModifications ? "M" : ".")
            + (nested.hasUntracked ? "U" : ".")
    }

    private mutating func printV2(_ item: StatusReport.Item) {
        let zero = String(repeating: "0", count: report.zero.algorithm.hexCount)
        let isRename = item.origin != nil
        append(isRename ? "2 " : "1 ")
        append(
            "\(item.staged.map { String(UnicodeScalar($0)) } ?? ".")\(item.unstaged.map { String(UnicodeScalar($0)) } ?? ".") "
        )
        append(StatusPrinter.nested(item) + " ")
        let none = "000000"
        append("\(item.headMode?.octal ?? none) \(item.indexMode?.octal ?? none) \(item.fileMode?.octal ?? none) ")
        append("\(item.headID?.hex ?? zero) \(item.indexID?.hex ?? zero) ")
        if let origin = item.origin {
            let letter = String(UnicodeScalar(item.staged ?? UInt8(ascii: "R")))
            append("\(letter)\(item.score) ")
            append(shown(item.path, quotingSpaces: false) + [style.isNulTerminated ? 0 : 9])
            append(shown(origin, quotingSpaces: false) + end)
            return
        }
        append(shown(item.path, quotingSpaces: false) + end)
    }

    private mutating func printV2Conflict(_ item: StatusReport.Item) {
        let zero = String(repeating: "0", count: report.zero.algorithm.hexCount)
        append("u \(StatusPrinter.conflictLetters(item.conflict)) \(StatusPrinter.nested(item)) ")
        for side in item.sides { append("\(side?.mode.octal ?? "000000") ") }
        append("\(item.fileMode?.octal ?? "000000") ")
        for side in item.sides { append("\(side?.id.hex ?? zero) ") }
        append(shown(item.path, quotingSpaces: false) + end)
    }
}
