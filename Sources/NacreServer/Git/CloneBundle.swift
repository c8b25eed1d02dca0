internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// The bundle that a clone of a big repository may begin with: the pack of everything as it stands, behind a header that
/// names the refs of the moment when it was made. Any cache on the way may keep it, and a download that broke goes on.
///
/// Only the header is a file of its own (`nacre/clone-bundle`): a line with the pack's checksum, then the bundle's header.
struct CloneBundle {
    /// The checksum of the pack.
    let checksum: String
    /// What stands before the pack.
    let header: [UInt8]
    /// The pack.
    let pack: FilePath
    /// The pack's size.
    let packSize: Int

    /// The bundle's size.
    var size: Int { header.count + packSize }

    private static func path(_ directory: FilePath) -> FilePath { directory.appending("nacre/clone-bundle") }

    /// The bundle of a repository; nil where there is none, or its pack is gone.
    init?(_ directory: FilePath) throws {
        guard let content = try Files.readIfPresent(Self.path(directory), limit: 256 << 20),
            let end = content.firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        checksum = String(decoding: content[..<end], as: UTF8.self)
        header = Array(content[(end + 1)...])
        guard Hex.decode(Array(checksum.utf8)) != nil else { return nil }
        pack = directory.appending("objects/pack/pack-\(checksum).pack")
        guard let status = try FileStatus.of(pack), status.kind == .regular else { return nil }
        packSize = Int(status.size)
    }

    /// Makes the bundle of a repository anew where it has a pack with bitmaps, which is one that holds all that it leads to,
    /// of so many bytes; otherwise takes an old one away.
    static func update(_ repository: Repository, least: Int) throws {
        let directory = repository.commonDirectory
        for pack in try repository.objects.refreshPacks() where pack.hasCompanion("bitmap") {
            guard let size = try FileStatus.of(pack.path)?.size, Int(size) >= least else { continue }
            var text = Array("\(pack.index.packChecksum.hex)\n".utf8)
            if repository.algorithm == .sha1 {
                text += Array("# v2 git bundle\n".utf8)
            } else {
                text += Array("# v3 git bundle\n@object-format=\(repository.algorithm.name)\n".utf8)
            }
            for ref in try repository.refs.list() where ref.name.isBranch || ref.name.isTag {
                guard let id = ref.id, pack.index.position(of: id) != nil else { continue }
                text += id.hexBytes + [UInt8(ascii: " ")] + ref.name.bytes + [UInt8(ascii: "\n")]
            }
            try Files.makeDirectory(directory.appending("nacre"))
            try TemporaryFile.replace(path(directory), with: text + [UInt8(ascii: "\n")])
            return
        }
        try Files.remove(path(directory))
    }

    /// What a client that asks for bundles is told.
    func list(at address: String) -> [String] {
        var list = BundleList()
        list.bundles = [BundleList.Bundle(id: "clone", uri: "\(address)/bundles/\(checksum).bundle")]
        return list.lines
    }

    /// Gives a range of the bundle, piece by piece.
    func send(_ range: Range<Int>, _ sink: ([UInt8]) throws -> Void) throws {
        if range.lowerBound < header.count {
            try sink(Array(header[range.lowerBound..<min(range.upperBound, header.count)]))
        }
        let file = try MappedFile(pack)
        var offset = max(0, range.lowerBound - header.count)
        let end = range.upperBound - header.count
        guard end <= file.count else { throw HTTPFailure.notFound }
        while offset < end {
            let next = min(offset + (1 << 17), end)
            try sink([UInt8](file.bytes.extracting(offset..<next)))
            offset = next
        }
    }
}
