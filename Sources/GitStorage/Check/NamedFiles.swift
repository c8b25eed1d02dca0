internal import GitObjects
internal import Synchronization

/// The files that received trees name `.gitmodules` and `.gitattributes`, whose content is checked once everything is here.
///
/// One for each pack: trees are checked on several threads, and a tree may come after or before the blob that it names.
public final class NamedFiles: Sendable {
    /// What the content of such a file is checked by.
    public typealias Judge =
        @Sendable (_ content: [UInt8], _ isModules: Bool, _ checker: ObjectChecker) -> [CheckFinding]

    private struct Found {
        var modules: Set<ObjectID> = []
        var attributes: Set<ObjectID> = []
    }

    private let judge: Judge
    private let found = Mutex(Found())

    /// None as yet.
    public init(judge: @escaping Judge) { self.judge = judge }

    func add(_ tree: RawSpan, _ id: ObjectID) {
        let named = ObjectChecker.namedFiles(in: tree, algorithm: id.algorithm)
        guard !named.modules.isEmpty || !named.attributes.isEmpty else { return }
        found.withLock {
            $0.modules.formUnion(named.modules)
            $0.attributes.formUnion(named.attributes)
        }
    }

    /// The files' ids.
    var ids: Set<ObjectID> { found.withLock { $0.modules.union($0.attributes) } }

    /// Refuses what the files say or are.
    ///
    /// - Throws: ``StorageError/unsound(_:_:message:)`` with the first error.
    func require(
        _ checker: ObjectChecker, read: (ObjectID) throws(StorageError) -> GitObject?
    ) throws(StorageError) {
        let found = found.withLock { $0 }
        for (ids, isModules) in [(found.modules, true), (found.attributes, false)] {
            for id in ids.subtracting(checker.skipped).sorted() {
                let object = try read(id)
                let findings = findings(object, isModules, checker)
                guard let finding = findings.first(where: { $0.severity >= .error }) else { continue }
                throw .unsound(id, object?.kind ?? .blob, message: finding.description)
            }
        }
    }

    private func findings(_ object: GitObject?, _ isModules: Bool, _ checker: ObjectChecker) -> [CheckFinding] {
        let name = isModules ? ".gitmodules" : ".gitattributes"
        guard let object else {
            let message: CheckMessage = isModules ? .gitmodulesMissing : .gitattributesMissing
            return [CheckFinding(message, "unable to read \(name) blob", checker)].compactMap(\.self)
        }
        guard object.kind == .blob else {
            let message: CheckMessage = isModules ? .gitmodulesBlob : .gitattributesBlob
            return [CheckFinding(message, "non-blob found at \(name)", checker)].compactMap(\.self)
        }
        return judge(object.content, isModules, checker)
    }
}
