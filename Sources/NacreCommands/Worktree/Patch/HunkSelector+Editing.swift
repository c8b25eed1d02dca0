internal import Bytes
internal import GitRepository
internal import SystemPackage

/// Hunks that a person changes before they are chosen.
extension HunkSelector {
    /// Lets the person edit a hunk; false where it is left as it was.
    func edit(_ file: inout SelectableFile, _ place: Place) throws -> Bool {
        let (repository, _) = try context.repositoryWithWorkTree()
        let position = place.index - (file.hasModeChange ? 1 : 0)
        let original = file.hunks[position]
        let path = repository.gitDirectory.appending("addp-hunk-edit.diff")
        defer { _ = try? Files.remove(path) }
        let signs = mode.isReverse ? ("+", "-") : ("-", "+")
        let text =
            Array("# Manual hunk edit mode -- see bottom for a quick guide.\n".utf8) + original.text()
            + Array(
                """
                # ---
                # To remove '\(signs.0)' lines, make them ' ' lines (context).
                # To remove '\(signs.1)' lines, delete them.
                # Lines starting with # will be removed.
                # If the patch applies cleanly, the edited hunk will immediately be marked for \(mode.purpose).
                # If it does not apply cleanly, you will be given an opportunity to
                # edit again.  If all lines of the hunk are removed, then the edit is
                # aborted and the hunk is left unchanged.

                """.utf8)
        while true {
            try TemporaryFile.replace(path, with: text, synchronizing: false)
            try context.edit(path)
            guard let edited = Self.read(try Files.read(path), original) else { return false }
            var trial = file
            for index in trial.hunks.indices where index != position { trial.hunks[index].choice = .skip }
            trial.modeChoice = .skip
            trial.hunks[position] = edited
            trial.hunks[position].choice = .use
            if try check(trial.patch(isReverse: mode.isReverse)) {
                file.hunks[position] = edited
                return true
            }
            guard confirms("Your edited hunk does not apply. Edit again (saying \"no\" discards!) [y/n]? ") else {
                return false
            }
        }
    }

    /// What the editor left; nil where that is nothing.
    private static func read(_ content: [UInt8], _ original: SelectableHunk) -> SelectableHunk? {
        var hunk = original
        hunk.lines = []
        var isEmpty = true
        let isEnded = content.last == 10 || content.isEmpty
        for line in content.split(separator: 10, omittingEmptySubsequences: false).dropLast(isEnded ? 1 : 0) {
            if line.first == UInt8(ascii: "#") { continue }
            isEmpty = false
            if line.starts(with: "@@".utf8) {
                if let header = SelectableFile.hunk(Array(line)) {
                    (hunk.oldStart, hunk.newStart, hunk.heading) = (header.oldStart, header.newStart, header.heading)
                }
                continue
            }
            hunk.lines.append(Array(line) + [10])
        }
        guard !isEmpty else { return nil }
        hunk.delta = original.delta + (hunk.newCount - hunk.oldCount) - (original.newCount - original.oldCount)
        return hunk
    }
}
