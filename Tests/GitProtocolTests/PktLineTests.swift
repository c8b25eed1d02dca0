import Bytes
import GitProtocol
import Testing

@Suite("pkt-line") struct PktLineTests {
    @Test func packetsComeBackWhateverThePieces() throws {
        var writer = PktLineWriter()
        writer.write("command=ls-refs\n")
        writer.writeDelimiter()
        writer.write([0, 1, 2, 255])
        writer.write("")
        writer.writeFlush()
        writer.write(.responseEnd)
        let expected: [PktLine] = [
            .data(Array("command=ls-refs\n".utf8)), .delimiter, .data([0, 1, 2, 255]), .data([]), .flush, .responseEnd,
        ]
        for size in 1...writer.bytes.count {
            var reader = PktLineReader()
            var packets: [PktLine] = []
            for start in stride(from: 0, to: writer.bytes.count, by: size) {
                reader.append(Array(writer.bytes[start..<min(start + size, writer.bytes.count)]))
                while let packet = try reader.next() { packets.append(packet) }
            }
            #expect(packets == expected)
            #expect(reader.isEmpty)
            #expect(reader.offset == writer.bytes.count)
        }
    }

    @Test func longPayloadsBecomeSeveralPackets() throws {
        var writer = PktLineWriter()
        let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        writer.write(payload)
        var reader = PktLineReader()
        reader.append(writer.bytes)
        var joined: [UInt8] = []
        var count = 0
        while case .data(let piece)? = try reader.next() {
            joined += piece
            count += 1
        }
        #expect(joined == payload)
        #expect(count == 4)
    }

    @Test(arguments: ["zzzz", "0003", "fff1", "ffff", "-001", "00 5"])
    func badLengthsAreErrors(_ text: String) {
        var reader = PktLineReader()
        reader.append(Array(text.utf8))
        #expect(throws: ProtocolError.self) { try reader.next() }
        // The reader does not move on, so the error stays.
        #expect(throws: ProtocolError.self) { try reader.next() }
    }

    @Test func aCutStreamIsAnError() throws {
        var pieces: [[UInt8]] = [Array("0009do".utf8)]
        var input = PktLineInput { pieces.popLast() ?? [] }
        #expect(throws: ProtocolError.hungUp) { try input.next() }
        var nothing = PktLineInput { [] }
        #expect(try nothing.next() == nil)
    }

    @Test func whatFollowsThePacketsIsGivenAsItIs() throws {
        var pieces: [[UInt8]] = [Array("K rest".utf8), Array("0008line0000PAC".utf8)]
        var input = PktLineInput { pieces.popLast() ?? [] }
        #expect(try input.lines(limit: 10) == [Array("line".utf8)])
        #expect(try input.rawBytes() == Array("PAC".utf8))
        #expect(try input.rawBytes() == Array("K rest".utf8))
        #expect(try input.rawBytes() == [])
    }

    @Test func bandsAreCutAndJoined() throws {
        let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0) }
        for width in [Sideband.Width.narrow, .wide] {
            var reader = PktLineReader()
            reader.append(Sideband.encode(bytes, band: .data, width: width))
            var joined: [UInt8] = []
            while case .data(let payload)? = try reader.next() {
                let (band, piece) = try Sideband.decode(payload)
                #expect(band == .data)
                #expect(piece.count <= width.payload)
                joined += piece
            }
            #expect(joined == bytes)
        }
        #expect(throws: ProtocolError.emptyBand) { try Sideband.decode([]) }
        #expect(throws: ProtocolError.badBand(9)) { try Sideband.decode([9, 1]) }
    }

    @Test func progressLinesAreMarkedAsRemote() {
        var text = ProgressText(isTerminal: false)
        #expect(text.append(Array("Counting: 1\rCoun".utf8)) == Array("remote: Counting: 1        \r".utf8))
        #expect(text.append(Array("ting: 2\n".utf8)) == Array("remote: Counting: 2        \n".utf8))
        #expect(text.finish() == [])
    }
}
