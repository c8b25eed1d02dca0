public import GitObjects

/// The index's `TREE` extension: for each directory, the tree object that its entries make, while that is known.
///
/// Lets a commit write only the trees that changed, and a comparison with a tree pass over directories that are equal.
public struct CacheTree: Sendable, Hashable {
    /// The directory's name, one component; empty for the top.
    public var name: [UInt8]
    /// How many index entries the tree covers; -1 where that is not known any more.
    public var entryCount: Int
    /// The tree object; nil where ``entryCount`` is -1.
    public var id: ObjectID?
    /// Directories below, by length of name, then bytes (Git's order).
    public var children: [CacheTree]

    /// A directory of which nothing is known.
    public init(name: [UInt8] = []) {
        self.name = name
        entryCount = -1
        children = []
    }

    /// A directory with a known tree.
    public init(name: [UInt8], entryCount: Int, id: ObjectID, children: [CacheTree]) {
        self.name = name
        self.entryCount = entryCount
        self.id = id
        self.children = children
    }

    /// Whether the tree object is known.
    public var isValid: Bool { entryCount >= 0 && id != nil }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count != right.count ? left.count < right.count : left.compared(to: right) < 0
    }

    /// The position of a child of that name.
    func position(_ name: ArraySlice<UInt8>) -> Int? {
        var low = 0
        var high = children.count
        while low < high {
            let middle = (low + high) / 2
            let other = children[middle].name
            if other.elementsEqual(name) { return middle }
            if other.count != name.count ? other.count < name.count : other.lexicographicallyPrecedes(name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return nil
    }

    /// The child of that name.
    public func child(_ name: ArraySlice<UInt8>) -> CacheTree? { position(name).map { children[$0] } }

    /// Whether no directory claims more entries than there are.
    func fits(_ limit: Int) -> Bool { entryCount <= limit && children.allSatisfy { $0.fits(limit) } }

    /// Puts children in Git's order.
    mutating func sortChildren() { children.sort { CacheTree.precedes($0.name, $1.name) } }

    /// Forgets the trees of every directory above `path`, and a directory of that very name.
    mutating func invalidate(_ path: ArraySlice<UInt8>) {
        entryCount = -1
        id = nil
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else {
            if let position = position(path) { children.remove(at: position) }
            return
        }
        if let position = position(path[..<slash]) { children[position].invalidate(path[(slash + 1)...]) }
    }
}
