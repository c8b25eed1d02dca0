internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// Follows ranges of lines back through history: `log -L`.
///
/// Commits are to be asked for in an order in which none comes before its children.
final class LineHistory {
    /// What of a file is followed, as it is in one commit.
    private struct File {
        var path: GitPath
        var ranges: [Range<Int>]
        /// What a commit changed of it.
        var change: Change?
    }

    /// The parts of a difference that touch what is followed.
    private struct Change {
        let entry: DiffEntry
        let old: [Range<Int>]
        let new: [Range<Int>]
    }

    private let repository: Repository
    private let source: RepositoryDiffSource
    private let options: DiffOptions
    private let followsFirstParentOnly: Bool
    private var files: [ObjectID: [File]] = [:]
    private var answers: [ObjectID: Bool] = [:]

    /// Reads `-L` arguments as they count in a commit.
    ///
    /// - Parameter diff: how contents are read and renames found.
    /// - Throws: Git's errors for a path or a range that does not exist.
    init(
        _ arguments: [[UInt8]], from commit: ObjectID, _ context: Context, _ diff: LogDiff, firstParent: Bool
    ) throws {
        repository = try context.repository()
        source = diff.source
        options = diff.options
        followsFirstParentOnly = firstParent
        var found: [File] = []
        for argument in arguments { try add(argument, commit, context, &found) }
        for index in found.indices { found[index].ranges = LineRanges.merged(found[index].ranges) }
        files[commit] = found
    }

    private func add(_ argument: [UInt8], _ commit: ObjectID, _ context: Context, _ found: inout [File]) throws {
        let text = String(decoding: argument, as: UTF8.self)
        guard let end = LineRange.end(of: argument), end + 1 < argument.count, argument[end] == UInt8(ascii: ":") else {
            throw CommandError.fatal("-L argument not 'start,end:file' or ':funcname:file': \(text)")
        }
        let name = GitPath(argument[(end + 1)...])
        let path = context.hasWorkTree ? try context.path(name.bytes) : name
        let tree = try repository.objects.links(commit).tree
        guard let entry = try context.revisionResolver().entry(path, in: tree), entry.mode.isBlob else {
            throw CommandError.fatal("There is no path \(path) in the commit")
        }
        let lines = Lines(try source.content(of: DiffSide(path: path, mode: entry.mode, id: entry.id)))
        let index = found.firstIndex { $0.path == path }
        let anchor = index.flatMap { found[$0].ranges.last?.upperBound }.map { $0 + 1 } ?? 1
        let naming = source.attributes(of: path).driver?.naming
        let range = Array(argument[..<end])
        var (first, last): (Int, Int)
        do {
            (first, last) = try LineRange(lines, naming: naming).parse(range, anchor: anchor)
        } catch .malformed {
            throw CommandError.fatal("malformed -L argument '\(String(decoding: range, as: UTF8.self))'")
        } catch .refused(let reason) {
            throw CommandError.fatal(reason)
        }
        if (lines.count == 0 && (first != 0 || last != 0)) || lines.count < first {
            throw CommandError.fatal("file \(name) has only \(lines.count) lines")
        }
        if first < 1 { first = 1 }
        if last < 1 || lines.count < last { last = lines.count }
        let chosen = (first - 1)..<max(first - 1, last)
        if let index {
            found[index].ranges.append(chosen)
        } else {
            found.append(File(path: path, ranges: [chosen]))
            found.sort { $0.path < $1.path }
        }
    }

    // MARK: Following

    /// Whether a commit changed something of what is followed; hands that on to its parents.
    func changes(_ commit: ObjectID, parents: [ObjectID]) throws -> Bool {
        if let answer = answers[commit] { return answer }
        let answer = try follow(commit, parents)
        answers[commit] = answer
        return answer
    }

    private func follow(_ commit: ObjectID, _ parents: [ObjectID]) throws -> Bool {
        guard let followed = files[commit] else { return false }
        let tree = try repository.objects.links(commit).tree
        guard parents.count > 1 else {
            let (own, older, isChanged) = try compare(followed, tree, with: parents.first)
            files[commit] = isChanged ? own : nil
            if let parent = parents.first { hand(older, to: parent) }
            return isChanged
        }
        files[commit] = nil
        var candidates: [(ObjectID, [File])] = []
        for parent in followsFirstParentOnly ? Array(parents.prefix(1)) : parents {
            let (_, older, isChanged) = try compare(followed, tree, with: parent)
            guard isChanged else {
                // This parent has all of it: nobody else needs to be asked.
                hand(older, to: parent)
                return false
            }
            candidates.append((parent, older))
        }
        for (parent, older) in candidates { hand(older, to: parent) }
        return true
    }

    private func hand(_ older: [File], to commit: ObjectID) {
        guard var known = files[commit] else {
            files[commit] = older
            return
        }
        for file in older {
            if let index = known.firstIndex(where: { $0.path == file.path }) {
                known[index].ranges = LineRanges.union(known[index].ranges, file.ranges)
            } else {
                known.append(file)
            }
        }
        files[commit] = known.sorted { $0.path < $1.path }
    }

    private func entries(_ followed: [File], _ tree: ObjectID, _ old: ObjectID?) throws -> [DiffEntry] {
        var limit = TreeDiff.Options()
        let paths = Set(followed.map(\.path))
        limit.mayMatch = { path, isDirectory in
            isDirectory
                ? paths.contains { $0.bytes.starts(with: path + [UInt8(ascii: "/")]) } : paths.contains(GitPath(path))
        }
        let found = try TreeDiff.compare(old, tree, source: repository.objects, options: limit)
        guard options.renames.detection != .none, found.contains(where: { !$0.old.exists }) else { return found }
        let all = try TreeDiff.compare(old, tree, source: repository.objects).filter {
            !$0.new.exists || paths.contains($0.new.path)
        }
        var renaming = DiffOptions()
        renaming.renames = options.renames
        return try DiffSelection(all, source: source, options: renaming).entries.filter { paths.contains($0.new.path) }
    }

    private func compare(
        _ followed: [File], _ tree: ObjectID, with parent: ObjectID?
    ) throws -> (own: [File], older: [File], isChanged: Bool) {
        var own = followed
        var older = followed
        for index in older.indices { older[index].change = nil }
        var isChanged = false
        let oldTree = try parent.map { try repository.objects.links($0).tree }
        for entry in try entries(followed, tree, oldTree) where entry.new.exists {
            guard let index = followed.firstIndex(where: { $0.path == entry.new.path }),
                !followed[index].ranges.isEmpty
            else { continue }
            let before = entry.old.exists ? try source.content(of: entry.old) : []
            let after = try source.content(of: entry.new)
            var lineOptions = LineDiffOptions()
            lineOptions.usesIndentHeuristic = false
            lineOptions.trimsCommonTail = true
            let all = LineDiff.changes(old: Lines(before), new: Lines(after), options: lineOptions)
            let touched = LineRanges.touching(all, followed[index].ranges)
            older[index].path = entry.old.path
            older[index].ranges = LineRanges.mapped(followed[index].ranges, all, touched)
            guard !touched.isEmpty else { continue }
            isChanged = true
            own[index].change = Change(
                entry: entry, old: touched.map { $0.oldStart..<$0.oldEnd }, new: touched.map { $0.newStart..<$0.newEnd }
            )
        }
        return (own, older, isChanged)
    }

    // MARK: Showing

    /// What a commit changed of the lines, as patches that show all of them.
    func patch(of commit: ObjectID, prefix: [UInt8]) throws -> [UInt8] {
        var output = prefix + [10]
        for file in files[commit] ?? [] {
            if let change = file.change { try print(change, file.ranges, prefix, &output) }
        }
        return output
    }

    private func print(_ change: Change, _ ranges: [Range<Int>], _ prefix: [UInt8], _ output: inout [UInt8]) throws {
        let colors = options.colors
        let old = Lines(change.entry.old.exists ? try source.content(of: change.entry.old) : [])
        let new = Lines(try source.content(of: change.entry.new))
        func line(_ color: String?, _ text: [UInt8]) {
            output += prefix + Array((color ?? "").utf8) + text + Array((colors?.reset ?? "").utf8) + [10]
        }
        func show(_ sign: UInt8, _ text: ArraySlice<UInt8>, _ color: String?) {
            line(color, [sign] + (text.last == 10 ? text.dropLast() : text))
            if text.last != 10 { output += "\\ No newline at end of file\n".utf8 }
        }
        let oldName = change.entry.old.path.bytes
        let newName = change.entry.new.path.bytes
        line(colors?.meta, Array("diff --git a/".utf8) + oldName + Array(" b/".utf8) + newName)
        line(
            colors?.meta,
            Array("--- ".utf8) + (change.entry.old.exists ? Array("a/".utf8) + oldName : Array("/dev/null".utf8)))
        line(colors?.meta, Array("+++ b/".utf8) + newName)
        var j = 0
        for range in ranges {
            while j < change.new.count, change.new[j].upperBound < range.lowerBound { j += 1 }
            guard j < change.new.count, change.new[j].lowerBound <= range.upperBound else { continue }
            var last = j
            while last < change.new.count, change.new[last].lowerBound < range.upperBound { last += 1 }
            if last > j { last -= 1 }
            var start = change.old[j].lowerBound - max(0, change.new[j].lowerBound - range.lowerBound)
            var end = change.old[last].upperBound + max(0, range.upperBound - change.new[last].upperBound)
            if start == 0 && end == 0 { (start, end) = (-1, -1) }
            line(
                colors?.fragment,
                Array("@@ -\(start + 1),\(end - start) +\(range.lowerBound + 1),\(range.count) @@".utf8))
            var current = range.lowerBound
            while j < change.new.count, change.new[j].lowerBound < range.upperBound {
                while current < change.new[j].lowerBound {
                    show(32, new[current], colors?.context)
                    current += 1
                }
                for index in change.old[j] { show(UInt8(ascii: "-"), old[index], colors?.old) }
                while current < change.new[j].upperBound, current < range.upperBound {
                    show(UInt8(ascii: "+"), new[current], colors?.new)
                    current += 1
                }
                j += 1
            }
            while current < range.upperBound {
                show(32, new[current], colors?.context)
                current += 1
            }
        }
    }
}
