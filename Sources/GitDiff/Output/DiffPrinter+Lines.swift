internal import Bytes
internal import GitObjects

extension DiffPrinter {
    /// Shows an entry by the user's own program, where there is one.
    mutating func showExternally(_ entry: DiffEntry) throws(DiffError) -> Bool {
        guard source.hasExternalPrograms else { return false }
        if movedLines != nil { return false }
        flush()
        var metadata: [UInt8] = []
        if entry.status == .renamed || entry.status == .copied {
            for line in try header(entry, entry, isBinary: false).lines.dropFirst()
            where !line.starts(with: "old mode ".utf8) && !line.starts(with: "new mode ".utf8) {
                metadata += line + [10]
            }
        }
        guard try source.showExternally(entry, metadata: metadata, position: position) else { return false }
        position.index += 1
        foundChanges = true
        return true
    }

    /// A line of a patch in a diff of patches: its own sign has one colour, the sign of the outer diff another.
    mutating func printPatchLine(_ kind: DiffOptions.LineKind, _ line: ArraySlice<UInt8>) {
        guard let colors else { return }
        let first = line.first ?? 0
        let isBold = kind == .new
        let inner: String =
            switch (first, kind) {
            case (UInt8(ascii: "@"), _): colors.fragment
            case (UInt8(ascii: "+"), .context): colors.new
            case (UInt8(ascii: "-"), .context): colors.old
            case (_, .context): colors.context
            case (UInt8(ascii: "+"), _): isBold ? colors.newBold : colors.newDimmed
            case (UInt8(ascii: "-"), _): isBold ? colors.oldBold : colors.oldDimmed
            default: isBold ? colors.contextBold : colors.contextDimmed
            }
        output += options.linePrefix
        let text = line.last == 10 ? line.dropLast() : line
        if kind == .context {
            write(inner)
            output.append(options.indicators.context)
        } else {
            let outer = kind == .new ? colors.new : colors.old
            write(colors.reverse + outer)
            output.append(kind == .new ? options.indicators.new : options.indicators.old)
            if !text.isEmpty { write((inner == outer ? "" : colors.reset) + inner) }
        }
        output += text
        write(colors.reset)
        output.append(10)
    }

    /// Notes a line for the search for those that moved.
    mutating func gather(_ kind: DiffOptions.LineKind, _ line: ArraySlice<UInt8>, _ check: WhitespaceCheck?) {
        let width = check?.rules.tabWidth ?? 8
        switch kind {
        case .context: movedLines?.addBreak()
        case .old: movedLines?.add(.old, line.withoutNewline, tabWidth: width)
        case .new: movedLines?.add(.new, line.withoutNewline, tabWidth: width)
        }
        if line.last != 10 { movedLines?.addBreak() }
    }

    /// The colour of the next line that came or went: its own where it moved.
    mutating func markedColor(_ kind: DiffOptions.LineKind) -> String? {
        guard let colors else { return nil }
        let isNew = kind == .new
        let plain = isNew ? colors.new : colors.old
        guard let mark = marks.popLast(), mark.contains(.moved) else { return plain }
        switch (mark.contains(.alternative), mark.contains(.dimmed)) {
        case (true, true): return isNew ? colors.newMovedAlternativeDimmed : colors.oldMovedAlternativeDimmed
        case (true, false): return isNew ? colors.newMovedAlternative : colors.oldMovedAlternative
        case (false, true): return isNew ? colors.newMovedDimmed : colors.oldMovedDimmed
        case (false, false): return isNew ? colors.newMoved : colors.oldMoved
        }
    }
}
