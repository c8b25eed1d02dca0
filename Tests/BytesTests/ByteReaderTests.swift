import Bytes
import TestSupport
import Testing

@Suite struct ByteReaderTests {
    @Test func readsBigEndianNumbers() throws {
        let bytes: [UInt8] = [1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4]
        var reader = ByteReader(bytes.span.bytes)
        let one = try reader.readUInt8()
        let two = try reader.readUInt16()
        let three = try reader.readUInt32()
        let four = try reader.readUInt64()
        let isAtEnd = reader.isAtEnd
        #expect(one == 1 && two == 2 && three == 3 && four == 4)
        #expect(isAtEnd)
    }

    @Test func staysWhereItWasWhenInputEnds() {
        let bytes: [UInt8] = [1, 2, 3]
        var reader = ByteReader(bytes.span.bytes)
        var failures: [ByteReaderError] = []
        do throws(ByteReaderError) { _ = try reader.readUInt32() } catch { failures.append(error) }
        do throws(ByteReaderError) { try reader.skip(-1) } catch { failures.append(error) }
        let offset = reader.offset
        #expect(failures == [ByteReaderError(.truncated, at: 0), ByteReaderError(.truncated, at: 0)])
        #expect(offset == 0)
    }

    @Test(arguments: [0, 1, 127, 128, 300, 16383, 16384, UInt64(UInt32.max), UInt64.max >> 8])
    func varintsSurviveARoundTrip(_ value: UInt64) throws {
        var writer = ByteWriter()
        writer.writeVarint(value)
        writer.writeOffsetVarint(value)
        var reader = ByteReader(writer.bytes.span.bytes)
        let first = try reader.readVarint()
        let second = try reader.readOffsetVarint()
        let isAtEnd = reader.isAtEnd
        #expect(first == value && second == value)
        #expect(isAtEnd)
    }

    @Test func endlessVarintsAreRefused() {
        let bytes = [UInt8](repeating: 0xff, count: 32)
        var reader = ByteReader(bytes.span.bytes)
        var failures: [ByteReaderError] = []
        do throws(ByteReaderError) { _ = try reader.readVarint() } catch { failures.append(error) }
        do throws(ByteReaderError) { _ = try reader.readOffsetVarint() } catch { failures.append(error) }
        #expect(failures == [ByteReaderError(.overflow, at: 0), ByteReaderError(.overflow, at: 0)])
    }
}
