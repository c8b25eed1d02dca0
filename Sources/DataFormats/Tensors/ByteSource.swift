/// Random access to a file's bytes, wherever they are: on the disk, in a store, in memory.
public struct ByteSource {
    /// How many bytes there are.
    public let size: Int
    /// The bytes at an offset: as many as asked for, or nil where they are not there or cannot be read.
    public let read: (_ offset: Int, _ count: Int) -> [UInt8]?

    /// Makes a source.
    public init(size: Int, read: @escaping (_ offset: Int, _ count: Int) -> [UInt8]?) {
        self.size = size
        self.read = read
    }

    /// A source over bytes in memory.
    public init(_ bytes: [UInt8]) {
        self.init(size: bytes.count) { offset, count in
            guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
            return Array(bytes[offset..<offset + count])
        }
    }

    /// The bytes of a range, checked against the size first.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else { return nil }
        return read(offset, count)
    }
}
