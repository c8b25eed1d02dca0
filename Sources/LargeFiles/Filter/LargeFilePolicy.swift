internal import Bytes
public import GitConfig
internal import GitObjects
public import GitWorktree
internal import Glibc
internal import SystemPackage

/// Decides which new files are large, and which attribute lines say so.
public struct LargeFilePolicy: Sendable {
    /// A file that is not text is large from this size on; 0 turns the rule off.
    public var fileThreshold = 1 << 20
    /// Any file is large from this size on; 0 turns the rule off.
    public var textThreshold = 8 << 20
    /// The files of a folder that are not text are large where they have this size together; 0 turns the rule off.
    public var folderThreshold = 50 << 20

    /// The usual thresholds.
    public init() {}

    /// The thresholds of `nacre.largeFileThreshold`, `nacre.largeTextThreshold` and `nacre.largeFolderThreshold`.
    public init(_ config: Config) throws(ConfigError) {
        if let value = try config.int("nacre.largefilethreshold") { fileThreshold = max(0, value) }
        if let value = try config.int("nacre.largetextthreshold") { textThreshold = max(0, value) }
        if let value = try config.int("nacre.largefolderthreshold") { folderThreshold = max(0, value) }
    }

    /// Extensions that only ever mean binary data.
    static let binaryExtensions: Set<String> = [
        "safetensors", "pt", "pth", "ckpt", "gguf", "ggml", "onnx", "npy", "npz", "h5", "hdf5", "keras", "tflite",
        "mlmodel",
        "pb", "msgpack", "joblib", "pkl", "pickle", "parquet", "arrow", "feather", "orc", "avro", "tfrecord", "sqlite",
        "sqlite3", "zip", "gz", "bz2", "xz", "zst", "7z", "rar", "tar", "tgz", "jpg", "jpeg", "png", "gif", "bmp",
        "tif",
        "tiff", "webp", "heic", "avif", "psd", "mp3", "wav", "flac", "ogg", "opus", "m4a", "aac", "mp4", "mov", "avi",
        "mkv",
        "webm", "pdf", "docx", "xlsx", "pptx", "jar", "whl", "so", "dylib", "dll", "exe", "a", "o", "iso", "dmg", "ttf",
        "otf", "woff", "woff2", "glb", "fbx", "blend", "dcm", "nii", "npk", "engine", "plan", "mat", "sav", "rds",
        "dta",
    ]

    private static let suffix = " filter=lfs diff=lfs merge=lfs -text"

    /// What the lines of `.gitattributes` shall say for new files that no filter claims yet.
    public func additions(_ files: [FilteredFile], index: Index) -> [AttributeAddition] {
        var large: [FilteredFile] = []
        var others: [FilteredFile] = []
        // Only what a rule may take is opened: most files are small and in folders that are.
        let heavy = heavyFolders(files)
        for file in files {
            guard isLarge(size: file.size, isText: false) || isBelow(file.path, heavy) else { continue }
            let isText = Self.isText(file)
            if isLarge(size: file.size, isText: isText) {
                large.append(file)
            } else if !isText {
                others.append(file)
            }
        }
        var lines: [AttributeAddition] = []
        var extensions: Set<String> = []
        for file in large {
            let ending = Self.fileExtension(file.path)
            if let ending, extensions.contains(ending) { continue }
            if let ending, Self.binaryExtensions.contains(ending.lowercased()), !Self.isTracked(ending, index) {
                extensions.insert(ending)
                lines.append(Self.line("*.\(ending)", "'*.\(ending)' files are kept as large files from now on"))
            } else {
                lines.append(
                    Self.line("/" + Self.escape(file.path), "'\(file.path)' is kept as a large file from now on"))
            }
        }
        for file in folderFiles(others) {
            guard let ending = Self.fileExtension(file.file.path) else {
                let path = file.file.path
                lines.append(Self.line("/" + Self.escape(path), "'\(path)' is kept as a large file from now on"))
                continue
            }
            if extensions.contains(ending) { continue }
            let pattern = "/\(Self.escape(file.folder))/**/*.\(ending)"
            let line = Self.line(pattern, "'*.\(ending)' files in '\(file.folder)' are kept as large files from now on")
            if !lines.contains(where: { $0.line == line.line }) { lines.append(line) }
        }
        return lines
    }

    func isLarge(size: Int64, isText: Bool) -> Bool {
        if textThreshold > 0 && size >= textThreshold { return true }
        return !isText && fileThreshold > 0 && size >= fileThreshold
    }

    /// The folders, at any depth, whose files together pass the threshold.
    private func heavyFolders(_ files: [FilteredFile]) -> Set<GitPath> {
        guard folderThreshold > 0 else { return [] }
        // First by folder, then up the tree: folders are few where files are many.
        var own: [GitPath: Int64] = [:]
        for file in files { if let folder = file.path.parent { own[folder, default: 0] += file.size } }
        var sums: [GitPath: Int64] = [:]
        for (folder, size) in own {
            var folder = Optional(folder)
            while let current = folder, !current.isRoot {
                sums[current, default: 0] += size
                folder = current.parent
            }
        }
        return Set(sums.lazy.filter { $0.value >= Int64(folderThreshold) }.map(\.key))
    }

    private func isBelow(_ path: GitPath, _ folders: Set<GitPath>) -> Bool {
        !folders.isEmpty && deepest(above: path, of: folders) != nil
    }

    private func deepest(above path: GitPath, of folders: Set<GitPath>) -> GitPath? {
        var folder = path.parent
        while let current = folder, !current.isRoot {
            if folders.contains(current) { return current }
            folder = current.parent
        }
        return nil
    }

    /// Files below folders whose files together pass the threshold: each with the deepest such folder above it.
    private func folderFiles(_ files: [FilteredFile]) -> [(file: FilteredFile, folder: GitPath)] {
        let folders = heavyFolders(files)
        guard !folders.isEmpty else { return [] }
        return files.compactMap { file in deepest(above: file.path, of: folders).map { (file, $0) } }
    }

    /// Judged by the first 8 KiB, as Git does: text has no NUL.
    private static func isText(_ file: FilteredFile) -> Bool {
        guard let input = try? InputFile(file.file) else { return true }
        let scratch = ScratchBuffer(8192)
        guard let count = try? input.read(into: scratch.buffer, at: 0) else { return true }
        return !scratch.buffer[..<count].contains(0)
    }

    /// What follows the last dot of the name; nil without one or with characters that a pattern would have to escape.
    static func fileExtension(_ path: GitPath) -> String? {
        let name = path.name
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        let ending = name[(dot + 1)...]
        let isPlain = ending.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x5f
                || $0 == 0x2d
        }
        guard isPlain, !ending.isEmpty else { return nil }
        return String(decoding: ending, as: UTF8.self)
    }

    /// Whether the index holds a file with the extension: as this one is not claimed, that one would be captured.
    private static func isTracked(_ ending: String, _ index: Index) -> Bool {
        let suffix = Array(".\(ending)".utf8)
        return index.entries.contains { $0.path.bytes.suffix(suffix.count).elementsEqual(suffix) }
    }

    /// A path as a pattern that matches only it; white space as git-lfs writes it.
    static func escape(_ path: GitPath) -> String {
        var result: [UInt8] = []
        for byte in path.bytes {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): result += Array("[[:space:]]".utf8)
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\"):
                result += [UInt8(ascii: "\\"), byte]
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The whole line for a pattern.
    public static func attributeLine(_ pattern: String) -> String { pattern + suffix }

    private static func line(_ pattern: String, _ notice: String) -> AttributeAddition {
        AttributeAddition(directory: .root, line: Array(attributeLine(pattern).utf8), notice: notice)
    }
}
