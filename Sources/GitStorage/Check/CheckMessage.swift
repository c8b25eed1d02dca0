/// What a check of one object can find: Git's message ids, with the severity that Git gives them.
public enum CheckMessage: String, Sendable, Hashable, CaseIterable {
    case nulInHeader, unterminatedHeader
    case badDate, badDateOverflow, badEmail, badName, badObjectSha1, badParentSha1, badTimezone, badTree, badTreeSha1
    case badType, duplicateEntries, missingAuthor, missingCommitter, missingEmail, missingNameBeforeEmail, missingObject
    case missingSpaceBeforeDate, missingSpaceBeforeEmail, missingTag, missingTagEntry, missingTree, missingType
    case missingTypeEntry, multipleAuthors, treeNotSorted, zeroPaddedDate, gitmodulesSymlink
    case emptyName, fullPathname, hasDot, hasDotdot, hasDotgit, nullSha1, zeroPaddedFilemode, nulInCommit
    case gitmodulesBlob, gitmodulesMissing, gitmodulesName, gitmodulesPath, gitmodulesUpdate, gitmodulesUrl
    case gitattributesBlob, gitattributesMissing, gitattributesLarge, gitattributesLineLength, gitmodulesParse
    case badFilemode, badTagName, missingTaggerEntry, gitattributesSymlink, gitignoreSymlink, mailmapSymlink

    /// How bad it is.
    public enum Severity: Int, Sendable, Hashable, Comparable {
        /// Not spoken of.
        case ignore
        /// Spoken of.
        case info
        /// Spoken of; an error under `--strict`.
        case warn
        /// The object is refused.
        case error
        /// The object is refused whatever the configuration says.
        case fatal

        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// Git's default.
    public var severity: Severity {
        switch self {
        case .nulInHeader, .unterminatedHeader: .fatal
        case .emptyName, .fullPathname, .hasDot, .hasDotdot, .hasDotgit, .nullSha1, .zeroPaddedFilemode, .nulInCommit:
            .warn
        case .badFilemode, .badTagName, .missingTaggerEntry, .gitattributesSymlink, .gitignoreSymlink, .mailmapSymlink,
            .gitmodulesParse:
            .info
        default: .error
        }
    }
}

/// One thing that is wrong with an object.
public struct CheckFinding: Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing.
    public let message: CheckMessage
    /// How bad it is, by the checker's configuration.
    public let severity: CheckMessage.Severity
    /// Git's words for it.
    public let text: String

    /// A finding of the severity that a checker gives it; nil where that is nothing to speak of.
    public init?(_ message: CheckMessage, _ text: String, _ checker: ObjectChecker) {
        let severity = checker.severity(message)
        guard severity > .ignore else { return nil }
        self.init(message: message, severity: severity, text: text)
    }

    init(message: CheckMessage, severity: CheckMessage.Severity, text: String) {
        self.message = message
        self.severity = severity
        self.text = text
    }

    /// `missingTree: invalid format - expected 'tree' line`.
    public var description: String { "\(message.rawValue): \(text)" }
}
