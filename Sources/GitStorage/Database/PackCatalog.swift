internal import Bytes
internal import GitObjects
internal import Glibc
internal import SystemPackage

/// The packs that a database knows, and when it looked.
struct PackCatalog {
    /// The state of the directory when it was listed.
    struct Stamp: Sendable {
        var modified: FileStatus.Time?
        var listed: Int64

        /// Whether this was taken of a later state than the other.
        func isNewer(than other: Stamp) -> Bool {
            guard let modified, let earlier = other.modified else { return false }
            return (earlier.seconds, earlier.nanoseconds) < (modified.seconds, modified.nanoseconds)
        }
    }

    var list: [Pack]?
    /// Why packs were left out of the list.
    var damage: [StorageError] = []
    /// How often the list turned out to have changed.
    var generation = 0
    var stamp = Stamp(modified: nil, listed: 0)
    /// The number of the pack that held the object asked for last.
    var lastHit = 0
    /// The packs whose time was set to now by this process.
    var freshened: Set<Int> = []
    /// Loose objects by first byte, as far as they were listed.
    var looseBuckets: [UInt8: [ObjectID]] = [:]
    /// The pack whose entries' order was asked for last.
    var source: SourcePack?
    /// How many digits abbreviated ids have at least.
    var automaticDigits: Int?

    /// A change of the directory within this many seconds of a listing may not show in its time.
    private static let granularity: Int64 = 2

    /// Lists a directory of packs, newest first, keeping the objects of packs that are known. A pack whose index is damaged
    /// or just removed is left out, as Git does.
    static func scan(
        _ directory: FilePath, algorithm: HashAlgorithm, known: [Pack]
    ) throws(StorageError) -> (packs: [Pack], stamp: Stamp, damage: [StorageError]) {
        do throws(FileError) {
            let stamp = Stamp(modified: try FileStatus.of(directory)?.modified, listed: Int64(time(nil)))
            guard let entries = try Files.list(directory) else { return ([], stamp, []) }
            let open = Dictionary(known.map { ($0.index.path.bytes, $0) }) { first, _ in first }
            let names = Set(entries.map(\.name))
            var packs: [Pack] = []
            var damage: [StorageError] = []
            for entry in entries where entry.name.count > 4 && entry.name.suffix(4).elementsEqual(".idx".utf8) {
                guard names.contains(entry.name.dropLast(3) + Array("pack".utf8)) else { continue }
                let path = directory.appending(bytes: entry.name)
                if let pack = open[path.bytes] {
                    packs.append(pack)
                    continue
                }
                do throws(StorageError) {
                    packs.append(try Pack(indexPath: path, algorithm: algorithm))
                } catch .file {
                    continue
                } catch {
                    damage.append(error)
                }
            }
            packs.sort { ($1.modified, $0.path.string) < ($0.modified, $1.path.string) }
            return (packs, stamp, damage)
        } catch {
            throw .file(error)
        }
    }

    static func mayHaveChanged(_ directory: FilePath, since stamp: Stamp) throws(StorageError) -> Bool {
        do throws(FileError) {
            guard let modified = try FileStatus.of(directory)?.modified else { return stamp.modified != nil }
            return modified != stamp.modified || stamp.listed - modified.seconds < granularity
        } catch {
            throw .file(error)
        }
    }
}

/// The directories that an objects directory borrows from: `info/alternates`, one path a line, relative ones taken from the
/// objects directory, followed from file to file.
enum Alternates {
    private static let depthLimit = 5

    static func all(of directory: FilePath, additional: [FilePath]) throws(StorageError) -> [FilePath] {
        var found: [FilePath] = []
        var seen: Set<String> = [directory.lexicallyNormalized().string]
        var level = additional
        level += try read(directory)
        for _ in 0..<depthLimit where !level.isEmpty {
            var next: [FilePath] = []
            for path in level where seen.insert(path.lexicallyNormalized().string).inserted {
                guard ((try? FileStatus.of(path, followingLinks: true)) ?? nil)?.kind == .directory else { continue }
                found.append(path)
                next += try read(path)
            }
            level = next
        }
        return found
    }

    private static func read(_ directory: FilePath) throws(StorageError) -> [FilePath] {
        let content: [UInt8]?
        do {
            content = try Files.readIfPresent(directory.appending("info/alternates"), limit: 1 << 20)
        } catch {
            throw .file(error)
        }
        return (content ?? []).split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.first != UInt8(ascii: "#"), !line.contains(0) else { return nil }
            let path = FilePath(bytes: line)
            return path.isAbsolute ? path : directory.pushing(path).lexicallyNormalized()
        }
    }
}
