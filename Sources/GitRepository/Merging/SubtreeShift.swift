internal import GitDiff
internal import GitObjects
internal import GitStorage

/// Brings a tree to where another one keeps the same files: below a directory, or the other way round (`-X subtree`).
public struct SubtreeShift: Sendable {
    /// The directory; nil to look for it, two levels deep.
    private let path: [UInt8]?

    /// A shift below a directory, or by what fits best.
    public init(path: [UInt8]?) {
        self.path = path.map { $0.split(separator: UInt8(ascii: "/")).map { Array($0) }.joined(separator: [0x2f]) }
            .map { Array($0) }
    }

    /// A directory and how well what is in it fits.
    private struct Match {
        var score: Int
        var path: [UInt8] = []
    }

    /// The tree that stands for `other` where it is compared with `tree`.
    func shifted(_ other: ObjectID, toFit tree: ObjectID, _ objects: ObjectDatabase) throws -> ObjectID {
        let plain = try score(tree, other, objects)
        var below = Match(score: plain)
        var above = Match(score: plain)
        if let path, !path.isEmpty {
            let inTree = try subtree(path, of: tree, objects)
            let inOther = try subtree(path, of: other, objects)
            switch (inTree, inOther) {
            case (nil, nil): return other
            case (_?, nil): return try splice(other, into: tree, at: path[...], objects)
            case (nil, let found?): return found
            case (let ours?, let theirs?):
                if try score(ours, other, objects) > plain { below = Match(score: plain + 1, path: path) }
                let stripped = try score(tree, theirs, objects)
                if stripped > below.score { above = Match(score: stripped, path: path) }
            }
        } else {
            try search(tree, other, [], 2, &below, objects)
            try search(other, tree, [], 2, &above, objects)
        }
        if below.score < above.score {
            return above.path.isEmpty ? other : try subtree(above.path, of: other, objects) ?? other
        }
        return below.path.isEmpty ? other : try splice(other, into: tree, at: below.path[...], objects)
    }

    /// Looks for the directory of `tree` that fits `other` best.
    private func search(
        _ tree: ObjectID, _ other: ObjectID, _ prefix: [UInt8], _ depth: Int, _ best: inout Match,
        _ objects: ObjectDatabase
    ) throws {
        for entry in try objects.tree(tree).entries where entry.mode == .tree {
            let path = prefix + entry.name
            let score = try score(entry.id, other, objects)
            if best.score < score { best = Match(score: score, path: path) }
            if depth > 0 { try search(entry.id, other, path + [0x2f], depth - 1, &best, objects) }
        }
    }

    /// How alike two trees are, by Git's weights: what both have counts for them, what one lacks against.
    private func score(_ one: ObjectID, _ other: ObjectID, _ objects: ObjectDatabase) throws -> Int {
        let right = try objects.tree(other)
        let left = try objects.tree(one)
        var result = 0
        for entry in left.entries {
            guard let match = right[entry.name] else {
                result += missing(entry.mode)
                continue
            }
            let isDirectory = (entry.mode == .tree, match.mode == .tree)
            let isLink = (entry.mode == .symbolicLink, match.mode == .symbolicLink)
            if isDirectory.0 != isDirectory.1 {
                result -= 100
            } else if isLink.0 != isLink.1 {
                result -= 50
            } else if entry.id != match.id {
                result -= 5
            } else {
                result += isDirectory.0 ? 1000 : isLink.0 ? 500 : 250
            }
        }
        for entry in right.entries where left[entry.name] == nil { result += missing(entry.mode) }
        return result
    }

    private func missing(_ mode: FileMode) -> Int {
        switch mode {
        case .tree: -1000
        case .symbolicLink: -500
        default: -50
        }
    }

    private func subtree(_ path: [UInt8], of tree: ObjectID, _ objects: ObjectDatabase) throws -> ObjectID? {
        var current = tree
        for name in path.split(separator: 0x2f) {
            guard let entry = try objects.tree(current)[name], entry.mode == .tree else { return nil }
            current = entry.id
        }
        return current
    }

    /// A tree with another one in the place of one of its directories.
    private func splice(
        _ other: ObjectID, into tree: ObjectID, at path: ArraySlice<UInt8>, _ objects: ObjectDatabase
    ) throws -> ObjectID {
        let name = path.prefix { $0 != 0x2f }
        let rest = path.dropFirst(name.count + 1)
        var entries = try objects.tree(tree).entries
        guard let place = entries.firstIndex(where: { $0.name.elementsEqual(name) && $0.mode == .tree }) else {
            return tree
        }
        let inner = rest.isEmpty ? other : try splice(other, into: entries[place].id, at: rest, objects)
        entries[place] = TreeEntry(mode: .tree, name: entries[place].name, id: inner)
        return try objects.write(.tree, Tree(entries).encoded)
    }
}
