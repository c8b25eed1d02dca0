internal import Bytes
public import GitObjects
internal import SystemPackage

extension Repository {
    /// The commits whose parents were left out of a shallow clone.
    public var shallowCommits: Set<ObjectID> {
        guard let content = try? Files.readIfPresent(commonDirectory.appending("shallow"), limit: 1 << 28) else {
            return []
        }
        return Set(content.split(separator: 10).compactMap { ObjectID(hex: $0, algorithm: algorithm) })
    }
}
