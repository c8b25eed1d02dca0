public import Bytes
public import GitObjects
public import SystemPackage

/// What can be wrong with a ref, a transaction or a reflog.
public enum RefError: Error, CustomStringConvertible {
    /// Why a ref could not be locked with the value that was expected of it.
    public enum LockFault: Sendable, Hashable, CustomStringConvertible {
        /// It holds something else.
        case isAt(ObjectID, expected: ObjectID)
        /// It should not exist.
        case exists
        /// It should exist.
        case missing(expected: ObjectID)
        /// It is not there to be read.
        case unresolvable(RefName)
        /// A ref stands where this one needs a directory, or the other way round.
        case conflict(existing: RefName, new: RefName)
        /// Both are changed in one transaction, and cannot stand together.
        case conflictInTransaction(RefName, RefName)
        /// A directory with something else than refs in it is in the way.
        case blocked(FilePath)

        /// What is wrong, in Git's words.
        public var description: String {
            switch self {
            case .isAt(let id, let expected): "is at \(id) but expected \(expected)"
            case .exists: "reference already exists"
            case .missing(let expected): "reference is missing but expected \(expected)"
            case .unresolvable(let name): "unable to resolve reference '\(name)'"
            case .conflict(let existing, let new): "'\(existing)' exists; cannot create '\(new)'"
            case .conflictInTransaction(let first, let second):
                "cannot process '\(first)' and '\(second)' at the same time"
            case .blocked(let path):
                "there is a non-empty directory '\(path)' blocking reference"
            }
        }
    }

    /// A name that breaks the rules.
    case badName(String)
    /// A ref's file holds neither an id nor a name.
    case broken(RefName)
    /// Symbolic refs lead in a circle, or too far.
    case tooManySymbolic(RefName)
    /// `packed-refs` cannot be read at a byte.
    case badPackedRefs(FilePath, offset: Int)
    /// A reflog's line cannot be read.
    case badReflog(RefName, offset: Int)
    /// A ref does not hold what was expected.
    case cannotLock(RefName, LockFault)
    /// Somebody holds the lock.
    case locked(RefName, LockError)
    /// One transaction changes a ref twice.
    case multipleUpdates(RefName)
    /// The refs are kept in a format that this program does not read.
    case unsupportedStorage(FilePath)
    /// The file system refused.
    case file(FileError)

    /// What is wrong, in Git's words.
    public var description: String {
        switch self {
        case .badName(let name): "'\(name)' is not a valid ref name"
        case .broken(let name): "unable to resolve reference '\(name)': reference broken"
        case .tooManySymbolic(let name): "unable to resolve reference '\(name)': too many levels of symbolic refs"
        case .badPackedRefs(let path, let offset): "unexpected line in \(path) at byte \(offset)"
        case .badReflog(let name, let offset): "log for '\(name)' has a bad line at byte \(offset)"
        case .cannotLock(let name, let fault): "cannot lock ref '\(name)': \(fault)"
        case .locked(let name, let error): "cannot lock ref '\(name)': \(error)"
        case .multipleUpdates(let name): "multiple updates for ref '\(name)' not allowed"
        case .unsupportedStorage(let path): "refs are kept as reftable in '\(path)', which is not supported"
        case .file(let error): error.description
        }
    }
}

extension RefError {
    /// Runs a file operation, its failure told as one of refs.
    @discardableResult
    static func wrapping<T>(_ body: () throws(FileError) -> T) throws(RefError) -> T {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }
}
