internal import Bytes
internal import GitObjects
internal import SystemPackage

extension RevisionResolver {
    /// Says what is wrong with a revision that names nothing, where more can be said than that.
    ///
    /// - Throws: ``RevisionError`` with the reason; returns where there is none.
    public func diagnose(_ text: String) throws {
        if text.hasPrefix(":") {
            // `:(icase)x` and the like are pathspecs.
            guard let next = text.dropFirst().first, next.isASCII, next.isLetter || next.isNumber else { return }
            return try diagnoseIndexPath(text)
        }
        guard let colon = text.firstIndex(of: ":") else { return }
        let name = String(text[..<colon])
        guard let id = try find(name, hint: .treeish)?.id, let tree = try peel(id, to: .tree) else {
            throw RevisionError.invalid("invalid object name '\(name)'.")
        }
        let given = text[text.index(after: colon)...]
        let path = (relative(given) ?? GitPath(given)).description
        if stands(path) { throw RevisionError.invalid("path '\(path)' exists on disk, but not in '\(name)'") }
        if let full = belowPrefix(path), try entry(GitPath(full), in: tree) != nil {
            throw RevisionError.invalid(
                "path '\(full)' exists, but not '\(path)'\n"
                    + "hint: Did you mean '\(name):\(full)' aka '\(name):./\(path)'?")
        }
        throw RevisionError.noPath(path: path, tree: name)
    }

    private func diagnoseIndexPath(_ text: String) throws {
        var given = text.dropFirst()
        var stage = 0
        if let digit = given.utf8.first, digit >= 0x30, digit <= 0x33, given.dropFirst().hasPrefix(":") {
            stage = Int(digit - 0x30)
            given = given.dropFirst(2)
        }
        let path = (relative(given) ?? GitPath(given)).description
        func stageInIndex(of path: String) throws -> Int? {
            for other in 0...3 where try indexLookup?(GitPath(path), other) != nil { return other }
            return nil
        }
        if let other = try stageInIndex(of: path) {
            throw RevisionError.invalid(
                "path '\(path)' is in the index, but not at stage \(stage)\nhint: Did you mean ':\(other):\(path)'?")
        }
        if let full = belowPrefix(path), let other = try stageInIndex(of: full) {
            throw RevisionError.invalid(
                "path '\(full)' is in the index, but not '\(path)'\n"
                    + "hint: Did you mean ':\(other):\(full)' aka ':\(other):./\(path)'?")
        }
        if stands(path) { throw RevisionError.invalid("path '\(path)' exists on disk, but not in the index") }
        throw RevisionError.invalid("path '\(path)' does not exist (neither on disk nor in the index)")
    }

    /// The path as seen from the top, where it was meant from the working directory.
    private func belowPrefix(_ path: String) -> String? { prefix.isRoot ? nil : "\(prefix)/\(path)" }

    private func stands(_ path: String) -> Bool {
        guard let top = repository.workTree else { return false }
        guard let status = (try? FileStatus.of(top.appending(bytes: Array(path.utf8)))) ?? nil else { return false }
        return !path.hasSuffix("/") || status.kind == .directory
    }
}
