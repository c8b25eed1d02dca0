internal import GitObjects
internal import GitProtocol
internal import GitStorage

/// Whether a new tip holds the metric policy that the repository declares.
enum PolicyCheck {
    /// Why an update is refused; nil where it is not.
    static func refusal(of update: RefUpdate, _ push: ReceivedPush) throws -> String? {
        "protected: this server cannot check the metric policy"
    }
}
