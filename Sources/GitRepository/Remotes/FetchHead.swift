public import Bytes
public import GitObjects
internal import SystemPackage

/// What the last fetch left for merging: `FETCH_HEAD`, a line for each ref that was fetched.
///
/// A line is `<id> TAB [not-for-merge] TAB <description>`, the description `branch 'main' of <address>`, `'<ref>' of
/// <address>`, or the address alone where `HEAD` was fetched.
public struct FetchHead: Sendable {
    /// One ref that was fetched.
    public struct Entry: Sendable, Hashable {
        /// Where it stood.
        public let id: ObjectID
        /// Whether a merge takes it.
        public let isForMerge: Bool
        /// `branch`, `tag`, `remote-tracking branch`, or empty.
        public let kind: String
        /// Its short name; nil for the other side's `HEAD`.
        public let name: String?
        /// Where it came from; `.` for this repository.
        public let source: String
    }

    /// The refs, in the order of the file.
    public let entries: [Entry]

    /// The refs that a merge takes.
    public var mergeable: [Entry] { entries.filter(\.isForMerge) }

    /// Reads the file of a repository; nothing where there is none.
    ///
    /// - Throws: ``FileError`` where it cannot be read.
    public init(_ repository: Repository) throws {
        let content = try Files.readIfPresent(repository.gitDirectory.appending("FETCH_HEAD"), limit: 64 << 20) ?? []
        self.init(content, algorithm: repository.algorithm)
    }

    /// Reads the file's content; lines that are none are passed over.
    public init(_ content: [UInt8], algorithm: HashAlgorithm) {
        entries = content.split(separator: UInt8(ascii: "\n")).compactMap { Entry($0, algorithm) }
    }

    /// The subject of the commit that merges all refs that a merge takes, without the branch that they are merged into.
    public var mergeTitle: String { FetchHead.mergeTitle(of: mergeable) }

    /// The subject of the commit that merges some of the refs, without the branch that they are merged into.
    public static func mergeTitle(of entries: [Entry]) -> String {
        mergeTitle(of: entries.map { ($0.kind, $0.name.map { "'\($0)'" }, $0.source) })
    }

    /// The subject of the commit that merges histories.
    ///
    /// - Parameter origins: of each its kind as in ``Entry/kind``, its name in quotes (nil: the source has but one history),
    ///   and where it comes from, `.` for this repository.
    public static func mergeTitle(of origins: [(kind: String, name: String?, source: String)]) -> String {
        var sources: [(source: String, hasHead: Bool, groups: [(kind: String, names: [String])])] = []
        for origin in origins {
            let place = sources.firstIndex { $0.source == origin.source } ?? sources.count
            if place == sources.count { sources.append((origin.source, false, [])) }
            guard let name = origin.name else {
                sources[place].hasHead = true
                continue
            }
            if let group = sources[place].groups.firstIndex(where: { $0.kind == origin.kind }) {
                sources[place].groups[group].names.append(name)
            } else {
                sources[place].groups.append((origin.kind, [name]))
            }
        }
        let order = ["branch", "remote-tracking branch", "tag", ""]
        let texts = sources.map { source in
            if source.hasHead && source.groups.isEmpty { return source.source }
            var parts = source.hasHead ? ["HEAD"] : []
            for kind in order {
                guard let group = source.groups.first(where: { $0.kind == kind }) else { continue }
                parts.append(FetchHead.joined(group.kind, group.names))
            }
            return parts.joined(separator: ", ") + (source.source == "." ? "" : " of \(source.source)")
        }
        return "Merge " + texts.joined(separator: "; ")
    }

    private static func joined(_ kind: String, _ names: [String]) -> String {
        let word = kind.isEmpty ? "commit" : kind
        guard names.count > 1 else { return "\(word) \(names[0])" }
        let plural = word.hasSuffix("branch") ? word + "es" : word + "s"
        return "\(plural) " + names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
    }
}

extension FetchHead.Entry {
    fileprivate init?(_ line: ArraySlice<UInt8>, _ algorithm: HashAlgorithm) {
        let fields = line.split(separator: 9, maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, let id = ObjectID(hex: fields[0], algorithm: algorithm) else { return nil }
        self.id = id
        isForMerge = fields[1].isEmpty
        let text = String(decoding: fields[2], as: UTF8.self)
        guard let open = text.firstIndex(of: "'"),
            ["branch ", "tag ", "remote-tracking branch ", ""].contains(String(text[..<open])),
            let close = text[text.index(after: open)...].firstIndex(of: "'")
        else {
            (kind, name, source) = ("", nil, text)
            return
        }
        kind = String(text[..<open].dropLast())
        name = String(text[text.index(after: open)..<close])
        let rest = text[text.index(after: close)...]
        source = rest.hasPrefix(" of ") ? String(rest.dropFirst(4)) : "."
    }
}
