internal import Bytes
public import GitObjects

extension RefStore {
    /// Gives a ref a new name, its log with it; or makes a copy. What stood under the new name is replaced.
    ///
    /// - Throws: ``RefError`` where the new name cannot stand beside others, or somebody holds a lock.
    public func rename(
        _ old: RefName, to new: RefName, id: ObjectID, copying: Bool, message: String, committer: Signature
    ) throws(RefError) {
        if copying, old == new {
            let entry = ReflogEntry(old: id, new: id, committer: committer, message: Array(message.utf8))
            if try read(.head) == .symbolic(new) { try appendReflog(.head, entry) }
            return try appendReflog(new, entry)
        }
        let log = try reflog(old)
        var removal = beginTransaction()
        // Where `HEAD` names the old one, its log says that the branch went away.
        if !copying { removal.delete(old, expecting: .exactly(id), message: message, followingSymbolic: false) }
        if new != old, try read(new) != nil { removal.delete(new, followingSymbolic: false) }
        if !removal.isEmpty { try removal.commit(committer: committer) }
        if let log {
            try createReflog(new)
            try replaceReflog(new, with: log.entries)
        }
        var creation = beginTransaction()
        creation.update(new, to: id, message: message, creatingReflog: log != nil, followingSymbolic: false)
        var prepared = try PreparedRefTransaction(creation, logsHead: false)
        prepared.overrideOld(id)
        try prepared.commit(committer: committer)
    }
}
