public import GitObjects

/// Why a work tree cannot be changed without losing something: what Git lists before "Aborting".
public struct TreeSwitchRefusal: Error, CustomStringConvertible, Sendable {
    /// Paths whose index entry fits neither side.
    public var wouldOverwrite: [GitPath] = []
    /// Files with changes that were not committed.
    public var changed: [GitPath] = []
    /// Directories with untracked files that would be lost.
    public var directories: [GitPath] = []
    /// Untracked files that would be overwritten.
    public var untrackedOverwritten: [GitPath] = []
    /// Untracked files that would be removed.
    public var untrackedRemoved: [GitPath] = []
    /// What was tried.
    public var verb: Verb

    /// What was tried: decides the words.
    public enum Verb: Sendable, Hashable {
        /// `checkout`, `switch`.
        case checkout
        /// `merge`, `pull`.
        case merge
        /// `reset`.
        case reset
        /// Another one, by name.
        case other(String)

        var name: String {
            switch self {
            case .checkout: "checkout"
            case .merge: "merge"
            case .reset: "reset"
            case .other(let name): name
            }
        }
    }

    /// Whether nothing but changes of tracked files stands in the way, which a merge could keep.
    public var isOfChangesOnly: Bool {
        directories.isEmpty && untrackedOverwritten.isEmpty && untrackedRemoved.isEmpty
    }

    /// Nothing yet.
    public init(verb: Verb) { self.verb = verb }

    /// Whether nothing is in the way.
    public var isEmpty: Bool {
        wouldOverwrite.isEmpty && changed.isEmpty && directories.isEmpty && untrackedOverwritten.isEmpty
            && untrackedRemoved.isEmpty
    }

    /// Git's words, each block beginning with `error: `, without the final `Aborting`.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The same with the paths as they are, which need not be UTF-8.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        func block(_ head: String, _ paths: [GitPath], _ tail: String) {
            guard !paths.isEmpty else { return }
            result += Array("error: \(head)\n".utf8)
            for path in Array(Set(paths)).sorted() { result += [9] + path.bytes + [10] }
            result += Array("\(tail)\n".utf8)
        }
        let before: String =
            switch verb {
            case .checkout: "before you switch branches."
            case .merge: "before you merge."
            default: "before you \(verb.name)."
            }
        let local = "Your local changes to the following files would be overwritten by \(verb.name):"
        block(local, wouldOverwrite, "Please commit your changes or stash them \(before)")
        block(local, changed, "Please commit your changes or stash them \(before)")
        block("Updating the following directories would lose untracked files in them:", directories, "")
        block(
            "The following untracked working tree files would be overwritten by \(verb.name):", untrackedOverwritten,
            "Please move or remove them \(before)")
        block(
            "The following untracked working tree files would be removed by \(verb.name):", untrackedRemoved,
            "Please move or remove them \(before)")
        return result
    }
}
