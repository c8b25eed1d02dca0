internal import Bytes

/// What a pickle would build, as inert nodes: no name is looked up, nothing is called.
final class PickleNode {
    enum Kind {
        case none
        case bool(Bool)
        case integer(Int)
        case float(Double)
        case string(String)
        /// Bytes, big numbers and other scalars whose value nobody needs.
        case scalar
        case tuple
        case list
        case set
        /// `children` are keys and values in turn.
        case dictionary
        /// A class or function by its name: `torch FloatStorage`.
        case global(module: String, name: String)
        /// A call or construction: the first child is what would be called, the second its arguments; what is built into it
        /// later follows.
        case call
        /// A reference that the archive resolves; its one child says to what.
        case persistent
        case mark
    }

    let kind: Kind
    var children: [PickleNode]

    init(_ kind: Kind, _ children: [PickleNode] = []) {
        self.kind = kind
        self.children = children
    }

    var text: String? { if case .string(let text) = kind { text } else { nil } }
    var integer: Int? { if case .integer(let value) = kind { value } else { nil } }
    var isDictionary: Bool { if case .dictionary = kind { true } else { false } }
    var isTuple: Bool { if case .tuple = kind { true } else { false } }
    var isMark: Bool { if case .mark = kind { true } else { false } }

    /// `module.name` where this is a global.
    var globalName: String? { if case .global(let module, let name) = kind { "\(module).\(name)" } else { nil } }
}

/// A pickle machine that builds ``PickleNode``s. It knows the opcodes of protocols 0 to 5 that build data; others end it.
struct PickleMachine {
    /// Where and why a pickle was given up.
    struct Failure: Error {
        let offset: Int
    }

    /// How many nodes one pickle may build.
    static let maximumNodes = 4_000_000

    private var stack: [PickleNode] = []
    private var memo: [UInt64: PickleNode] = [:]
    /// Every node, so that they can be taken apart one by one: a chain of millions, or a cycle, must neither overflow the
    /// stack when it is released nor leak.
    private var nodes: [PickleNode] = []
    private var offset = 0

    /// Runs one pickle to its end and shows the result, whose nodes live no longer than the call.
    ///
    /// Nodes that form a cycle are possible in the input; whoever walks the result bounds the depth.
    static func run<Result>(_ bytes: [UInt8], _ body: (PickleNode) -> Result) throws(Failure) -> Result {
        var machine = PickleMachine()
        defer {
            machine.memo = [:]
            for node in machine.nodes { node.children = [] }
        }
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes.span.bytes)
            while true {
                machine.offset = reader.offset
                let opcode = try reader.readUInt8()
                if opcode == UInt8(ascii: ".") { break }
                guard try machine.step(opcode, &reader) else { throw ByteReaderError(.overflow, at: machine.offset) }
                guard machine.nodes.count <= maximumNodes else { throw ByteReaderError(.overflow, at: machine.offset) }
            }
        } catch {
            throw Failure(offset: error.offset)
        }
        guard let result = machine.stack.last else { throw Failure(offset: machine.offset) }
        return body(result)
    }

    private mutating func push(_ kind: PickleNode.Kind, _ children: [PickleNode] = []) {
        let node = PickleNode(kind, children)
        nodes.append(node)
        stack.append(node)
    }

    private mutating func pop() -> PickleNode? {
        guard let last = stack.last, !last.isMark else { return nil }
        return stack.removeLast()
    }

    private mutating func popToMark() -> [PickleNode]? {
        guard let mark = stack.lastIndex(where: \.isMark) else { return nil }
        let items = Array(stack[(mark + 1)...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func pop(_ count: Int) -> [PickleNode]? {
        guard stack.count >= count, !stack.suffix(count).contains(where: \.isMark) else { return nil }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        return items
    }

    /// Runs one opcode; false where it is unknown or what it needs is missing.
    private mutating func step(_ opcode: UInt8, _ reader: inout ByteReader) throws(ByteReaderError) -> Bool {
        switch Character(Unicode.Scalar(opcode)) {
        case "\u{80}": try reader.skip(1)
        case "\u{95}": try reader.skip(8)
        case "(": push(.mark)
        case "N": push(.none)
        case "\u{88}": push(.bool(true))
        case "\u{89}": push(.bool(false))
        case ")": push(.tuple)
        case "]": push(.list)
        case "}": push(.dictionary)
        case "\u{8f}": push(.set)
        case "0": return pop() != nil || popToMark() != nil
        case "1": return popToMark() != nil
        case "2":
            guard let last = stack.last, !last.isMark else { return false }
            stack.append(last)
        case "t", "l", "d", "\u{91}", "\u{85}", "\u{86}", "\u{87}": return collect(opcode)
        case "a", "e", "s", "u", "\u{90}": return extend(opcode)
        case "R", "\u{81}", "\u{92}", "b", "o", "Q", "\u{93}": return construct(opcode)
        case "q", "r", "p", "\u{94}", "h", "j", "g": return try remember(opcode, &reader)
        default: return try scalar(opcode, &reader)
        }
        return true
    }

    private mutating func collect(_ opcode: UInt8) -> Bool {
        switch Character(Unicode.Scalar(opcode)) {
        case "\u{85}", "\u{86}", "\u{87}":
            guard let items = pop(Int(opcode) - 0x84) else { return false }
            push(.tuple, items)
        default:
            guard let items = popToMark() else { return false }
            switch Character(Unicode.Scalar(opcode)) {
            case "t": push(.tuple, items)
            case "l": push(.list, items)
            case "d":
                guard items.count.isMultiple(of: 2) else { return false }
                push(.dictionary, items)
            default: push(.set, items)
            }
        }
        return true
    }

    private mutating func extend(_ opcode: UInt8) -> Bool {
        var items: [PickleNode]
        switch Character(Unicode.Scalar(opcode)) {
        case "a":
            guard let item = pop() else { return false }
            items = [item]
        case "s":
            guard let pair = pop(2) else { return false }
            items = pair
        default:
            guard let all = popToMark() else { return false }
            items = all
            if opcode == UInt8(ascii: "u"), !items.count.isMultiple(of: 2) { return false }
        }
        guard let target = stack.last, !target.isMark else { return false }
        target.children.append(contentsOf: items)
        return true
    }

    private mutating func construct(_ opcode: UInt8) -> Bool {
        switch Character(Unicode.Scalar(opcode)) {
        case "R", "\u{81}":
            guard let items = pop(2) else { return false }
            push(.call, items)
        case "\u{92}":
            guard let items = pop(3) else { return false }
            push(.call, Array(items.prefix(2)))
        case "b":
            guard let state = pop(), let target = stack.last, !target.isMark else { return false }
            if case .call = target.kind { target.children.append(state) }
        case "o":
            guard let items = popToMark(), let first = items.first else { return false }
            push(.tuple, Array(items.dropFirst()))
            guard let arguments = stack.popLast() else { return false }
            push(.call, [first, arguments])
        case "Q":
            guard let id = pop() else { return false }
            push(.persistent, [id])
        default:
            guard let items = pop(2) else { return false }
            push(.global(module: items[0].text ?? "?", name: items[1].text ?? "?"))
        }
        return true
    }

    private mutating func remember(_ opcode: UInt8, _ reader: inout ByteReader) throws(ByteReaderError) -> Bool {
        let key: UInt64
        switch Character(Unicode.Scalar(opcode)) {
        case "q", "h": key = UInt64(try reader.readUInt8())
        case "r", "j": key = UInt64(try reader.readUInt32LittleEndian())
        case "\u{94}": key = UInt64(memo.count)
        default:
            guard let number = UInt64(String(decoding: try line(&reader), as: UTF8.self)) else { return false }
            key = number
        }
        if opcode == UInt8(ascii: "h") || opcode == UInt8(ascii: "j") || opcode == UInt8(ascii: "g") {
            guard let node = memo[key] else { return false }
            stack.append(node)
        } else {
            guard let last = stack.last, !last.isMark else { return false }
            memo[key] = last
        }
        return true
    }

    private func line(_ reader: inout ByteReader) throws(ByteReaderError) -> [UInt8] {
        try reader.readBytes(until: UInt8(ascii: "\n"))
    }

    private mutating func scalar(_ opcode: UInt8, _ reader: inout ByteReader) throws(ByteReaderError) -> Bool {
        switch Character(Unicode.Scalar(opcode)) {
        case "J": push(.integer(Int(Int32(truncatingIfNeeded: try reader.readUInt32LittleEndian()))))
        case "K": push(.integer(Int(try reader.readUInt8())))
        case "M":
            let low = Int(try reader.readUInt8())
            push(.integer(low | Int(try reader.readUInt8()) << 8))
        case "\u{8a}": pushLong(try reader.readBytes(Int(try reader.readUInt8())))
        case "\u{8b}": pushLong(try reader.readBytes(try length32(&reader)))
        case "G": push(.float(Double(bitPattern: try reader.readUInt64())))
        case "I":
            let text = String(decoding: try line(&reader), as: UTF8.self)
            if text == "00" || text == "01" {
                push(.bool(text == "01"))
            } else {
                push(Int(text).map { .integer($0) } ?? .scalar)
            }
        case "L":
            var text = String(decoding: try line(&reader), as: UTF8.self)
            if text.hasSuffix("L") { text.removeLast() }
            push(Int(text).map { .integer($0) } ?? .scalar)
        case "F": push(Double(String(decoding: try line(&reader), as: UTF8.self)).map { .float($0) } ?? .scalar)
        case "X": pushText(try reader.readBytes(try length32(&reader)))
        case "\u{8c}", "U": pushText(try reader.readBytes(Int(try reader.readUInt8())))
        case "T": pushText(try reader.readBytes(try length32(&reader)))
        case "\u{8d}": pushText(try reader.readBytes(try length64(&reader)))
        case "V": pushText(try line(&reader))
        case "S": pushText(try line(&reader).filter { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\"") })
        case "C": try skipScalar(&reader, Int(try reader.readUInt8()))
        case "B": try skipScalar(&reader, try length32(&reader))
        case "\u{8e}", "\u{96}": try skipScalar(&reader, try length64(&reader))
        case "c":
            let module = String(decoding: try line(&reader), as: UTF8.self)
            push(.global(module: module, name: String(decoding: try line(&reader), as: UTF8.self)))
        case "P":
            _ = try line(&reader)
            push(.persistent)
        default: return false
        }
        return true
    }

    private mutating func pushText(_ bytes: [UInt8]) { push(.string(String(decoding: bytes, as: UTF8.self))) }

    private mutating func pushLong(_ bytes: [UInt8]) {
        guard bytes.count <= 8 else { return push(.scalar) }
        var value: UInt64 = (bytes.last ?? 0) & 0x80 != 0 ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        push(.integer(Int(Int64(bitPattern: value))))
    }

    private mutating func skipScalar(_ reader: inout ByteReader, _ count: Int) throws(ByteReaderError) {
        try reader.skip(count)
        push(.scalar)
    }

    private func length32(_ reader: inout ByteReader) throws(ByteReaderError) -> Int {
        Int(try reader.readUInt32LittleEndian())
    }

    private func length64(_ reader: inout ByteReader) throws(ByteReaderError) -> Int {
        let position = reader.offset
        guard let length = Int(exactly: try reader.readUInt64LittleEndian()) else {
            throw ByteReaderError(.overflow, at: position)
        }
        return length
    }
}
