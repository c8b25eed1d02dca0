internal import GitObjects

extension TreeMerger {
    /// Decides every path. What is in a directory comes before the directory, so that it is known whether it still stands
    /// where a file of its name wants to be.
    func resolveAll() throws(DiffError) {
        for path in infos.keys.sorted(by: >) {
            guard let info = infos[path], !info.isResolved else { continue }
            try resolve(path, info)
        }
    }

    private func resolve(_ original: GitPath, _ start: Info) throws(DiffError) {
        var path = original
        var info = start
        if info.files == 0 { return }
        var placedSide = 0
        if info.directories != 0 {
            if !occupied.contains(path) {
                info.matches &= ~info.directories
                if info.matches & (info.matches - 1) == 0 { info.matches = 0 }
                info.directories = 0
                info.isFileAndDirectory = false
                clearDirectories(info)
            } else if info.files == 1 {
                return
            } else {
                placedSide = info.directories & 2 != 0 ? 2 : 1
                let moved = Info(copying: info)
                moved.matches &= ~moved.directories
                if moved.matches & (moved.matches - 1) == 0 { moved.matches = 0 }
                moved.directories = 0
                clearDirectories(moved)
                path = uniquePath(original, branch(placedSide))
                infos[path] = moved
                say(
                    "CONFLICT (file/directory)", [path, original],
                    "CONFLICT (file/directory): directory in the way of \(original) from \(branch(placedSide)); moving it to "
                        + "\(path) instead.")
                info = moved
            }
        }
        try decide(path, info, placedSide)
    }

    private func clearDirectories(_ info: Info) {
        for index in 0..<3 where info.files & 1 << index == 0 { info.versions[index] = none }
    }

    private func decide(_ path: GitPath, _ info: Info, _ placedSide: Int) throws(DiffError) {
        let isUndisputed = !info.isFileAndDirectory && !info.isPathConflict
        if info.matches != 0 {
            let side = info.matches == 6 || info.matches == 5 ? 1 : 2
            let version = info.versions[side]
            finish(path, info, version, isClean: isUndisputed || version.mode == nil)
        } else if info.files >= 6, info.versions[1].mode?.typeBits != info.versions[2].mode?.typeBits {
            resolveTypes(path, info)
        } else if info.files >= 6 {
            try resolveContents(path, info, placedSide, isUndisputed)
        } else if info.files == 3 || info.files == 5 {
            resolveDeleted(path, info)
        } else if info.files == 2 || info.files == 4 {
            finish(path, info, info.versions[info.files == 4 ? 2 : 1], isClean: isUndisputed)
        } else {
            finish(path, info, none, isClean: !info.isPathConflict)
        }
    }

    private func finish(_ path: GitPath, _ info: Info, _ version: Version, isClean: Bool) {
        info.isResolved = true
        record(path, version)
        if !isClean { conflicted[path] = info }
    }

    private func resolveContents(
        _ path: GitPath, _ info: Info, _ placedSide: Int, _ isUndisputed: Bool
    ) throws(DiffError) {
        let merged = try mergeContents(
            path, info.versions[0], info.versions[1], info.versions[2], info.paths, extraMarkers: options.depth * 2)
        if merged.isClean && info.isFileAndDirectory {
            info.files = 1 << placedSide
            info.versions[placedSide] = merged.version
        }
        if !merged.isClean {
            let reason = merged.version.mode == .gitlink ? "submodule" : info.files == 6 ? "add/add" : "content"
            say("CONFLICT (contents)", [path], "CONFLICT (\(reason)): Merge conflict in \(path)")
        }
        finish(path, info, merged.version, isClean: merged.isClean && isUndisputed)
    }

    private func resolveDeleted(_ path: GitPath, _ info: Info) {
        let side = info.files == 5 ? 2 : 1
        let isFromRename = info.isPathConflict && info.versions[0].id == info.versions[side].id
        if !isFromRename {
            say(
                "CONFLICT (modify/delete)", [path],
                "CONFLICT (modify/delete): \(path) deleted in \(branch(3 - side)) and modified in \(branch(side)).  Version "
                    + "\(branch(side)) of \(path) left in tree.")
        }
        finish(path, info, info.versions[options.depth > 0 ? 0 : side], isClean: false)
    }

    /// A file on one side, a link or submodule on the other.
    private func resolveTypes(_ path: GitPath, _ info: Info) {
        if options.depth > 0 { return finish(path, info, info.versions[0], isClean: false) }
        let oursIsFile = info.versions[1].mode?.isRegular == true
        let theirsIsFile = info.versions[2].mode?.isRegular == true
        let renamesOurs = oursIsFile || !theirsIsFile
        let renamesTheirs = !oursIsFile
        let oursPath = renamesOurs ? uniquePath(path, options.ours) : path
        let theirsPath = renamesTheirs ? uniquePath(path, options.theirs) : path
        let which = renamesOurs && renamesTheirs ? "both" : "one"
        say(
            "CONFLICT (distinct modes)", [path] + [oursPath, theirsPath].filter { $0 != path },
            "CONFLICT (distinct types): \(path) had different types on each side; renamed \(which) of them so each can be "
                + "recorded somewhere.")
        let theirs = Info(copying: info)
        let base = info.versions[0]
        theirs.versions[1] = none
        theirs.files = 5 & info.files | 4
        if base.mode?.typeBits != theirs.versions[2].mode?.typeBits {
            theirs.versions[0] = none
            theirs.files = 4
        }
        info.versions[2] = none
        info.files = 3 & info.files | 2
        if base.mode?.typeBits != info.versions[1].mode?.typeBits {
            info.versions[0] = none
            info.files = 2
        }
        infos[theirsPath] = theirs
        infos[oursPath] = info
        finish(theirsPath, theirs, theirs.versions[2], isClean: false)
        finish(oursPath, info, info.versions[1], isClean: false)
        if renamesOurs && renamesTheirs { results[path] = nil }
    }

    /// A name that is free: the path and the branch, with a number where that is taken.
    func uniquePath(_ path: GitPath, _ branch: String) -> GitPath {
        let flat = branch.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        let base = path.bytes + [UInt8(ascii: "~")] + flat
        var candidate = GitPath(base)
        var suffix = 0
        while infos[candidate] != nil {
            candidate = GitPath(base + Array("_\(suffix)".utf8))
            suffix += 1
        }
        return candidate
    }

    // MARK: Contents

    /// Merges the versions of one file.
    func mergeContents(
        _ path: GitPath, _ base: Version, _ ours: Version, _ theirs: Version, _ paths: [GitPath], extraMarkers: Int
    ) throws(DiffError) -> (version: Version, isClean: Bool) {
        var isClean = true
        var result = none
        if ours.mode == theirs.mode || ours.mode == base.mode {
            result.mode = theirs.mode
        } else {
            result.mode = ours.mode
            isClean = theirs.mode == base.mode
        }
        if ours.id == theirs.id || ours.id == base.id {
            result.id = theirs.id
        } else if theirs.id == base.id {
            result.id = ours.id
        } else if ours.mode?.isRegular == true {
            let isTwoWay = base.mode?.typeBits != ours.mode?.typeBits
            let merged = try mergeTexts(path, isTwoWay ? none : base, ours, theirs, paths, extraMarkers)
            result.id = merged.id
            if !merged.isClean { isClean = false }
            say("Auto-merging", [path], "Auto-merging \(path)")
        } else if ours.mode == .gitlink {
            isClean = false
            result.id = options.depth > 0 ? base.id : ours.id
            say(
                "CONFLICT (submodule not initialized)", [paths[0]],
                "Failed to merge submodule \(paths[0]) (not checked out)")
        } else {
            switch options.file.favor {
            case .theirs where options.depth == 0: result.id = theirs.id
            case .ours where options.depth == 0: result.id = ours.id
            default:
                isClean = false
                result = options.depth > 0 ? base : Version(mode: result.mode, id: ours.id)
            }
        }
        return (result, isClean)
    }

    private func text(_ version: Version, _ path: GitPath) throws(DiffError) -> [UInt8] {
        guard version.mode != nil else { return [] }
        return try source.content(of: DiffSide(path: path, mode: version.mode, id: version.id))
    }

    private func mergeTexts(
        _ path: GitPath, _ base: Version, _ ours: Version, _ theirs: Version, _ paths: [GitPath], _ extraMarkers: Int
    ) throws(DiffError) -> (id: ObjectID, isClean: Bool) {
        let old = try text(base, path)
        let left = try text(ours, path)
        let right = try text(theirs, path)
        var file = options.file
        if options.depth > 0 { file.favor = .none }
        let isSamePath = paths[0] == paths[1] && paths[1] == paths[2]
        func label(_ name: String, _ index: Int) -> String { isSamePath ? name : "\(name):\(paths[index])" }
        file.labels = (label(options.ours, 1), label(options.base, 0), label(options.theirs, 2))
        let driver = options.driver?(path)
        file.markerSize = (driver?.markerSize ?? 7) + extraMarkers
        let kind: MergeDriver.Kind
        if let chosen = driver?.kind {
            kind = chosen
        } else if [old, left, right].contains(where: { BinaryRule.isBinary($0) }) {
            kind = .binary
        } else {
            kind = .text
        }
        switch kind {
        case .union: file.favor = .union
        case .text: break
        case .program(let run):
            let result = try run(old, left, right, file.markerSize, path)
            return (try store(.blob, result.content), result.isClean)
        case .binary:
            if options.depth > 0 { return (base.mode == nil ? try store(.blob, []) : base.id, false) }
            if file.favor == .theirs { return (theirs.id, true) }
            if file.favor == .ours { return (ours.id, true) }
            say(
                "CONFLICT (binary)", [path],
                "warning: Cannot merge binary files: \(path) (\(label(options.ours, 1)) vs. \(label(options.theirs, 2)))"
            )
            return (ours.id, false)
        }
        let merged = FileMerge.merge(base: old, ours: left, theirs: right, options: file)
        return (try store(.blob, merged.content), merged.conflicts == 0)
    }
}
