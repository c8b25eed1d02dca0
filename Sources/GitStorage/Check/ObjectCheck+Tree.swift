internal import Bytes
internal import GitObjects

extension ObjectCheck {
    /// What was seen in the entries of a tree; reported once at the end, in Git's order.
    private struct Seen {
        var nullID = false, fullPath = false, emptyName = false, dot = false, dotdot = false, dotgit = false
        var zeroPadded = false, badMode = false, duplicate = false, unsorted = false
    }

    mutating func tree(_ content: RawSpan) {
        var seen = Seen()
        var previous: (name: [UInt8], isTree: Bool)?
        var names: Set<[UInt8]> = []
        var offset = 0
        while offset < content.byteCount {
            guard let space = content.firstIndex(of: UInt8(ascii: " "), from: offset), space > offset,
                let mode = Self.octal(content, offset..<space),
                let nul = content.firstIndex(of: 0, from: space + 1),
                let id = ObjectID(content, at: nul + 1, algorithm: algorithm)
            else {
                report(.badTree, "cannot be parsed as a tree")
                return
            }
            let name = [UInt8](content.extracting(space + 1..<nul))
            guard !name.isEmpty else {
                report(.badTree, "cannot be parsed as a tree")
                return
            }
            note(name, mode: mode, id: id, &seen)
            seen.zeroPadded = seen.zeroPadded || content[offset] == UInt8(ascii: "0")
            let isTree = mode & 0o170000 == 0o040000
            if let before = previous {
                if before.name == name {
                    seen.duplicate = true
                } else if !TreeEntry.precedes(before.name, isTree: before.isTree, name, isTree: isTree) {
                    seen.unsorted = true
                }
            }
            // A file and a folder of one name need not stand beside each other.
            if !names.insert(name).inserted { seen.duplicate = true }
            previous = (name, isTree)
            offset = nul + 1 + algorithm.byteCount
        }
        reportAll(seen)
    }

    private static func octal(_ content: RawSpan, _ range: Range<Int>) -> UInt32? {
        guard range.count < 12 else { return nil }
        var mode: UInt32 = 0
        for offset in range {
            let digit = content[offset]
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { return nil }
            mode = mode << 3 + UInt32(digit - UInt8(ascii: "0"))
        }
        return mode
    }

    private mutating func note(_ name: [UInt8], mode: UInt32, id: ObjectID, _ seen: inout Seen) {
        seen.nullID = seen.nullID || id.isZero
        seen.fullPath = seen.fullPath || name.contains(UInt8(ascii: "/"))
        seen.dot = seen.dot || name == Array(".".utf8)
        seen.dotdot = seen.dotdot || name == Array("..".utf8)
        seen.dotgit = seen.dotgit || SpecialNames.isDotGit(name)
        switch mode {
        case 0o100755, 0o100644, 0o120000, 0o040000, 0o160000: break
        case 0o100664: seen.badMode = seen.badMode || checker.isStrict
        default: seen.badMode = true
        }
        guard mode & 0o170000 == 0o120000 else { return }
        if SpecialNames.is(name, "gitmodules") { report(.gitmodulesSymlink, ".gitmodules is a symbolic link") }
        if SpecialNames.is(name, "gitattributes") {
            report(.gitattributesSymlink, ".gitattributes is a symlink")
        }
        if SpecialNames.is(name, "gitignore") { report(.gitignoreSymlink, ".gitignore is a symlink") }
        if SpecialNames.is(name, "mailmap") { report(.mailmapSymlink, ".mailmap is a symlink") }
    }

    private mutating func reportAll(_ seen: Seen) {
        if seen.nullID { report(.nullSha1, "contains entries pointing to null sha1") }
        if seen.fullPath { report(.fullPathname, "contains full pathnames") }
        if seen.emptyName { report(.emptyName, "contains empty pathname") }
        if seen.dot { report(.hasDot, "contains '.'") }
        if seen.dotdot { report(.hasDotdot, "contains '..'") }
        if seen.dotgit { report(.hasDotgit, "contains '.git'") }
        if seen.zeroPadded { report(.zeroPaddedFilemode, "contains zero-padded file modes") }
        if seen.badMode { report(.badFilemode, "contains bad file modes") }
        if seen.duplicate { report(.duplicateEntries, "contains duplicate file entries") }
        if seen.unsorted { report(.treeNotSorted, "not properly sorted") }
    }
}

/// Names that some file system takes for one of Git's own.
enum SpecialNames {
    /// Whether HFS+ or NTFS would open `.git` by this name.
    static func isDotGit(_ name: [UInt8]) -> Bool {
        for part in name.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false) {
            let lower = trimmed(part)
            if lower.elementsEqual(".git".utf8) || lower.elementsEqual("git~1".utf8) { return true }
        }
        return withoutIgnorables(name).elementsEqual(".git".utf8)
    }

    /// Whether a file system would open `.<word>` by this name (without Windows' short names of it).
    static func `is`(_ name: [UInt8], _ word: String) -> Bool {
        let wanted = Array(".\(word)".utf8)
        return trimmed(name[...]) == wanted || withoutIgnorables(name) == wanted
    }

    /// Lower case, without what NTFS passes over at the end: spaces, dots, and a stream's name.
    private static func trimmed(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var name = name.prefix { $0 != UInt8(ascii: ":") }
        while let last = name.last, last == UInt8(ascii: " ") || last == UInt8(ascii: ".") { name.removeLast() }
        return lower(name)
    }

    private static func lower(_ name: some Collection<UInt8>) -> [UInt8] {
        name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Lower case, without the code points that HFS+ passes over.
    private static func withoutIgnorables(_ name: [UInt8]) -> [UInt8] {
        guard name.contains(where: { $0 >= 0x80 }) else { return lower(name) }
        var result: [UInt8] = []
        var offset = 0
        while offset < name.count {
            if offset + 2 < name.count {
                switch (name[offset], name[offset + 1], name[offset + 2]) {
                case (0xe2, 0x80, 0x8c...0x8f), (0xe2, 0x80, 0xaa...0xae), (0xe2, 0x81, 0xaa...0xaf),
                    (0xef, 0xbb, 0xbf):
                    offset += 3
                    continue
                default: break
                }
            }
            result.append(name[offset])
            offset += 1
        }
        return lower(result)
    }
}
