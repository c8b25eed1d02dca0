internal import Bytes
internal import GitObjects
internal import Glibc
internal import SystemPackage

/// Notes which files below a directory are opened, by whichever process and through whichever mount.
struct AccessWatch: ~Copyable {
    private let descriptor: Int32
    private var folders: [Int32: GitPath] = [:]

    /// Watches `folders`, which stand below `root`; nil where the system cannot watch.
    init?(_ root: FilePath, folders: some Sequence<GitPath>) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        for folder in folders {
            let path = folder.isRoot ? root : root.appending(bytes: folder.bytes)
            let watch = path.withPlatformString { inotify_add_watch(descriptor, $0, UInt32(IN_OPEN)) }
            if watch >= 0 { self.folders[watch] = folder }
        }
    }

    deinit { close(descriptor) }

    /// The files that were opened since the watch began or was last asked.
    func opened() -> Set<GitPath> {
        var result: Set<GitPath> = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let header = MemoryLayout<inotify_event>.size
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return result }
            buffer.withUnsafeBytes { bytes in
                var offset = 0
                while offset + header <= count {
                    let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    let end = offset + header + Int(event.len)
                    guard end <= count else { return }
                    let name = bytes[(offset + header)..<end].prefix { $0 != 0 }
                    if let folder = folders[event.wd], !name.isEmpty, event.mask & UInt32(IN_ISDIR) == 0 {
                        result.insert(folder.appending(Array(name)))
                    }
                    offset = end
                }
            }
        }
    }
}
