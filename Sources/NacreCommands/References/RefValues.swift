internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// What the values of atoms are found by, shared by all refs of a listing.
final class RefListContext {
    let repository: Repository
    let pretty: PrettyContext
    let shortening: RefShortening
    /// The branch that `HEAD` names.
    let headBranch: RefName?
    var usesColor = false
    lazy var worktrees: [RefName: String] = findWorktrees()
    private var counts: [[ObjectID]: (ahead: Int, behind: Int)] = [:]

    init(_ repository: Repository, _ context: Context) throws {
        self.repository = repository
        pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        shortening = RefShortening(repository)
        if case .symbolic(let name)? = try repository.refs.read(.head) { headBranch = name } else { headBranch = nil }
    }

    /// Which work tree has each branch checked out.
    private func findWorktrees() -> [RefName: String] {
        var result: [RefName: String] = [:]
        func add(_ directory: String, _ path: String?) {
            guard let content = try? Files.readIfPresent(.init(directory + "/HEAD")), let path,
                case .symbolic(let name)? = RefStore.parse(content, algorithm: repository.algorithm)
            else { return }
            result[name] = path
        }
        let common = repository.commonDirectory
        if !repository.isBare, common.lastComponent?.string == ".git" {
            add(common.string, common.removingLastComponent().string)
        }
        for entry in (try? Files.list(common.appending("worktrees"))).flatMap({ $0 }) ?? [] {
            let directory = common.appending("worktrees").appending(bytes: entry.name)
            guard let link = try? Files.readIfPresent(directory.appending("gitdir")) else { continue }
            let path = String(decoding: link, as: UTF8.self).trimmed
            add(directory.string, path.hasSuffix("/.git") ? String(path.dropLast(5)) : path)
        }
        return result
    }

    /// How many commits each of two has that the other has not.
    func aheadBehind(_ one: ObjectID, _ other: ObjectID) throws -> (ahead: Int, behind: Int) {
        if one == other { return (0, 0) }
        if let known = counts[[one, other]] { return known }
        var options = RevisionWalk.Options()
        options.order = .topological
        var walk = RevisionWalk(repository, options: options)
        var bases = MergeBases(repository)
        for base in try bases.bases(of: one, [other]) { try walk.exclude(base) }
        try walk.include(one, isLeft: true)
        try walk.include(other)
        var result = (ahead: 0, behind: 0)
        while let entry = try walk.next() { if entry.isLeft { result.ahead += 1 } else { result.behind += 1 } }
        counts[[one, other]] = result
        return result
    }
}

/// The values of atoms for one ref; objects are read when an atom asks for them.
final class RefValues {
    let ref: Ref
    private let context: RefListContext
    private lazy var object: GitObject? = ref.id.flatMap { try? context.repository.objects.read($0) }
    private lazy var peeledID: ObjectID? = findPeeled()
    private lazy var peeledObject: GitObject? = peeledID.flatMap { try? context.repository.objects.read($0) }

    init(_ ref: Ref, _ context: RefListContext) {
        self.ref = ref
        self.context = context
    }

    private func findPeeled() -> ObjectID? {
        guard let object, object.kind == .tag, let id = ref.id else { return nil }
        return try? context.repository.objects.peelTags(id).id
    }

    /// The value as a number, where sorting compares numbers.
    func number(_ atom: RefAtom) -> Int64? {
        switch atom.name {
        case "objectsize":
            if atom.argument == "disk" { return storage(atom).map { Int64($0.size) } }
            return (atom.isPeeled ? peeledObject : object).map { Int64($0.content.count) }
        case "numparent": return person(atom) == nil ? nil : Int64(commit(atom)?.parents.count ?? 0)
        case "authordate", "committerdate", "taggerdate", "creatordate": return person(atom)?.time ?? 0
        default: return nil
        }
    }

    func text(_ atom: RefAtom) throws -> [UInt8] {
        switch atom.name {
        case "refname": return Array(try refName(ref.name, atom.argument).utf8)
        case "symref":
            guard case .symbolic(let target) = ref.target else { return [] }
            return Array(try refName(target, atom.argument).utf8)
        case "flag":
            if case .symbolic = ref.target { return Array("symref".utf8) }
            return []
        case "HEAD": return Array((context.headBranch == ref.name ? "*" : " ").utf8)
        case "worktreepath": return Array((context.worktrees[ref.name] ?? "").utf8)
        case "color":
            guard let argument = atom.argument, let sequence = TerminalColor.sequence(argument) else {
                throw CommandError.fatal("unrecognized color: %(color:\(atom.argument ?? ""))")
            }
            return context.usesColor ? Array(sequence.utf8) : []
        case "upstream", "push": return Array(try tracking(atom).utf8)
        default: return try objectText(atom)
        }
    }

    private func refName(_ name: RefName, _ argument: String?) throws -> String {
        guard let argument else { return name.string }
        if argument == "short" { return context.shortening.shorten(name) }
        let parts = name.string.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        func count(_ prefix: String) throws -> Int? {
            guard argument.hasPrefix(prefix) else { return nil }
            guard let number = Int(argument.dropFirst(prefix.count)) else {
                throw CommandError.fatal("Integer value expected refname:\(argument)")
            }
            return number
        }
        if let number = try count("lstrip=") ?? count("strip=") {
            let drop = number >= 0 ? number : max(0, parts.count + number)
            return parts.dropFirst(drop).joined(separator: "/")
        }
        if let number = try count("rstrip=") {
            let drop = number >= 0 ? number : max(0, parts.count + number)
            return parts.dropLast(drop).joined(separator: "/")
        }
        throw CommandError.fatal("unrecognized %(refname) argument: \(argument)")
    }

    // MARK: Upstreams

    private func tracking(_ atom: RefAtom) throws -> String {
        guard let branch = ref.name.dropping("refs/heads/") else { return "" }
        let repository = context.repository
        let target =
            atom.name == "push" ? try? repository.pushDestination(of: branch) : try? repository.upstream(of: branch)
        let words = (atom.argument ?? "").split(separator: ",").map(String.init)
        if words.contains("remotename") {
            return atom.name == "push"
                ? repository.pushRemote(of: branch) : repository.config.string("branch.\(branch).remote") ?? ""
        }
        if words.contains("remoteref") {
            return atom.name == "push" ? "" : repository.config.string("branch.\(branch).merge") ?? ""
        }
        guard let target else { return "" }
        guard words.contains("track") || words.contains("trackshort") else { return try refName(target, atom.argument) }
        guard let there = try repository.refs.resolve(target), let here = ref.id else {
            if words.contains("trackshort") { return "" }
            return words.contains("nobracket") ? "gone" : "[gone]"
        }
        let (ahead, behind) = try context.aheadBehind(here, there)
        if words.contains("trackshort") { return ahead > 0 ? (behind > 0 ? "<>" : ">") : behind > 0 ? "<" : "=" }
        var parts: [String] = []
        if ahead > 0 { parts.append("ahead \(ahead)") }
        if behind > 0 { parts.append("behind \(behind)") }
        if parts.isEmpty { return "" }
        let text = parts.joined(separator: ", ")
        return words.contains("nobracket") ? text : "[\(text)]"
    }

    // MARK: Objects

    /// How the object takes up space.
    private func storage(_ atom: RefAtom) -> (size: Int, base: ObjectID?)? {
        (atom.isPeeled ? peeledID : ref.id).flatMap { try? context.repository.objects.storage(of: $0) }
    }

    private func commit(_ atom: RefAtom) -> Commit? {
        guard let object = atom.isPeeled ? peeledObject : object, object.kind == .commit else { return nil }
        return try? Commit(parsing: object.content, algorithm: context.repository.algorithm)
    }

    private func tag(_ atom: RefAtom) -> Tag? {
        guard !atom.isPeeled, let object, object.kind == .tag else { return nil }
        return try? Tag(parsing: object.content, algorithm: context.repository.algorithm)
    }

    private func person(_ atom: RefAtom) -> Signature? {
        if atom.name.hasPrefix("author") { return commit(atom)?.author }
        if atom.name.hasPrefix("committer") { return commit(atom)?.committer }
        if atom.name.hasPrefix("tagger") { return tag(atom)?.tagger }
        return tag(atom)?.tagger ?? commit(atom)?.committer
    }

    private func objectText(_ atom: RefAtom) throws -> [UInt8] {
        let id = atom.isPeeled ? peeledID : ref.id
        guard let id else { return [] }
        guard let object = atom.isPeeled ? peeledObject : object else {
            throw CommandError.fatal("missing object \(id) for \(ref.name)")
        }
        func text(_ value: String?) -> [UInt8] { Array((value ?? "").utf8) }
        func short(_ id: ObjectID) throws -> String {
            guard let argument = atom.argument else { return id.hex }
            if argument == "short" { return context.pretty.abbreviate(id) }
            guard argument.hasPrefix("short="), let count = Int(argument.dropFirst(6)), count > 0 else {
                throw CommandError.fatal("unrecognized %(\(atom.name)) argument: \(argument)")
            }
            return context.repository.objects.abbreviate(id, minimum: max(count, 4))
        }
        switch atom.name {
        case "objectname": return text(try short(id))
        case "objecttype": return text(object.kind.name)
        case "objectsize":
            switch atom.argument {
            case nil: return text(String(object.content.count))
            case "disk": return text(storage(atom).map { String($0.size) })
            case .some(let argument): throw CommandError.fatal("unrecognized %(objectsize) argument: \(argument)")
            }
        case "deltabase": return text((storage(atom)?.base ?? .zero(context.repository.algorithm)).hex)
        case "raw": return atom.argument == "size" ? text(String(object.content.count)) : object.content
        case "tree": return text(try commit(atom).map { try short($0.tree) })
        case "parent": return text(try commit(atom)?.parents.map(short).joined(separator: " "))
        case "numparent": return text(commit(atom).map { String($0.parents.count) })
        case "object": return text(tag(atom)?.target.hex)
        case "type": return text(tag(atom)?.targetKind.name)
        case "tag": return tag(atom)?.name ?? []
        case "subject", "body", "contents", "trailers": return try message(atom, object)
        default: return personText(atom)
        }
    }

    private func personText(_ atom: RefAtom) -> [UInt8] {
        guard let person = person(atom) else { return [] }
        if atom.name.hasSuffix("name") { return person.name }
        if atom.name.hasSuffix("email") {
            if atom.argument == "trim" { return person.email }
            if atom.argument == "localpart" { return Array(person.email.prefix { $0 != UInt8(ascii: "@") }) }
            return [UInt8(ascii: "<")] + person.email + [UInt8(ascii: ">")]
        }
        if atom.name.hasSuffix("date") {
            let mode = atom.argument.flatMap { DateStyle.Mode(parsing: $0) } ?? DateStyle.Mode()
            return Array(context.pretty.date(person, mode).utf8)
        }
        return person.encoded
    }

    private func message(_ atom: RefAtom, _ object: GitObject) throws -> [UInt8] {
        let raw: [UInt8]
        switch object.kind {
        case .commit:
            guard let id = atom.isPeeled ? peeledID : ref.id else { return [] }
            raw = Array(try CommitText(id, context.repository.objects).message)
        case .tag: raw = tag(atom)?.message ?? []
        default: return []
        }
        var message = raw[...]
        while message.first == 10 { message.removeFirst() }
        let signatureStart = object.kind == .tag ? Signing.signatureStart(Array(message)) : nil
        let plain = signatureStart.map { message.prefix($0) } ?? message
        let (subject, body) = CommitText.split(plain)
        let argument =
            atom.name == "contents"
            ? atom.argument : atom.name == "trailers" ? "trailers:" + (atom.argument ?? "") : atom.name
        switch argument {
        case nil: return Array(message)
        case "subject":
            return atom.name == "subject" && atom.argument == "sanitize" ? PrettyFormat.fileName(subject) : subject
        case "body":
            return atom.name == "body" ? Array(CommitText.split(message).body) : Array(body)
        case "size": return Array(String(raw.count).utf8)
        case "signature": return signatureStart.map { Array(message.dropFirst($0)) } ?? []
        case .some(let text) where text.hasPrefix("lines="):
            guard let count = Int(text.dropFirst(6)), count >= 0 else {
                throw CommandError.fatal("positive value expected contents:\(text)")
            }
            let lines = plain.split(separator: 10, omittingEmptySubsequences: false)
            var kept = Array(lines.prefix(count))
            while kept.last?.isEmpty == true { kept.removeLast() }
            return Array(kept.joined(separator: Array("\n    ".utf8)))
        case .some(let text) where text.hasPrefix("trailers"):
            guard let options = Trailers.Options(parsing: text == "trailers" ? "" : String(text.dropFirst(9))) else {
                throw CommandError.fatal("unknown %(trailers) argument: \(text.dropFirst(9))")
            }
            return Trailers(message).format(options)
        case .some(let text): throw CommandError.fatal("unrecognized %(contents) argument: \(text)")
        }
    }
}
