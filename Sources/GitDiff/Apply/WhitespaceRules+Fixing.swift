extension WhitespaceRules {
    /// What is wrong with a line that a patch adds, in Git's words; nil where nothing is.
    public func complaint(about line: ArraySlice<UInt8>) -> String? {
        let errors = errors(in: line)
        return errors.isEmpty ? nil : errors.text
    }

    /// The line without its errors.
    ///
    /// - Returns: the line, and whether anything was wrong with it.
    public func fixed(_ line: ArraySlice<UInt8>) -> (line: [UInt8], isChanged: Bool) {
        var text = line
        var hasReturn = false
        var hasNewline = false
        var isChanged = false
        if trailingSpace {
            if text.last == 10 {
                hasNewline = true
                text = text.dropLast()
                if text.last == 13 {
                    hasReturn = allowsCarriageReturn
                    text = text.dropLast()
                    if !hasReturn { isChanged = true }
                }
            }
            while let last = text.last, Whitespace.isSpace(last) {
                text = text.dropLast()
                isChanged = true
            }
        }
        var result: [UInt8] = []
        if let fixedIndent = fixIndent(text) {
            result = fixedIndent.indent
            text = text[fixedIndent.end...]
            isChanged = true
        }
        result += text
        if hasReturn { result.append(13) }
        if hasNewline { result.append(10) }
        return (result, isChanged)
    }

    /// The indentation as the rules want it; nil where it is so already.
    private func fixIndent(_ line: ArraySlice<UInt8>) -> (indent: [UInt8], end: Int)? {
        var lastTab = -1
        var lastSpace = -1
        var needsFix = false
        var end = line.startIndex
        while end < line.endIndex {
            if line[end] == 9 {
                lastTab = end
                if spaceBeforeTab && lastSpace >= 0 { needsFix = true }
            } else if line[end] == 32 {
                lastSpace = end
                let since = end - max(lastTab + 1, line.startIndex)
                if indentWithSpaces && tabWidth <= since + 1 { needsFix = true }
            } else {
                break
            }
            end += 1
        }
        if tabInIndent && lastTab >= 0 {
            var indent: [UInt8] = []
            for byte in line[..<(lastTab + 1)] {
                if byte == 9 {
                    repeat { indent.append(32) } while indent.count % tabWidth != 0
                } else {
                    indent.append(byte)
                }
            }
            return (indent, lastTab + 1)
        }
        guard needsFix else { return nil }
        let stop = indentWithSpaces ? end : lastTab + 1
        var indent: [UInt8] = []
        var spaces = 0
        for byte in line[..<stop] {
            if byte == 32 {
                spaces += 1
                if spaces == tabWidth {
                    indent.append(9)
                    spaces = 0
                }
            } else {
                indent.append(byte)
                spaces = 0
            }
        }
        return (indent + [UInt8](repeating: 32, count: spaces), stop)
    }
}
