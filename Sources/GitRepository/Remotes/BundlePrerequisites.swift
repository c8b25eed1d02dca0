public import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitStorage
public import GitTransport

/// What a bundle needs a repository to have.
public enum BundlePrerequisites {
    /// The commits that are not here.
    public static func missing(_ bundle: BundleFile, _ repository: Repository) -> [BundleFile.Line] {
        bundle.prerequisites.filter { !repository.objects.contains($0.id) }
    }

    /// A commit that is here but not with all that is behind it; nil where all is well.
    ///
    /// - Throws: ``StorageError`` where something cannot be read.
    public static func unconnected(_ bundle: BundleFile, _ repository: Repository) throws -> ObjectID? {
        let ids = bundle.prerequisites.map(\.id)
        guard !ids.isEmpty else { return nil }
        let local = try repository.refs.list().compactMap(\.id)
        let isComplete = try Connectivity.isComplete(
            ids, excluding: local, cut: repository.shallowCommits, repository.objects)
        return isComplete ? nil : ids[0]
    }
}
