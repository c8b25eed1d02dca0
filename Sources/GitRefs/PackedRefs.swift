internal import Bytes
internal import GitObjects
internal import SystemPackage

/// The file `packed-refs`, mapped: lines `<id> <name>`, and `^<id>` after a ref to a tag, in the order of names.
final class PackedRefs: Sendable {
    struct Entry: Sendable {
        let name: RefName
        let id: ObjectID
        let peeled: ObjectID?
    }

    let path: FilePath
    /// The file as it was when it was mapped; nil where there was none.
    let status: FileStatus?
    private let file: MappedFile?
    private let algorithm: HashAlgorithm
    /// Where the lines begin, after the header.
    private let start: Int
    /// The refs in order, where the file does not say that it is sorted.
    private let unsorted: [Entry]?

    init(_ path: FilePath, algorithm: HashAlgorithm) throws(RefError) {
        self.path = path
        self.algorithm = algorithm
        let opened = try Self.open(path)
        (file, status) = (opened?.file, opened?.status)
        var headerEnd = 0
        var isSorted = false
        if let file, file.count > 0, file.bytes[0] == UInt8(ascii: "#") {
            headerEnd = (file.bytes.firstIndex(of: 10) ?? file.count - 1) + 1
            let header = String(decoding: [UInt8](file.bytes.extracting(0..<headerEnd)), as: UTF8.self)
            isSorted = header.split(whereSeparator: { $0 == " " || $0 == "\n" }).contains("sorted")
        }
        start = headerEnd
        guard let file, !isSorted else {
            unsorted = nil
            return
        }
        var entries: [Entry] = []
        var offset = headerEnd
        while let entry = try Self.entry(in: file.bytes, at: &offset, path: path, algorithm: algorithm) {
            entries.append(entry)
        }
        unsorted = entries.sorted { $0.name < $1.name }
    }

    private static func open(_ path: FilePath) throws(RefError) -> (file: MappedFile, status: FileStatus)? {
        do throws(FileError) {
            guard let status = try FileStatus.of(path, followingLinks: true) else { return nil }
            return (try MappedFile(path), status)
        } catch {
            if error.code == .noSuchFileOrDirectory { return nil }
            throw .file(error)
        }
    }

    /// Whether the file is as it was when this was made.
    func isCurrent() throws(RefError) -> Bool {
        do throws(FileError) {
            let now = try FileStatus.of(path, followingLinks: true)
            return now?.inode == status?.inode && now?.size == status?.size && now?.modified == status?.modified
                && now?.device == status?.device
        } catch {
            throw .file(error)
        }
    }

    /// The ref of that name.
    func find(_ name: RefName) throws(RefError) -> Entry? {
        guard let file else { return nil }
        if let unsorted {
            let index = Self.lowerBound(unsorted, name.bytes)
            return index < unsorted.count && unsorted[index].name == name ? unsorted[index] : nil
        }
        var offset = try lowerBound(file.bytes, name.bytes)
        guard let entry = try Self.entry(in: file.bytes, at: &offset, path: path, algorithm: algorithm),
            entry.name == name
        else { return nil }
        return entry
    }

    /// The refs whose name begins with `prefix`, in order.
    func list(prefix: [UInt8]) throws(RefError) -> [Entry] {
        guard let file else { return [] }
        if let unsorted {
            return unsorted[Self.lowerBound(unsorted, prefix)...].prefix { $0.name.bytes.starts(with: prefix) }.map(
                \.self)
        }
        var offset = try lowerBound(file.bytes, prefix)
        var result: [Entry] = []
        while let entry = try Self.entry(in: file.bytes, at: &offset, path: path, algorithm: algorithm),
            entry.name.bytes.starts(with: prefix)
        {
            result.append(entry)
        }
        return result
    }

    // MARK: Lines

    private static func lowerBound(_ entries: [Entry], _ name: [UInt8]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name.bytes.lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The offset of the first line whose name is not before `name`.
    private func lowerBound(_ bytes: RawSpan, _ name: [UInt8]) throws(RefError) -> Int {
        var low = start
        var high = bytes.byteCount
        while low < high {
            var line = Self.lineStart(bytes, (low + high) / 2, notBefore: low)
            while line > low, bytes[line] == UInt8(ascii: "^") {
                line = Self.lineStart(bytes, line - 1, notBefore: low)
            }
            let end = bytes.firstIndex(of: 10, from: line) ?? bytes.byteCount
            let nameStart = line + algorithm.hexCount + 1
            guard nameStart < end else { throw .badPackedRefs(path, offset: line) }
            if Self.isBefore(bytes, nameStart..<end, name) {
                low = end + 1
                while low < high, bytes[low] == UInt8(ascii: "^") {
                    low = (bytes.firstIndex(of: 10, from: low) ?? bytes.byteCount) + 1
                }
                low = min(low, bytes.byteCount)
            } else {
                high = line
            }
        }
        return low
    }

    private static func lineStart(_ bytes: RawSpan, _ offset: Int, notBefore low: Int) -> Int {
        var start = offset
        while start > low, bytes[start - 1] != 10 { start -= 1 }
        return start
    }

    private static func isBefore(_ bytes: RawSpan, _ range: Range<Int>, _ name: [UInt8]) -> Bool {
        var offset = range.lowerBound
        for byte in name {
            guard offset < range.upperBound else { return true }
            if bytes[offset] != byte { return bytes[offset] < byte }
            offset += 1
        }
        return false
    }

    private static func entry(
        in bytes: RawSpan, at offset: inout Int, path: FilePath, algorithm: HashAlgorithm
    ) throws(RefError) -> Entry? {
        guard offset < bytes.byteCount else { return nil }
        let line = offset
        let hexCount = algorithm.hexCount
        guard let end = bytes.firstIndex(of: 10, from: line), end > line + hexCount + 1,
            let id = ObjectID(hex: [UInt8](bytes.extracting(line..<(line + hexCount))), algorithm: algorithm),
            bytes[line + hexCount] == 0x20 || bytes[line + hexCount] == 9
        else { throw .badPackedRefs(path, offset: line) }
        let name = [UInt8](bytes.extracting((line + hexCount + 1)..<end))
        offset = end + 1
        var peeled: ObjectID?
        if offset < bytes.byteCount, bytes[offset] == UInt8(ascii: "^") {
            guard let peeledEnd = bytes.firstIndex(of: 10, from: offset), peeledEnd == offset + 1 + hexCount,
                let target = ObjectID(
                    hex: [UInt8](bytes.extracting((offset + 1)..<peeledEnd)), algorithm: algorithm)
            else { throw .badPackedRefs(path, offset: offset) }
            peeled = target
            offset = peeledEnd + 1
        }
        return Entry(name: RefName(unchecked: name), id: id, peeled: peeled)
    }

    /// The text of a file that holds these refs.
    static func encode(_ entries: [Entry]) -> [UInt8] {
        var output = Array("# pack-refs with: peeled fully-peeled sorted \n".utf8)
        for entry in entries {
            output += entry.id.hexBytes
            output.append(0x20)
            output += entry.name.bytes
            output.append(10)
            if let peeled = entry.peeled {
                output.append(UInt8(ascii: "^"))
                output += peeled.hexBytes
                output.append(10)
            }
        }
        return output
    }
}
