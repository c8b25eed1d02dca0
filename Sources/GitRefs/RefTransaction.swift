public import GitObjects

/// What a ref must hold for a change to be made.
public enum Expectation: Sendable, Hashable {
    /// Anything, or nothing.
    case any
    /// The ref must not exist.
    case absent
    /// The ref must exist, with any value.
    case present
    /// The ref must hold this object; all zeros means that it must not exist.
    case exactly(ObjectID)
}

/// Changes of refs that are made all or not at all.
///
/// The refs are locked and compared with what is expected of them; only when all are as expected is anything written. A
/// change of the branch that `HEAD` names is also written to the log of `HEAD`.
public struct RefTransaction: Sendable {
    enum Change: Sendable, Hashable {
        case set(ObjectID)
        case delete
        case symbolic(RefName)
        case verify
    }

    struct Update: Sendable {
        var name: RefName
        var change: Change
        var expectation: Expectation
        var message: [UInt8]
        var createsReflog: Bool
        var followsSymbolic: Bool
        var isLogged = true
    }

    let store: RefStore
    var updates: [Update] = []

    init(store: RefStore) { self.store = store }

    /// Whether nothing would be done.
    public var isEmpty: Bool { updates.isEmpty }

    /// The refs named so far.
    public var names: [RefName] { updates.map(\.name) }

    /// Points a ref at an object. Where the ref is symbolic, the ref that it leads to is changed, and both logs grow.
    ///
    /// `message` goes to the log; `creatingReflog` makes one whatever the policy says.
    public mutating func update(
        _ name: RefName, to id: ObjectID, expecting: Expectation = .any, message: String,
        creatingReflog: Bool = false, followingSymbolic: Bool = true
    ) {
        updates.append(
            Update(
                name: name, change: id.isZero ? .delete : .set(id), expectation: expecting,
                message: Array(message.utf8), createsReflog: creatingReflog, followsSymbolic: followingSymbolic))
    }

    /// Removes a ref with its log.
    public mutating func delete(
        _ name: RefName, expecting: Expectation = .any, message: String = "", followingSymbolic: Bool = true
    ) {
        updates.append(
            Update(
                name: name, change: .delete, expectation: expecting, message: Array(message.utf8),
                createsReflog: false, followsSymbolic: followingSymbolic))
    }

    /// Makes a ref name another ref. A log entry is written where the new target exists; without a message, none.
    public mutating func setSymbolic(_ name: RefName, to target: RefName, message: String? = nil) {
        updates.append(
            Update(
                name: name, change: .symbolic(target), expectation: .any, message: Array((message ?? "").utf8),
                createsReflog: false, followsSymbolic: false, isLogged: message != nil))
    }

    /// Demands a value of a ref that is not changed.
    public mutating func verify(_ name: RefName, _ expecting: Expectation, followingSymbolic: Bool = true) {
        updates.append(
            Update(
                name: name, change: .verify, expectation: expecting, message: [], createsReflog: false,
                followsSymbolic: followingSymbolic))
    }

    /// Makes the changes. `committer` signs the log entries.
    ///
    /// - Throws: ``RefError``; no ref was changed then, unless the file system fails between two renames.
    public consuming func commit(committer: Signature) throws(RefError) {
        var prepared = try PreparedRefTransaction(self)
        try prepared.commit(committer: committer)
    }

    /// Takes the locks and compares, and changes nothing yet.
    public consuming func prepare() throws(RefError) -> PreparedRefTransaction {
        try PreparedRefTransaction(self)
    }
}

extension RefStore {
    /// An empty transaction.
    public func beginTransaction() -> RefTransaction { RefTransaction(store: self) }
}
