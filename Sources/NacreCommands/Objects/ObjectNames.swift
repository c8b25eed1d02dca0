internal import GitObjects

/// By what path each object was found, for `fsck --name-objects`: `refs/heads/main~3:src/file`. The first name that an object gets
/// stays, as with git.
struct ObjectNames {
    private var names: [ObjectID: [UInt8]] = [:]

    mutating func put(_ name: [UInt8], _ id: ObjectID) {
        if names[id] == nil { names[id] = name }
    }

    mutating func put(_ name: ByteText, _ id: ObjectID) { put(name.bytes, id) }

    /// The id, and the name behind it in parentheses where there is one.
    func described(_ id: ObjectID) -> [UInt8] {
        guard let name = names[id] else { return id.hexBytes }
        return id.hexBytes + Array(" (".utf8) + name + Array(")".utf8)
    }

    // MARK: What an object names

    /// Names what a tree lists.
    mutating func follow(_ tree: Tree, _ id: ObjectID) {
        guard let name = names[id] else { return }
        for entry in tree.entries where entry.mode != .gitlink {
            put(name + entry.name + (entry.mode == .tree ? [UInt8(ascii: "/")] : []), entry.id)
        }
    }

    /// Names the tree and the parents of a commit.
    mutating func follow(tree: ObjectID, parents: [ObjectID], of id: ObjectID) {
        guard let name = names[id] else { return }
        put(name + [UInt8(ascii: ":")], tree)
        for (index, parent) in parents.enumerated() {
            put(index == 0 ? Self.firstParent(name) : name + Array("^\(index + 1)".utf8), parent)
        }
    }

    /// Names what a tag tags as the tag itself.
    mutating func follow(tagged target: ObjectID, of id: ObjectID) {
        if let name = names[id] { put(name, target) }
    }

    /// `x` becomes `x^`, `x^` becomes `x~2`, and `x~2` becomes `x~3`.
    private static func firstParent(_ name: [UInt8]) -> [UInt8] {
        if name.last == UInt8(ascii: "^") { return name.dropLast() + Array("~2".utf8) }
        let digits = name.reversed().prefix { (0x30...0x39).contains($0) }.count
        let base = name.dropLast(digits)
        if digits > 0, base.last == UInt8(ascii: "~"),
            let generation = Int(String(decoding: name.suffix(digits), as: UTF8.self)), generation > 0,
            generation < .max
        {
            return base + Array("\(generation + 1)".utf8)
        }
        return name + [UInt8(ascii: "^")]
    }
}
