internal import Bytes
internal import GitTransport
internal import Synchronization
internal import SystemPackage

/// The transfer `basic`: whole files, several at once, downloads resumed where they broke off.
extension LargeFileRemote {
    /// How often a download that breaks off is taken up again without a byte having come.
    private static let attempts = 3

    /// Sends files, several at once.
    func uploadWhole(_ objects: [LFSBatch.Object], _ store: LargeFileStore) throws {
        // What only git-lfs' store has is taken into ours first, one after the other.
        for object in objects { _ = try manifest(object.oid, store) }
        try Workers.forEach(objects.count, workers: transfers) { (_, item) throws(any Error) in
            try uploadWhole(objects[item], store)
        }
    }

    private func uploadWhole(_ object: LFSBatch.Object, _ store: LargeFileStore) throws {
        guard let action = object.actions["upload"] else { return }
        // The reader is taken by the request's source, which is asked until the content ends.
        let source = ContentSource(try ContentReader(store.chunks, object.oid), progress)
        let request = HTTPRequest(
            "PUT", action.href, headers: action.headers + [("Content-Type", "application/octet-stream")],
            body: .stream(length: Int64(object.size)) { try source.next() })
        let (response, _) = try exchange(request, limit: 1 << 20)
        guard response.isSuccess else {
            throw TransferError(reason: LargeFileRemote.reason("content \(object.oid)", response))
        }
        guard let verify = object.actions["verify"] else { return }
        let check = HTTPRequest(
            "POST", verify.href,
            headers: verify.headers + [("Accept", LFSBatch.mediaType), ("Content-Type", LFSBatch.mediaType)],
            body: .bytes(Array("{\"oid\":\"\(object.oid)\",\"size\":\(object.size)}".utf8)))
        let (answer, _) = try exchange(check, limit: 1 << 20)
        guard answer.isSuccess else {
            throw TransferError(reason: LargeFileRemote.reason("verification of content \(object.oid)", answer))
        }
    }

    /// Fetches files, several at once, and takes each into the store.
    func downloadWhole(
        _ files: [(pointer: Pointer, action: LFSBatch.Action)], _ store: LargeFileStore, _ directory: FilePath
    ) throws {
        // Each stands on the disk once more until it is in the store, which takes one after the other.
        let gate = Mutex(())
        try Workers.forEach(files.count, workers: transfers) { (_, item) throws(any Error) in
            let (pointer, action) = files[item]
            let file = try downloadWhole(pointer, action, directory)
            defer { file.remove() }
            guard try FileIngest.pointer(file.path) == pointer else {
                throw TransferError(reason: "content \(pointer.oid): the server sent something else")
            }
            try gate.withLock { _ in _ = try store.add([.init(path: file.path, previous: nil)]) }
        }
    }

    private func downloadWhole(_ pointer: Pointer, _ action: LFSBatch.Action, _ directory: FilePath) throws
        -> PartialDownload
    {
        let file = try PartialDownload(pointer.oid, in: directory)
        if file.count > pointer.size { try file.restart() }
        var left = Self.attempts
        while file.count < pointer.size {
            let before = file.count
            do {
                try takeUp(file, pointer, action)
            } catch let error as HTTPError where error.isInterruption && left > 0 {
                left = file.count > before ? Self.attempts : left - 1
            }
        }
        return file
    }

    /// Asks for what is still missing of a file.
    private func takeUp(_ file: PartialDownload, _ pointer: Pointer, _ action: LFSBatch.Action) throws {
        let start = file.count
        let range = start > 0 ? [(name: "Range", value: "bytes=\(start)-\(pointer.size - 1)")] : []
        var isChecked = false
        let response = try send(HTTPRequest("GET", action.href, headers: action.headers + range)) { response, bytes in
            guard response.isSuccess else { return }
            if !isChecked, start > 0, !Self.continues(response, at: start) { try file.restart() }
            isChecked = true
            guard file.count + bytes.count <= pointer.size else {
                file.remove()
                throw TransferError(reason: "content \(pointer.oid): the server sends more than \(pointer.size) bytes")
            }
            try file.append(bytes)
            progress?(bytes.count)
        }
        if response.status == 416, start > 0 { return try file.restart() }
        guard response.isSuccess else {
            throw TransferError(reason: LargeFileRemote.reason("content \(pointer.oid)", response))
        }
        guard file.count == pointer.size else {
            file.remove()
            throw TransferError(reason: "content \(pointer.oid): the server sends only \(file.count) bytes")
        }
    }

    /// Whether an answer begins where it was asked to: otherwise it is the whole file.
    private static func continues(_ response: HTTPResponse, at start: Int) -> Bool {
        response.status == 206 && response["content-range"]?.hasPrefix("bytes \(start)-") == true
    }
}

extension HTTPError {
    /// Whether the connection broke: what was asked for may be had by asking again.
    fileprivate var isInterruption: Bool {
        if case .transfer = code { return true }
        return false
    }
}

/// A reader that a request's source can hold.
final class ContentSource {
    private var reader: ContentReader
    private let progress: (@Sendable (Int) -> Void)?

    init(_ reader: consuming ContentReader, _ progress: (@Sendable (Int) -> Void)?) {
        self.reader = reader
        self.progress = progress
    }

    /// The next bytes; none at the end.
    func next() throws -> [UInt8] {
        let bytes = try reader.next() ?? []
        progress?(bytes.count)
        return bytes
    }
}
