internal import Bytes
internal import GitObjects
internal import GitRefs

/// The text forms of the operation log's files and blobs: lines of fields; names and values hold no newline.
enum OperationCoding {
    /// `<id>`, `ref:<name>`, or `-` for nothing.
    static func text(_ target: RefTarget?) -> [UInt8] {
        switch target {
        case .id(let id)?: id.hexBytes
        case .symbolic(let name)?: Array("ref:".utf8) + name.bytes
        case nil: [UInt8(ascii: "-")]
        }
    }

    /// The opposite of ``text(_:)``; nil twice over where the text is broken.
    static func target(_ text: some Collection<UInt8>, _ algorithm: HashAlgorithm) -> RefTarget?? {
        if text.elementsEqual("-".utf8) { return .some(nil) }
        if text.starts(with: "ref:".utf8) { return .some(.symbolic(RefName(unchecked: Array(text.dropFirst(4))))) }
        guard let id = ObjectID(hex: text, algorithm: algorithm) else { return nil }
        return .some(.id(id))
    }

    /// `<name> <old> <new>` for each change.
    static func encode(_ changes: [RefDifference]) -> [UInt8] {
        var output: [UInt8] = []
        for change in changes {
            output += change.name.bytes + [0x20] + text(change.old) + [0x20] + text(change.new) + [0x0a]
        }
        return output
    }

    static func changes(_ content: [UInt8], _ algorithm: HashAlgorithm) -> [RefDifference]? {
        var result: [RefDifference] = []
        for line in content.split(separator: 0x0a) {
            let fields = line.split(separator: 0x20)
            guard fields.count == 3, let old = target(fields[1], algorithm), let new = target(fields[2], algorithm)
            else {
                return nil
            }
            result.append(RefDifference(name: RefName(unchecked: Array(fields[0])), old: old, new: new))
        }
        return result
    }

    /// The state that the last operation left, as `nacre/operations/state` keeps it: the index's identity, refs, files.
    static func encode(_ state: OperationState) -> [UInt8] {
        var writer = ByteWriter()
        if let index = state.index {
            writer.write("index \(index.inode) \(index.size) \(index.modified.seconds) \(index.modified.nanoseconds)\n")
        }
        for (name, target) in state.refs.sorted(by: { $0.key < $1.key }) {
            writer.write("ref \(String(decoding: text(target), as: UTF8.self)) ")
            writer.write(name.bytes + [0x0a])
        }
        for (path, content) in state.files.sorted(by: { $0.key < $1.key }) {
            writer.write("file \(content.count) \(path)\n")
            writer.write(content)
            writer.write([0x0a])
        }
        return writer.bytes
    }

    static func state(_ content: [UInt8], _ algorithm: HashAlgorithm) -> OperationState? {
        var state = OperationState(refs: [:], files: [:], index: nil)
        var offset = 0
        while offset < content.count {
            guard let end = content[offset...].firstIndex(of: 0x0a) else { return nil }
            let fields = content[offset..<end].split(separator: 0x20, maxSplits: 2)
            offset = end + 1
            guard fields.count == 3 else { return nil }
            switch String(decoding: fields[0], as: UTF8.self) {
            case "index":
                guard let identity = identity(content[fields[1].startIndex..<end]) else { return nil }
                state.index = identity
            case "ref":
                guard let target = target(fields[1], algorithm), let target else { return nil }
                state.refs[RefName(unchecked: Array(fields[2]))] = target
            case "file":
                guard let count = Int(String(decoding: fields[1], as: UTF8.self)), count >= 0,
                    count < content.count - offset
                else { return nil }
                state.files[String(decoding: fields[2], as: UTF8.self)] = Array(content[offset..<offset + count])
                offset += count + 1
            default: return nil
            }
        }
        return state
    }

    private static func identity(_ text: ArraySlice<UInt8>) -> OperationState.IndexIdentity? {
        let numbers = text.split(separator: 0x20).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == 4, let inode = UInt64(exactly: numbers[0]), let nanoseconds = UInt32(exactly: numbers[3])
        else { return nil }
        return .init(inode: inode, size: numbers[1], modified: .init(seconds: numbers[2], nanoseconds: nanoseconds))
    }
}
