/// Writes an answer's packets. Used by one thread.
final class AnswerWriter {
    private let output: ByteSink
    /// When something was sent last.
    private var lastSend = ContinuousClock.now
    /// Whether every packet but the marks is in a side band.
    var isSidebandAll = false
    private var packWidth: Sideband.Width?
    private var isInPack = false
    private var pending: [UInt8] = []
    private var packets = PktLineWriter()

    init(_ sink: @escaping ByteSink) { output = sink }

    private func sink(_ bytes: [UInt8]) throws {
        try output(bytes)
        lastSend = .now
    }

    /// Sends a packet with nothing in it where nothing was sent for a while, so that nobody on the way takes the
    /// connection for dead while objects are counted and compressed.
    func keepAlive(_ interval: Duration) throws {
        guard packWidth != nil, isInPack, ContinuousClock.now - lastSend >= interval else { return }
        try drain()
        try sink(PktLineWriter.header(payload: 1) + [Sideband.Band.data.rawValue])
    }

    /// Packets are kept until so many bytes are there: a hundred thousand refs are not as many writes.
    private static let room = 65_536

    private func drain(_ limit: Int = 0) throws {
        guard packets.bytes.count > limit else { return }
        try sink(packets.take())
    }

    /// A line, given with its newline where it has one.
    func line(_ bytes: [UInt8]) throws {
        packets.write(isSidebandAll ? [Sideband.Band.data.rawValue] + bytes : bytes)
        try drain(AnswerWriter.room)
    }

    func line(_ text: String) throws { try line(Array(text.utf8)) }

    func delimiter() throws {
        packets.writeDelimiter()
        try drain(AnswerWriter.room)
    }

    /// The end of a message: everything is sent.
    func flush() throws {
        packets.writeFlush()
        try drain()
    }

    /// Sends what was kept without ending the message.
    func push() throws { try drain() }

    /// From here on a pack is sent; nil for one without packets around it.
    func beginPack(_ width: Sideband.Width?) {
        packWidth = width
        isInPack = true
    }

    /// Bytes of the pack.
    func pack(_ bytes: [UInt8]) throws {
        try drain()
        guard let width = packWidth else {
            try sink(bytes)
            return
        }
        pending += bytes
        let whole = pending.count / width.payload * width.payload
        guard whole > 0 else { return }
        try sink(Sideband.encode(pending[..<whole], band: .data, width: width))
        pending.removeSubrange(..<whole)
    }

    /// The rest of the pack.
    func endPack() throws {
        isInPack = false
        guard let width = packWidth, !pending.isEmpty else { return }
        try sink(Sideband.encode(pending, band: .data, width: width))
        pending = []
    }

    /// Text for a person.
    func progress(_ text: String) throws {
        guard let width = packWidth else { return }
        try drain()
        try sink(Sideband.encode(Array(text.utf8), band: .progress, width: width))
    }

    /// Why nothing more comes.
    func fail(_ reason: String) throws {
        // Packets that are complete go first; the message must not end up among the lines of a list.
        packets = PktLineWriter()
        if isInPack {
            guard let width = packWidth else { return }
            try sink(Sideband.encode(Array(reason.utf8), band: .error, width: width))
        } else if isSidebandAll {
            try sink(Sideband.encode(Array(reason.utf8), band: .error))
        } else {
            packets.write("ERR \(reason)")
            try drain()
        }
    }
}
