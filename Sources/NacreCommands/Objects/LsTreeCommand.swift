internal import GitObjects
internal import GitRepository
internal import GitStorage

struct LsTreeCommand: Command {
    static let name = "ls-tree"
    static let summary = "list a tree's entries"
    static let usage = ["[<options>] <tree-ish> [<path>...]"]
    static let options: [OptionSpec] = [
        .shortFlag("d", "only show trees"),
        .shortFlag("r", "recurse into subtrees"),
        .shortFlag("t", "show trees when recursing"),
        .shortFlag("z", "terminate entries with NUL byte"),
        .flag("long", "l", "include object size"),
        .flag("name-only", "list only filenames"),
        .flag("name-status", "list only filenames"),
        .flag("object-only", "list only objects"),
        .flag("full-name", "use full path names"),
        .flag("full-tree", "list entire tree; not just current directory (implies --full-name)"),
        .value("format", "format", "format to use for the output"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let word = arguments.operands.first else { throw CommandError.usage("a tree-ish is needed") }
        let names = arguments.isOn("name-only") || arguments.isOn("name-status")
        let modes = [names, arguments.isOn("object-only"), arguments.isOn("long")].count { $0 }
        if modes > 1 { throw CommandError.usage("options cannot be used together") }
        if arguments.has("format"), modes > 0 {
            throw CommandError.usage("--format can't be combined with other format-altering options")
        }
        let id = try context.object(word, hint: .treeish)
        let repository = try context.repository()
        guard let root = try? repository.objects.peel(id, to: .tree) else {
            throw CommandError.fatal("not a tree object")
        }
        let listing = try Listing(arguments, context, names: names)
        try listing.list(root)
        return .success
    }

    private struct Listing {
        let context: Context
        let database: ObjectDatabase
        let onlyTrees: Bool
        let recurses: Bool
        let showsTrees: Bool
        let paths: [[UInt8]]
        let prefix: [UInt8]
        let isRelative: Bool
        let isNulTerminated: Bool
        let format: TreeEntryFormat
        let quotesHighBytes: Bool

        init(_ arguments: Arguments, _ context: Context, names: Bool) throws {
            self.context = context
            database = try context.repository().objects
            onlyTrees = arguments.isOn("d")
            recurses = arguments.isOn("r")
            // -d implies -t.
            showsTrees = arguments.isOn("t") || onlyTrees || !recurses
            isNulTerminated = arguments.isOn("z")
            quotesHighBytes = TreeListing.quotesHighBytes(context)
            let isFull = arguments.isOn("full-tree")
            let directory = isFull || context.isBare ? GitPath.root : try context.prefix()
            let prefix = directory.isRoot ? [] : directory.bytes + [UInt8(ascii: "/")]
            self.prefix = prefix
            isRelative = !isFull && !arguments.isOn("full-name")
            let operands = Array(arguments.operands.dropFirst())
            var paths = try operands.map { try Listing.normalized($0, prefix: prefix) }
            if paths.isEmpty, !prefix.isEmpty { paths = [prefix] }
            self.paths = paths
            let abbreviation: Int?
            if arguments.has("abbrev"), arguments.flag("abbrev") != false {
                abbreviation = try arguments.integer("abbrev") ?? -1
            } else {
                abbreviation = nil
            }
            let text: String
            if let custom = arguments.text("format") {
                text = custom
            } else if names {
                text = "%(path)"
            } else if arguments.isOn("object-only") {
                text = "%(objectname)"
            } else if arguments.isOn("long") {
                text = "%(objectmode) %(objecttype) %(objectname) %(objectsize:padded)%x09%(path)"
            } else {
                text = "%(objectmode) %(objecttype) %(objectname)%x09%(path)"
            }
            format = try TreeEntryFormat(text, abbreviation: abbreviation)
        }

        /// A path operand below the work tree's top, keeping a slash at its end, which asks for what is inside.
        private static func normalized(_ operand: [UInt8], prefix: [UInt8]) throws -> [UInt8] {
            let slash = UInt8(ascii: "/")
            var components: [ArraySlice<UInt8>] = []
            for component in (prefix + operand).split(separator: slash) where !component.elementsEqual(".".utf8) {
                if component.elementsEqual("..".utf8) {
                    guard components.popLast() != nil else {
                        let text = String(decoding: operand, as: UTF8.self)
                        throw CommandError.fatal("\(text): '\(text)' is outside repository")
                    }
                } else {
                    components.append(component)
                }
            }
            var path = Array(components.joined(separator: [slash]))
            if operand.last == slash, !path.isEmpty { path.append(slash) }
            return path
        }

        func list(_ root: ObjectID) throws { try list(root, base: []) }

        private enum Match { case none, inside, descend }

        /// Whether a path is asked for, or lies on the way to what is.
        private func match(_ path: [UInt8], isTree: Bool) -> Match {
            if paths.isEmpty { return .inside }
            let slash = UInt8(ascii: "/")
            var result = Match.none
            for wanted in paths {
                let bare = wanted.last == slash ? wanted.dropLast() : wanted[...]
                if bare.isEmpty { return .inside }
                if path.elementsEqual(bare) {
                    if wanted.last == slash && isTree {
                        result = .descend
                    } else {
                        return .inside
                    }
                } else if path.count > bare.count, path.starts(with: bare), path[bare.count] == slash {
                    return .inside
                } else if isTree, bare.count > path.count, bare.starts(with: path), bare[path.count] == slash {
                    result = .descend
                }
            }
            return result
        }

        /// A path has at most 4,096 bytes; each level costs a copy of the path above it.
        private static let depthLimit = 4096

        /// Depth-first with a stack of its own.
        private func list(_ root: ObjectID, base: [UInt8]) throws {
            var stack = [(entries: try database.tree(root).entries[...], base: base)]
            while var top = stack.popLast() {
                guard let entry = top.entries.popFirst() else { continue }
                stack.append(top)
                let path = top.base + entry.name
                let isTree = entry.mode == .tree
                let match = match(path, isTree: isTree)
                if match == .none { continue }
                let descends = isTree && (match == .descend || recurses)
                let isShown =
                    isTree
                    ? (descends ? showsTrees && (recurses || match == .inside) : true)
                    : !onlyTrees || entry.mode == .gitlink
                if isShown && !(match == .descend && !recurses) { try show(entry, path) }
                if descends {
                    guard stack.count < Self.depthLimit else {
                        throw StorageError.tooDeep(entry.id, limit: Self.depthLimit)
                    }
                    stack.append((try database.tree(entry.id).entries[...], path + [UInt8(ascii: "/")]))
                }
            }
        }

        private func show(_ entry: TreeEntry, _ path: [UInt8]) throws {
            var shown = path
            if isRelative, !prefix.isEmpty { shown = TreeListing.relative(path, to: prefix) }
            if !isNulTerminated { shown = GitPath(shown).quoted(quotingHighBytes: quotesHighBytes) }
            let line = try format.line(entry, path: shown, database)
            context.output.write(line + [isNulTerminated ? 0 : UInt8(ascii: "\n")])
        }
    }
}

/// The format of a line of `ls-tree`.
struct TreeEntryFormat {
    private enum Piece { case text([UInt8]), mode, type, name, size, paddedSize, path }

    private var pieces: [Piece] = []
    private let abbreviation: Int?

    init(_ text: String, abbreviation: Int?) throws {
        self.abbreviation = abbreviation
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            pieces.append(.text(Array(rest[..<percent].utf8)))
            rest = rest[rest.index(after: percent)...]
            if rest.hasPrefix("%") {
                pieces.append(.text([UInt8(ascii: "%")]))
                rest = rest.dropFirst()
            } else if rest.hasPrefix("x"), let byte = UInt8(rest.dropFirst().prefix(2), radix: 16) {
                pieces.append(.text([byte]))
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("("), let end = rest.firstIndex(of: ")") {
                pieces.append(try TreeEntryFormat.field(String(rest[rest.index(after: rest.startIndex)..<end])))
                rest = rest[rest.index(after: end)...]
            } else {
                throw CommandError.fatal("bad ls-tree format: element '\(rest)' does not start with '('")
            }
        }
        pieces.append(.text(Array(rest.utf8)))
    }

    private static func field(_ name: String) throws -> Piece {
        switch name {
        case "objectmode": .mode
        case "objecttype": .type
        case "objectname": .name
        case "objectsize": .size
        case "objectsize:padded": .paddedSize
        case "path": .path
        default: throw CommandError.fatal("bad ls-tree format: %(\(name))")
        }
    }

    func line(_ entry: TreeEntry, path: [UInt8], _ database: ObjectDatabase) throws -> [UInt8] {
        var line: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .mode: line += Array(TreeListing.mode(entry.rawMode).utf8)
            case .type: line += Array(entry.mode.objectKind.name.utf8)
            case .name:
                if let abbreviation {
                    line += Array(database.abbreviate(entry.id, minimum: abbreviation < 0 ? nil : abbreviation).utf8)
                } else {
                    line += entry.id.hexBytes
                }
            case .size, .paddedSize:
                var text = entry.mode.isBlob ? "\(try database.header(entry.id).size)" : "-"
                if case .paddedSize = piece { text = String(repeating: " ", count: max(0, 7 - text.count)) + text }
                line += Array(text.utf8)
            case .path: line += path
            }
        }
        return line
    }
}
