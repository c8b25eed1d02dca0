internal import Bytes
public import GitObjects
public import GitStorage
public import SystemPackage

/// The pack of a push in a temporary file, which goes away with the value: its size is known before it is sent, and it can
/// be sent again.
public struct PushPack: ~Copyable {
    /// The file.
    public let path: FilePath
    /// Its size.
    public let size: Int64

    /// Packs what `wants` lead to and `haves` (as far as they are here) do not.
    ///
    /// - Throws: ``StorageError``, ``FileError``; no file is left then.
    public init(
        _ objects: ObjectDatabase, wants: [ObjectID], haves: [ObjectID], cut: Set<ObjectID>, isThin: Bool,
        usesOffsets: Bool, progress: (@Sendable (PackBuilder.Progress) -> Void)? = nil
    ) throws {
        var selection = PackSelection(wants: wants, haves: haves.filter { objects.contains($0) }, cut: cut)
        selection.isThin = isThin
        selection.usesOffsets = usesOffsets
        selection.observer = progress
        try Files.makeDirectory(objects.packDirectory)
        let box = FileBox(try TemporaryFile(in: objects.packDirectory, prefix: "pack"))
        var size: Int64 = 0
        try selection.write(objects, workers: nil, progress: { _ in }) { bytes in
            size += Int64(bytes.count)
            try box.write(bytes)
        }
        self.box = box
        self.path = box.path
        self.size = size
    }

    private let box: FileBox
}

/// Holds a temporary file that closures write to.
private final class FileBox {
    private var file: TemporaryFile
    let path: FilePath

    init(_ file: consuming TemporaryFile) {
        path = file.path
        self.file = file
    }

    func write(_ bytes: [UInt8]) throws(FileError) { try file.output.write(bytes) }
}
