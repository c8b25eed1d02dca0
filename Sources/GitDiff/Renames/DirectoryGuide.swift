internal import GitObjects

/// Where the files of a directory went, learned from the renames found so far; tells where another file of the directory
/// may be looked for. Merges use it: they need only some of the renames and know which directories are gone.
final class DirectoryGuide {
    /// The old paths whose renames matter; nil: all.
    private let relevant: Set<GitPath>?
    /// How many files went from one directory to another.
    private var counts: [GitPath: [GitPath: Int]] = [:]
    private var destinations: [GitPath: Int] = [:]

    init(relevant: Set<GitPath>?) { self.relevant = relevant }

    func isRelevant(_ path: GitPath) -> Bool { relevant?.contains(path) ?? true }

    /// Takes note of the equal files that were paired, and of the additions that are still open.
    func prepare(_ detector: RenameDetector) {
        for (index, destination) in detector.destinations.enumerated() {
            let item = detector.items[destination.item]
            if destination.isDone {
                learn(item.old.path, item.new.path)
            } else {
                destinations[item.new.path] = index
            }
        }
    }

    /// Takes note of a rename: of the directories, and of those above them as long as their names are the same.
    func learn(_ old: GitPath, _ new: GitPath) {
        var from = old.parent
        var to = new.parent
        while let before = from, let after = to, before != after {
            counts[before, default: [:]][after, default: 0] += 1
            guard before.name == after.name, !before.isRoot, !after.isRoot else { return }
            from = before.parent
            to = after.parent
        }
    }

    /// The open addition at which a file would stand if it went where most of its directory went.
    func destination(for path: GitPath) -> Int? {
        guard let parent = path.parent, let targets = counts[parent],
            let best = targets.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
        else { return nil }
        return destinations[best.key.appending(path.name)]
    }
}
