internal import GitObjects

extension PatchParser {
    /// The header that begins with `diff --git`; nil where nothing of a header follows that line.
    mutating func gitHeader() throws(PatchError) -> FilePatch? {
        var patch = FilePatch()
        patch.isRelativeToTop = true
        let firstEnd = lineEnd(position)
        let fallback = commonName(position + 11, firstEnd)
        advance(to: firstEnd)
        let headerStart = position
        while position < input.count {
            let end = lineEnd(position)
            guard input[end - 1] == 10, try headerLine(end, fallback, &patch) else { break }
            advance(to: end)
        }
        if position == headerStart { return nil }
        if patch.oldName == nil, patch.newName == nil, patch.isNew == false, patch.isDeleted == false {
            guard let fallback else { throw .noName(line: line, stripping: options.stripCount) }
            patch.oldName = fallback
            patch.newName = fallback
        }
        if patch.isNew == true, patch.newName == nil {
            guard let fallback else { throw .noName(line: line, stripping: options.stripCount) }
            patch.newName = fallback
        }
        if patch.isDeleted == true, patch.oldName == nil {
            guard let fallback else { throw .noName(line: line, stripping: options.stripCount) }
            patch.oldName = fallback
        }
        if (patch.newName == nil && patch.isDeleted == false) || (patch.oldName == nil && patch.isNew == false) {
            throw .noName(line: line, stripping: nil)
        }
        return patch
    }

    /// Takes in one line of a header; false where it is none, so that the header ends before it.
    private func headerLine(_ end: Int, _ fallback: GitPath?, _ patch: inout FilePatch) throws(PatchError) -> Bool {
        func rest(_ prefix: StaticString) -> ArraySlice<UInt8>? {
            guard starts(prefix, at: position) else { return nil }
            return input[(position + prefix.utf8CodeUnitCount)..<(end - 1)]
        }
        if starts("@@ -", at: position) { return false }
        if let name = rest("--- ") {
            try check(name, against: &patch.oldName, mustBeNothing: patch.isNew == true, isNew: false)
        } else if let name = rest("+++ ") {
            try check(name, against: &patch.newName, mustBeNothing: patch.isDeleted == true, isNew: true)
        } else if let text = rest("old mode ") {
            patch.oldMode = try mode(text)
        } else if let text = rest("new mode ") {
            patch.newMode = try mode(text)
        } else if let text = rest("deleted file mode ") {
            patch.isDeleted = true
            patch.newName = nil
            patch.oldName = patch.oldName ?? fallback
            patch.oldMode = try mode(text)
        } else if let text = rest("new file mode ") {
            patch.isNew = true
            patch.oldName = nil
            patch.newName = patch.newName ?? fallback
            patch.newMode = try mode(text)
        } else if let name = rest("copy from ") {
            patch.isCopy = true
            patch.oldName = self.name(name, stripping: options.stripCount - 1)
        } else if let name = rest("copy to ") {
            patch.isCopy = true
            patch.newName = self.name(name, stripping: options.stripCount - 1)
        } else if let name = rest("rename from ") ?? rest("rename old ") {
            patch.isRename = true
            patch.oldName = self.name(name, stripping: options.stripCount - 1)
        } else if let name = rest("rename to ") ?? rest("rename new ") {
            patch.isRename = true
            patch.newName = self.name(name, stripping: options.stripCount - 1)
        } else if let text = rest("similarity index ") {
            patch.score = score(text)
        } else if let text = rest("dissimilarity index ") {
            patch.score = score(text)
            patch.isRewrite = true
        } else if let text = rest("index ") {
            index(text, &patch)
        } else {
            return false
        }
        return true
    }

    private func score(_ text: ArraySlice<UInt8>) -> Int {
        let value = Int(String(decoding: text.prefix { $0 &- 0x30 < 10 }, as: UTF8.self)) ?? 0
        return value <= 100 ? value : 0
    }

    private func mode(_ text: ArraySlice<UInt8>) throws(PatchError) -> FileMode {
        let digits = String(decoding: text.prefix { $0 != 32 && $0 != 13 }, as: UTF8.self)
        guard let number = UInt32(digits, radix: 8), let mode = FileMode(canonical: number) else {
            throw .invalidMode(line: line, text: String(decoding: text, as: UTF8.self))
        }
        return mode
    }

    /// `1234..5678 100644`.
    private func index(_ text: ArraySlice<UInt8>, _ patch: inout FilePatch) {
        let words = text.split(separator: 32, maxSplits: 1)
        guard let ids = words.first else { return }
        guard let dots = ids.indices.dropLast().first(where: { ids[$0] == 0x2e && ids[$0 + 1] == 0x2e }) else { return }
        let old = ids[..<dots]
        let new = ids[(dots + 2)...]
        guard old.count <= 64, new.count <= 64 else { return }
        patch.oldID = Array(old)
        patch.newID = Array(new)
        if words.count > 1, let number = UInt32(String(decoding: words[1].prefix { $0 != 13 }, as: UTF8.self), radix: 8)
        {
            let mode = FileMode(canonical: number)
            if patch.oldMode == nil { patch.oldMode = mode }
        }
    }

    /// A `---` or `+++` line has to agree with what is known.
    private func check(
        _ text: ArraySlice<UInt8>, against known: inout GitPath?, mustBeNothing: Bool, isNew: Bool
    ) throws(PatchError) {
        let isNothing = isNothing(text)
        if known == nil, !mustBeNothing, !isNothing {
            known = name(text, stripping: options.stripCount, endsAtTab: true)
            return
        }
        if let known {
            guard !mustBeNothing, !isNothing else {
                throw .expectedNothing(line: line, got: mustBeNothing ? "\(known)" : "")
            }
            guard name(text, stripping: options.stripCount, endsAtTab: true) == known else {
                throw .inconsistentName(line: line, isNew: isNew)
            }
            return
        }
        if !isNothing { throw .expectedNothing(line: line, got: "") }
    }

    private func isNothing(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.starts(with: "/dev/null".utf8) else { return false }
        let rest = text.dropFirst(9)
        return rest.isEmpty || rest.first == 9 || rest.first == 32 || rest.first == 13
    }

    // MARK: Names

    /// A name with its leading components taken off and the directory put before it; nil where nothing is left.
    func name(_ text: ArraySlice<UInt8>, stripping count: Int, endsAtTab: Bool = false) -> GitPath? {
        var bytes: [UInt8]
        if text.first == UInt8(ascii: "\"") {
            var end = text.startIndex + 1
            while end < text.endIndex, text[end] != UInt8(ascii: "\"") {
                end += text[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard end < text.endIndex, let unquoted = GitPath.unquote(text[...end]) else { return nil }
            bytes = unquoted
        } else {
            bytes = Array(endsAtTab ? text.prefix { $0 != 9 } : text)
        }
        return strip(bytes[...], max(count, 0))
    }

    private func strip(_ text: ArraySlice<UInt8>, _ count: Int) -> GitPath? {
        var rest = text
        for _ in 0..<count {
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            rest = rest[slash...].drop { $0 == UInt8(ascii: "/") }
        }
        guard !rest.isEmpty else { return nil }
        // Slashes that follow each other are one.
        var bytes: [UInt8] = []
        for byte in rest where !(byte == UInt8(ascii: "/") && bytes.last == byte) { bytes.append(byte) }
        return GitPath(options.directory + bytes)
    }

    /// The one name that both halves of `a/x b/x` stand for; nil where they differ.
    private func commonName(_ start: Int, _ lineEnd: Int) -> GitPath? {
        let text = input[start..<max(start, lineEnd - 1)]
        if text.first == UInt8(ascii: "\"") || text.last == UInt8(ascii: "\"") { return quotedCommonName(text) }
        for index in text.indices where text[index] == 32 || text[index] == 9 {
            guard let first = strip(text[..<index], options.stripCount),
                let second = strip(text[(index + 1)...], options.stripCount), first == second
            else { continue }
            return first
        }
        return nil
    }

    private func quotedCommonName(_ text: ArraySlice<UInt8>) -> GitPath? {
        for index in text.indices where text[index] == 32 {
            guard let first = name(text[..<index], stripping: options.stripCount),
                let second = name(text[(index + 1)...], stripping: options.stripCount), first == second
            else { continue }
            return first
        }
        return nil
    }

    // MARK: Diffs of other tools

    func traditionalHeader(_ first: Range<Int>, _ second: Range<Int>) throws(PatchError) -> FilePatch {
        var patch = FilePatch()
        patch.isNew = nil
        patch.isDeleted = nil
        let old = input[(first.lowerBound + 4)..<max(first.lowerBound + 4, first.upperBound - 1)]
        let new = input[(second.lowerBound + 4)..<max(second.lowerBound + 4, second.upperBound - 1)]
        if isNothing(old) {
            patch.isNew = true
            patch.isDeleted = false
            patch.newName = traditionalName(new)
        } else if isNothing(new) {
            patch.isNew = false
            patch.isDeleted = true
            patch.oldName = traditionalName(old)
        } else {
            let before = traditionalName(old)
            var name = traditionalName(new)
            // The shorter one is taken: the other is that of a copy, `x.orig`.
            if let before, name == nil || before.bytes.count < name?.bytes.count ?? 0 { name = before }
            if hasEpoch(old) {
                patch.isNew = true
                patch.isDeleted = false
                patch.newName = name
            } else if hasEpoch(new) {
                patch.isNew = false
                patch.isDeleted = true
                patch.oldName = name
            } else {
                patch.oldName = name
                patch.newName = name
            }
        }
        guard patch.oldName != nil || patch.newName != nil else { throw .noName(line: line, stripping: nil) }
        return patch
    }

    private func traditionalName(_ text: ArraySlice<UInt8>) -> GitPath? {
        name(text.last == 13 ? text.dropLast() : text, stripping: options.stripCount, endsAtTab: true)
    }

    /// Whether the time behind a name is the one that says "there is no such file".
    private func hasEpoch(_ text: ArraySlice<UInt8>) -> Bool {
        guard let tab = text.firstIndex(of: 9) else { return false }
        let stamp = String(decoding: text[(tab + 1)...], as: UTF8.self)
        let words = stamp.split(separator: " ")
        guard words.count == 3, words[2].count == 5 || words[2].count == 6, let sign = words[2].first,
            sign == "+" || sign == "-"
        else { return false }
        let digits = words[2].dropFirst().filter { $0 != ":" }
        guard digits.count == 4, let hours = Int(digits.prefix(2)), let minutes = Int(digits.suffix(2)) else {
            return false
        }
        let zone = (hours * 60 + minutes) * (sign == "-" ? -1 : 1)
        let clock = words[1].split(separator: ":")
        guard clock.count == 3, let hour = Int(clock[0]), let minute = Int(clock[1]),
            clock[2].allSatisfy({ $0 == "0" || $0 == "." })
        else { return false }
        let local = hour * 60 + minute
        if words[0] == "1970-01-01" { return local == zone }
        if words[0] == "1969-12-31" { return local - 1440 == zone }
        return false
    }
}
