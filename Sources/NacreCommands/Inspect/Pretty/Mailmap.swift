internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// Who is meant by a name and address that were written once: `.mailmap`, `mailmap.file`, `mailmap.blob`.
struct Mailmap {
    private struct Replacement {
        var name: [UInt8]?
        var email: [UInt8]?
    }

    /// By the old address in lower case.
    private var byEmail: [[UInt8]: Replacement] = [:]
    /// By the old address and the old name, both in lower case.
    private var byName: [[UInt8]: [[UInt8]: Replacement]] = [:]

    var isEmpty: Bool { byEmail.isEmpty && byName.isEmpty }

    init() {}

    /// The map of a repository.
    init(_ repository: Repository) {
        if let workTree = repository.workTree, let text = try? Files.readIfPresent(workTree.appending(".mailmap")) {
            add(text)
        } else if repository.isBare, let id = try? RevisionResolver(repository).find("HEAD:.mailmap")?.id,
            let content = try? repository.objects.read(id, as: .blob)
        {
            add(content)
        }
        if let name = repository.config.string("mailmap.blob"),
            let id = try? RevisionResolver(repository).find(name)?.id,
            let content = try? repository.objects.read(id, as: .blob)
        {
            add(content)
        }
        if let path = try? repository.config.path("mailmap.file", home: repository.discovery.home),
            let text = try? Files.readIfPresent(path)
        {
            add(text)
        }
    }

    private static func lowered(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var slice = bytes
        while let first = slice.first, CommitText.isSpace(first) { slice.removeFirst() }
        while let last = slice.last, CommitText.isSpace(last) { slice.removeLast() }
        return slice.isEmpty ? nil : Array(slice)
    }

    mutating func add(_ text: [UInt8]) {
        for line in text.split(separator: 10) where line.first != UInt8(ascii: "#") {
            guard let (name1, email1, rest) = Self.part(line) else { continue }
            if let (name2, email2, _) = Self.part(rest) {
                add(new: (name1, email1), old: (name2, email2))
            } else {
                add(new: (name1, nil), old: (nil, email1))
            }
        }
    }

    private static func part(
        _ line: ArraySlice<UInt8>
    ) -> (name: [UInt8]?, email: [UInt8], rest: ArraySlice<UInt8>)? {
        guard let open = line.firstIndex(of: UInt8(ascii: "<")),
            let close = line[open...].firstIndex(of: UInt8(ascii: ">"))
        else { return nil }
        return (trimmed(line[..<open]), Array(line[(open + 1)..<close]), line[(close + 1)...])
    }

    private mutating func add(new: ([UInt8]?, [UInt8]?), old: ([UInt8]?, [UInt8])) {
        let key = Self.lowered(old.1)
        let replacement = Replacement(name: new.0, email: new.1)
        if let name = old.0 {
            byName[key, default: [:]][Self.lowered(name)] = replacement
        } else {
            var merged = byEmail[key] ?? Replacement()
            if let name = replacement.name { merged.name = name }
            if let email = replacement.email { merged.email = email }
            byEmail[key] = merged
        }
    }

    /// The signature with name and address replaced.
    func map(_ signature: Signature) -> Signature {
        if isEmpty { return signature }
        let key = Self.lowered(signature.email)
        guard let found = byName[key]?[Self.lowered(signature.name)] ?? byEmail[key] else { return signature }
        var result = signature
        if let name = found.name { result.name = name }
        if let email = found.email { result.email = email }
        return result
    }
}
