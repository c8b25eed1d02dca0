public import Bytes
public import GitObjects

/// Git's checks of an object's form: what `fsck` and `transfer.fsckObjects` look at.
///
/// <https://git-scm.com/docs/git-fsck#_fsck_messages>
public struct ObjectChecker: Sendable {
    /// Whether warnings count as errors, and group-writable modes as bad.
    public var isStrict: Bool
    /// `fsck.<msg-id>` and `receive.fsck.<msg-id>`: severities that differ from Git's. Fatal ones cannot be changed.
    public var severities: [CheckMessage: CheckMessage.Severity]
    /// `fsck.skipList`: objects that are not checked.
    public var skipped: Set<ObjectID>
    /// Collects the files of a received pack whose content is checked at its end; nil where nobody looks into them.
    public var namedFiles: NamedFiles?

    /// Makes a checker.
    public init(
        isStrict: Bool = false, severities: [CheckMessage: CheckMessage.Severity] = [:], skipped: Set<ObjectID> = []
    ) {
        self.isStrict = isStrict
        self.severities = severities
        self.skipped = skipped
    }

    /// Whether blobs have to be given too; their content is never wrong.
    var wantsBlobs: Bool { false }

    func severity(_ message: CheckMessage) -> CheckMessage.Severity {
        let severity = message.severity == .fatal ? .fatal : severities[message] ?? message.severity
        return isStrict && severity == .warn ? .error : severity
    }

    /// Everything that is wrong with an object, in Git's order; nothing for one that is skipped.
    public func findings(_ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan) -> [CheckFinding] {
        guard !skipped.contains(id) else { return [] }
        var check = ObjectCheck(checker: self, algorithm: id.algorithm)
        switch kind {
        case .blob: break
        case .tree: check.tree(content)
        case .commit: check.commit(content)
        case .tag: check.tag(content)
        }
        return check.findings
    }

    /// The objects that a tree names `.gitmodules` or `.gitattributes`, in any spelling that some file system takes for it.
    public static func namedFiles(
        in tree: RawSpan, algorithm: HashAlgorithm
    ) -> (modules: [ObjectID], attributes: [ObjectID]) {
        var modules: [ObjectID] = []
        var attributes: [ObjectID] = []
        var offset = 0
        while offset < tree.byteCount,
            let entry = RawTreeEntry(tree, at: offset, idSize: algorithm.byteCount, algorithm)
        {
            let length = entry.nameEnd - entry.nameStart
            let isLink = tree[offset] == UInt8(ascii: "1") && tree[offset + 1] == UInt8(ascii: "2")
            offset = entry.end
            guard !isLink, !entry.isGitlink, length >= 8 else { continue }
            let name = [UInt8](tree.extracting(entry.nameStart..<entry.nameEnd))
            if SpecialNames.is(name, "gitmodules") { modules.append(entry.id) }
            if SpecialNames.is(name, "gitattributes") { attributes.append(entry.id) }
        }
        return (modules, attributes)
    }

    /// Refuses an object that has an error.
    ///
    /// - Throws: ``StorageError/unsound(_:_:message:)`` with the first.
    public func require(_ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan) throws(StorageError) {
        if let finding = findings(id, kind, content).first(where: { $0.severity >= .error }) {
            throw .unsound(id, kind, message: finding.description)
        }
        if kind == .tree { namedFiles?.add(content, id) }
    }
}
