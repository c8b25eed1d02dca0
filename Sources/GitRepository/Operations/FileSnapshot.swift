internal import Bytes
public import GitObjects
public import GitWorktree

/// What stood at a path of the work tree before an operation changed it.
public enum FileSnapshot: Sendable, Hashable {
    /// Nothing.
    case absent(GitPath)
    /// A file or a link.
    case file(KeptFile)

    /// The path.
    public var path: GitPath {
        switch self {
        case .absent(let path): path
        case .file(let file): file.path
        }
    }

    /// `<form><mode> <id> <path>NUL`, or `- - <path>NUL`.
    static func encode(_ snapshots: [FileSnapshot]) -> [UInt8] {
        var output: [UInt8] = []
        for snapshot in snapshots {
            switch snapshot {
            case .absent: output += Array("- - ".utf8)
            case .file(let file): output += [file.form.rawValue] + Array("\(file.mode.octal) \(file.id.hex) ".utf8)
            }
            output += snapshot.path.bytes + [0]
        }
        return output
    }

    static func decode(_ content: [UInt8], _ algorithm: HashAlgorithm) -> [FileSnapshot]? {
        var result: [FileSnapshot] = []
        for record in content.split(separator: 0) {
            let fields = record.split(separator: 0x20, maxSplits: 2)
            guard fields.count == 3 else { return nil }
            let path = GitPath(fields[2])
            if fields[0].elementsEqual("-".utf8) {
                result.append(.absent(path))
                continue
            }
            guard let form = KeptFile.Form(rawValue: fields[0][fields[0].startIndex]),
                let number = UInt32(String(decoding: fields[0].dropFirst(), as: UTF8.self), radix: 8),
                let mode = FileMode(rawValue: number), let id = ObjectID(hex: fields[1], algorithm: algorithm)
            else { return nil }
            result.append(.file(KeptFile(path: path, form: form, mode: mode, id: id)))
        }
        return result
    }
}
