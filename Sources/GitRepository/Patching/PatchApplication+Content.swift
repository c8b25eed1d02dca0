internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitStorage
internal import GitWorktree

extension PatchApplication {
    /// What the patch makes of its file.
    func makeResult(_ item: inout Item, _ entry: IndexEntry?) throws {
        let patch = item.patch
        let before = try contentBefore(patch, entry)
        var after: [UInt8]?
        if options.isThreeWay { after = try threeWay(&item, before) }
        if after == nil {
            if options.isThreeWay, !item.goesToMerge, options.verbosity >= 0 {
                say("Falling back to direct application...")
            }
            if item.goesToMerge { throw Refusal() }
            after = try apply(patch, to: before, &item)
        }
        guard let after else { throw Refusal() }
        let path = patch.name
        if patch.isDeleted == true {
            guard after.isEmpty else { throw error("removal patch leaves file contents") }
        } else {
            let content = patch.newMode == .gitlink ? Self.commit(in: after) : after
            let file = PatchedFile(path: path, mode: patch.newMode ?? .regular, content: content)
            item.result = file
            earlier[path] = .changed(file)
        }
        if let old = patch.oldName, patch.isDeleted == true || patch.isRename {
            // What a swap of names puts there is not forgotten.
            if case .changed = earlier[old], old != patch.oldName || patch.isRename { return }
            earlier[old] = .deleted
        }
    }

    /// The digits of `Subproject commit <id>`.
    private static func commit(in content: [UInt8]) -> [UInt8] {
        let prefix = Array("Subproject commit ".utf8)
        guard content.starts(with: prefix) else { return [] }
        return Array(content.dropFirst(prefix.count).prefix { $0 != 10 })
    }

    private static func line(_ commit: some Collection<UInt8>) -> [UInt8] {
        Array("Subproject commit ".utf8) + commit + [10]
    }

    private func contentBefore(_ patch: FilePatch, _ entry: IndexEntry?) throws -> [UInt8] {
        guard let old = patch.oldName else { return [] }
        if !patch.isCopy, !patch.isRename, case .changed(let file)? = earlier[old] {
            return file.mode == .gitlink ? Self.line(file.content) : file.content
        }
        if let entry, let objects {
            if entry.mode == .gitlink { return Self.line(entry.id.hex.utf8) }
            return try objects.read(entry.id, as: .blob)
        }
        let mode = patch.oldMode ?? .regular
        if try files.isBeyondLink(old) { throw error("reading from '\(old)' beyond a symbolic link") }
        let content = try files.content(old, mode)
        return mode == .gitlink ? Self.line(content) : content
    }

    // MARK: Hunks

    private func apply(_ patch: FilePatch, to content: [UInt8], _ item: inout Item) throws -> [UInt8] {
        if patch.isBinary { return try applyBinary(patch, to: content) }
        var settings = options.image
        let rules = whitespace(patch.name)
        settings.fixing = options.fixesWhitespace ? rules : nil
        settings.noticesBlankEnd = options.noticesWhitespace && rules.blankAtEOF
        var image = PatchImage(content, options: settings)
        let name = patch.oldName ?? patch.name
        for (number, hunk) in patch.hunks.enumerated() {
            guard let placement = image.apply(hunk) else {
                if options.verbosity > 0 {
                    let searched = hunk.lines.filter { $0.kind != .new }.flatMap(\.text)
                    say("error: while searching for:\n" + String(decoding: searched, as: UTF8.self))
                }
                let refusal = error("patch failed: \(name):\(hunk.oldStart)")
                guard options.rejects else { throw refusal }
                item.rejectedHunks.insert(number)
                continue
            }
            report(placement, hunk, number + 1)
        }
        return image.content
    }

    private func report(_ placement: PatchImage.Placement, _ hunk: PatchHunk, _ number: Int) {
        fixedLines += placement.fixedLines
        if let line = placement.blankEnd { blankEnds.append(line) }
        if options.verbosity > 0, placement.position != placement.expected {
            let offset = (placement.position - placement.expected) * (options.isReversed ? -1 : 1)
            let lines = offset == 1 ? "line" : "lines"
            say("Hunk #\(number) succeeded at \(placement.position + 1) (offset \(offset) \(lines)).")
        }
        if options.verbosity >= 0, placement.leading != hunk.leading || placement.trailing != hunk.trailing {
            say(
                "Context reduced to (\(placement.leading)/\(placement.trailing)) to apply fragment at "
                    + "\(placement.position + 1)")
        }
    }

    private func applyBinary(_ patch: FilePatch, to content: [UInt8]) throws -> [UInt8] {
        let name = patch.oldName ?? patch.name
        let algorithm = objects?.algorithm ?? .sha1
        guard let old = ObjectID(hex: patch.oldID, algorithm: algorithm),
            let new = ObjectID(hex: patch.newID, algorithm: algorithm)
        else { throw error("cannot apply binary patch to '\(name)' without full index line") }
        if patch.oldName != nil {
            let now = ObjectID.hash(.blob, content, algorithm)
            guard now == old else {
                throw error("the patch applies to '\(name)' (\(now)), which does not match the current contents.")
            }
        } else if !content.isEmpty {
            throw error("the patch applies to an empty '\(name)' but it is not empty")
        }
        if new.isZero { return [] }
        if let objects, objects.contains(new) { return try objects.read(new, as: .blob) }
        guard let change = patch.forward else {
            if patch.backward != nil {
                _ = error("cannot reverse-apply a binary patch without the reverse hunk to '\(name)'")
            } else {
                _ = error("missing binary patch data for '\(name)'")
            }
            throw error("binary patch does not apply to '\(name)'")
        }
        let result: [UInt8]
        switch change {
        case .literal(let bytes): result = bytes
        case .delta(let delta):
            do throws(DeltaError) {
                result = try Delta.apply(delta.span.bytes, to: content.span.bytes)
            } catch {
                throw self.error("binary patch does not apply to '\(name)'")
            }
        }
        let made = ObjectID.hash(.blob, result, algorithm)
        guard made == new else {
            throw error("binary patch to '\(name)' creates incorrect result (expecting \(new), got \(made))")
        }
        return result
    }

    // MARK: Three ways

    /// Merges what the patch makes of the blob that it was made for with the file as it is; nil where that cannot be done.
    private func threeWay(_ item: inout Item, _ current: [UInt8]) throws -> [UInt8]? {
        let patch = item.patch
        guard let objects else { return nil }
        if patch.isDeleted == true || patch.oldMode == .gitlink || patch.newMode == .gitlink { return nil }
        if patch.isNew == true && !item.goesToMerge { return nil }
        if patch.isRename && patch.added == 0 && patch.deleted == 0 && !patch.isBinary { return nil }
        var base: [UInt8] = []
        var baseID: ObjectID?
        if patch.isNew != true {
            let found = (try? objects.ids(withHexPrefix: patch.oldID, limit: 2)) ?? []
            guard found.count == 1, let blob = try? objects.read(found[0], as: .blob) else {
                _ = error("repository lacks the necessary blob to perform 3-way merge.")
                return nil
            }
            base = blob
            baseID = found[0]
        }
        if options.verbosity >= 0, item.goesToMerge { say("Performing three-way merge...") }
        var scratch = item
        guard let theirs = try? apply(patch, to: base, &scratch) else { return nil }
        let ours = patch.isNew == true ? try currentContent(patch.name) : current
        let theirID = try objects.write(.blob, theirs)
        let ourID = try objects.write(.blob, ours)
        var content = theirs == base ? ours : theirs
        var conflicts = 0
        if ours != base, ours != theirs, theirs != base {
            var settings = FileMergeOptions()
            settings.labels = (options.labels.ours, "base", options.labels.theirs)
            settings.lines.algorithm = .myers
            let merged = FileMerge.merge(base: base, ours: ours, theirs: theirs, options: settings)
            content = merged.content
            conflicts = merged.conflicts
        }
        if conflicts > 0 { item.stages = [baseID, ourID, theirID] }
        if options.verbosity >= 0 {
            let name = patch.newName ?? patch.name
            say("Applied patch to '\(name)' \(conflicts > 0 ? "with conflicts" : "cleanly").")
        }
        return content
    }

    private func currentContent(_ path: GitPath) throws -> [UInt8] {
        if let entry = index[path], let objects { return try objects.read(entry.id, as: .blob) }
        return try files.content(path, try files.mode(path) ?? .regular)
    }
}
