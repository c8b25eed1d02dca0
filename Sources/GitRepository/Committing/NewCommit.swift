internal import Bytes
public import GitObjects
internal import GitStorage

/// A commit about to be made.
public struct NewCommit: Sendable {
    /// The tree.
    public var tree: ObjectID
    /// The commits before it.
    public var parents: [ObjectID]
    /// Who wrote the change.
    public var author: Signature
    /// Who makes the commit.
    public var committer: Signature
    /// The message, in UTF-8 or the encoding named.
    public var message: [UInt8]
    /// `i18n.commitEncoding`, where it is not UTF-8.
    public var encoding: String?
    /// Further headers, before a signature's.
    public var extraHeaders: [(name: String, value: [UInt8])] = []

    /// Makes a description.
    public init(tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: [UInt8]) {
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.message = message
    }

    /// The commit's content, unsigned.
    public var commit: Commit {
        var headers: [(name: String, value: [UInt8])] = []
        if let encoding { headers.append(("encoding", Array(encoding.utf8))) }
        return Commit(
            tree: tree, parents: parents, author: author, committer: committer, message: message,
            extraHeaders: headers + extraHeaders)
    }
}

extension Repository {
    /// Writes a commit object; moves no ref.
    ///
    /// - Parameter signer: signs the content where given; its signature becomes a header.
    /// - Throws: where the message holds a NUL, the signer fails, or the object cannot be written.
    public func writeCommit(_ new: NewCommit, signer: SigningKey? = nil) throws -> ObjectID {
        guard !new.message.contains(0) else {
            throw RepositoryError(.invalid, "a NUL byte in commit log message not allowed.")
        }
        var commit = new.commit
        if let signer {
            let signature = try signer.sign(commit.encoded)
            var signed = new
            let name = algorithm == .sha1 ? "gpgsig" : "gpgsig-sha256"
            signed.extraHeaders.append((name, signature))
            commit = signed.commit
        }
        return try objects.write(.commit, commit.encoded)
    }
}
