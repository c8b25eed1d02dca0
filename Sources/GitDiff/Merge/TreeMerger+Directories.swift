internal import GitObjects

extension TreeMerger {
    /// How many files of each removed directory went where.
    func directoryCounts(_ entries: [DiffEntry], _ side: Int) -> [GitPath: [GitPath: Int]] {
        var counts: [GitPath: [GitPath: Int]] = [:]
        for entry in entries where entry.status == .renamed {
            var old = entry.old.path
            var new = entry.new.path
            var isFirst = true
            while let from = old.parent, let to = new.parent {
                // Above the file's own directory, both have to have lost the same name.
                if !isFirst, !old.name.elementsEqual(new.name) { break }
                let relevance = removedDirectories[side][from] ?? .none
                if relevance == .own { counts[from, default: [:]][to, default: 0] += 1 }
                isFirst = false
                if relevance == .none || from.isRoot || to.isRoot { break }
                old = from
                new = to
            }
        }
        return counts
    }

    /// Where each directory went: where most of its files did.
    func directoryMoves(_ counts: [GitPath: [GitPath: Int]], _ side: Int) -> [GitPath: GitPath] {
        var moves: [GitPath: GitPath] = [:]
        for (directory, targets) in counts {
            let most = targets.values.max() ?? 0
            let best = targets.filter { $0.value == most }
            guard most > 0 else { continue }
            guard best.count == 1, let target = best.first?.key else {
                say(
                    "CONFLICT (directory rename unclear)", [directory],
                    "CONFLICT (directory rename split): Unclear where to rename \(directory) to; it was renamed to multiple "
                        + "other directories, with no destination getting a majority of the files.")
                isClean = false
                continue
            }
            if target != directory { moves[directory] = target }
        }
        return moves
    }

    /// Files that would be put in the same place.
    struct Collision {
        var sources: [GitPath] = []
        var isReported = false
    }

    private func nearestMove(_ path: GitPath, _ moves: [GitPath: GitPath]) -> (from: GitPath, to: GitPath)? {
        var directory = path.parent
        while let current = directory {
            if let target = moves[current] { return (current, target) }
            directory = current.parent
        }
        return nil
    }

    private func moved(_ path: GitPath, _ move: (from: GitPath, to: GitPath)) -> GitPath {
        let rest = move.from.isRoot ? path.bytes[...] : path.bytes[(move.from.bytes.count + 1)...]
        return move.to.appending(rest)
    }

    func collisionTargets(_ entries: [DiffEntry], _ moves: [GitPath: GitPath]) -> [GitPath: Collision] {
        var result: [GitPath: Collision] = [:]
        guard !moves.isEmpty else { return result }
        for entry in entries where entry.status == .added || entry.status == .renamed {
            guard let move = nearestMove(entry.new.path, moves) else { continue }
            result[moved(entry.new.path, move), default: Collision()].sources.append(entry.new.path)
        }
        return result
    }

    /// Where a path goes because the other side moved a directory above it; nil: it stays.
    func redirect(
        _ path: GitPath, _ side: Int, moves: [GitPath: GitPath], exclusions: [GitPath: GitPath],
        _ collisions: inout [[GitPath: Collision]]
    ) -> GitPath? {
        guard !moves.isEmpty, collisions[2 - side][path] == nil, let move = nearestMove(path, moves) else { return nil }
        if exclusions[move.to] != nil {
            say(
                "Directory rename skipped since directory was renamed on both sides", [move.from, path, move.to],
                "WARNING: Avoiding applying \(move.from) -> \(move.to) rename to \(path), because \(move.to) itself was "
                    + "renamed.")
            return nil
        }
        let target = moved(path, move)
        guard let collision = collisions[side - 1][target] else { return target }
        if collision.isReported {
            isClean = false
            return nil
        }
        let isInTheWay = infos[target].map { $0.isResolved || (1 << side) & ($0.files | $0.directories) != 0 } ?? false
        let sources = collision.sources.map { "\($0)" }.joined(separator: ", ")
        if isInTheWay {
            collisions[side - 1][target]?.isReported = true
            say(
                "CONFLICT (implicit dir rename)", [target] + collision.sources,
                "CONFLICT (implicit dir rename): Existing file/dir at \(target) in the way of implicit directory rename(s) "
                    + "putting the following path(s) there: \(sources).")
        } else if collision.sources.count > 1 {
            collisions[side - 1][target]?.isReported = true
            say(
                "CONFLICT (implicit dir rename)", [target] + collision.sources,
                "CONFLICT (implicit dir rename): Cannot map more than one path to \(target); implicit directory renames "
                    + "tried to put these paths there: \(sources)")
        } else {
            return target
        }
        isClean = false
        return nil
    }

    /// Moves an added or renamed file to where the other side moved its directory.
    func move(_ rename: inout Rename, to target: GitPath) {
        let path = rename.entry.new.path
        guard let info = infos[path] else { return }
        let side = rename.side
        let version = info.versions[side]
        let other = branch(3 - side)
        info.files &= ~(1 << side)
        info.versions[side] = none
        info.matches = 0
        if info.files == 0 && info.directories == 0 {
            info.isResolved = true
            record(path, none)
        }
        info.isFileAndDirectory = info.files != 0 && info.directories != 0
        let new: Info
        if let existing = infos[target] {
            new = existing
        } else {
            new = Info(versions: [none, none, none], path: target, files: 0, directories: 0, matches: 0)
            infos[target] = new
        }
        new.isResolved = false
        new.versions[side] = version
        new.files |= 1 << side
        new.matches = 0
        new.paths[side] = path
        new.isFileAndDirectory = new.files != 0 && new.directories != 0
        let isAdded = rename.entry.status == .added
        if options.directoryRenames == .conflict {
            new.isPathConflict = true
            let text =
                isAdded
                ? "CONFLICT (file location): \(path) added in \(branch(side)) inside a directory that was renamed in \(other), "
                    + "suggesting it should perhaps be moved to \(target)."
                : "CONFLICT (file location): \(rename.entry.old.path) renamed to \(path) in \(branch(side)), inside a directory "
                    + "that was renamed in \(other), suggesting it should perhaps be moved to \(target)."
            say("CONFLICT (file location)", isAdded ? [target, path] : [target, rename.entry.old.path, path], text)
        } else {
            let text =
                isAdded
                ? "Path updated: \(path) added in \(branch(side)) inside a directory that was renamed in \(other); moving it to "
                    + "\(target)."
                : "Path updated: \(rename.entry.old.path) renamed to \(path) in \(branch(side)), inside a directory that was "
                    + "renamed in \(other); moving it to \(target)."
            say(
                "Path updated due to directory rename",
                isAdded ? [target, path] : [target, rename.entry.old.path, path], text)
        }
        rename.entry.new.path = target
    }
}
