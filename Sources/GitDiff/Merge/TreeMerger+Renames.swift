internal import GitObjects

extension TreeMerger {
    /// Finds the renames of both sides, and puts the versions of a path that has two names together.
    func applyRenames() throws(DiffError) {
        var found: [[DiffEntry]] = [[], [], []]
        var moves: [[GitPath: GitPath]] = [[:], [:], [:]]
        var counts: [[GitPath: [GitPath: Int]]] = [[:], [:], [:]]
        for side in 1...2 {
            guard !relevant[side].isEmpty else {
                found[side] = pairs[side]
                continue
            }
            let guide = DirectoryGuide(relevant: relevant[side])
            var renames = options.renames
            renames.detection = .renames
            found[side] = try RenameDetector.detect(
                pairs[side], source: source, options: renames, guide: guide
            ).entries
            counts[side] = directoryCounts(found[side], side)
        }
        if options.directoryRenames != .ignore && options.depth == 0 || options.directoryRenames == .follow {
            for side in 1...2 { moves[side] = directoryMoves(counts[side], side) }
            // A directory that both sides moved says nothing.
            for directory in moves[1].keys where moves[2][directory] != nil {
                moves[1][directory] = nil
                moves[2][directory] = nil
            }
        }
        var renames: [Rename] = []
        var collisions = [collisionTargets(found[1], moves[2]), collisionTargets(found[2], moves[1])]
        for side in 1...2 {
            for entry in found[side] where entry.status == .added || entry.status == .renamed {
                var rename = Rename(entry: entry, side: side)
                let target = redirect(
                    entry.new.path, side, moves: moves[3 - side], exclusions: moves[side], &collisions)
                guard target != nil || entry.status == .renamed else { continue }
                if let target { move(&rename, to: target) }
                renames.append(rename)
            }
        }
        renames.sort { a, b in
            a.entry.old.path == b.entry.old.path ? a.side < b.side : a.entry.old.path < b.entry.old.path
        }
        try process(renames.filter { $0.entry.status == .renamed })
    }

    private func process(_ renames: [Rename]) throws(DiffError) {
        var index = 0
        while index < renames.count {
            let rename = renames[index]
            index += 1
            guard let old = infos[rename.entry.old.path], !old.isResolved else { continue }
            if index < renames.count, renames[index].entry.old.path == rename.entry.old.path {
                try processBoth(rename, renames[index], old)
                index += 1
                continue
            }
            guard let new = infos[rename.entry.new.path] else { continue }
            try process(rename, old, new)
        }
    }

    /// Both sides renamed a file.
    private func processBoth(_ first: Rename, _ second: Rename, _ base: Info) throws(DiffError) {
        let paths = [first.entry.old.path, first.entry.new.path, second.entry.new.path]
        guard let ours = infos[paths[1]], let theirs = infos[paths[2]] else { return }
        if paths[1] == paths[2] {
            ours.versions[0] = base.versions[0]
            ours.files |= 1
            ours.matches = 0
            ours.paths[0] = paths[0]
            base.isResolved = true
            record(paths[0], none)
            return
        }
        let merged = try mergeContents(
            paths[0], base.versions[0], ours.versions[1], theirs.versions[2], paths, extraMarkers: 1 + 2 * options.depth
        )
        // A file that cannot be merged keeps its own content in both places.
        let keepsOwn = !merged.isClean && merged.version == ours.versions[1]
        ours.versions[1] = merged.version
        if !keepsOwn { theirs.versions[2] = merged.version }
        base.isPathConflict = true
        ours.isPathConflict = true
        theirs.isPathConflict = true
        say(
            "CONFLICT (rename/rename)", paths,
            "CONFLICT (rename/rename): \(paths[0]) renamed to \(paths[1]) in \(options.ours) and to \(paths[2]) in "
                + "\(options.theirs).")
    }

    /// One side renamed a file.
    private func process(_ rename: Rename, _ old: Info, _ new: Info) throws(DiffError) {
        let oldPath = rename.entry.old.path
        let newPath = rename.entry.new.path
        let other = 3 - rename.side
        let otherBit = 1 << other
        let isSourceDeleted = old.files == 1
        var isCollision = new.files & otherBit != 0
        let isTypeChanged =
            !isSourceDeleted && old.versions[other].mode?.isRegular != new.versions[rename.side].mode?.isRegular
        if isTypeChanged && isCollision { isCollision = false }
        new.matches = 0
        if isCollision && !isSourceDeleted {
            var paths = [oldPath, oldPath, oldPath]
            paths[rename.side] = newPath
            var versions = [old.versions[0], old.versions[1], old.versions[2]]
            versions[rename.side] = new.versions[rename.side]
            let merged = try mergeContents(
                oldPath, versions[0], versions[1], versions[2], paths, extraMarkers: 1 + 2 * options.depth)
            new.versions[rename.side] = merged.version
            if !merged.isClean {
                say(
                    "CONFLICT (rename involved in collision)", [newPath, oldPath],
                    "CONFLICT (rename involved in collision): rename of \(oldPath) -> \(newPath) has content conflicts AND "
                        + "collides with another path; this may result in nested conflict markers.")
            }
        } else if isCollision {
            new.isPathConflict = true
            sayRenameDeleted(oldPath, newPath, rename.side)
        } else {
            new.versions[0] = old.versions[0]
            new.files |= 1
            new.paths[0] = oldPath
            if isTypeChanged {
                old.versions[0] = none
                old.files &= 6
                old.matches = 0
            } else if isSourceDeleted {
                new.isPathConflict = true
                sayRenameDeleted(oldPath, newPath, rename.side)
            } else {
                new.versions[other] = old.versions[other]
                new.files |= otherBit
                new.paths[other] = oldPath
            }
        }
        if !isTypeChanged {
            old.isResolved = true
            record(oldPath, none)
        }
    }

    private func sayRenameDeleted(_ old: GitPath, _ new: GitPath, _ side: Int) {
        say(
            "CONFLICT (rename/delete)", [new, old],
            "CONFLICT (rename/delete): \(old) renamed to \(new) in \(branch(side)), but deleted in \(branch(3 - side))."
        )
    }
}
