/// Who did something and when: `Name <mail> <seconds> <zone>`, kept as bytes because old histories are not UTF-8.
public struct Signature: Sendable, Hashable {
    /// The name.
    public var name: [UInt8]
    /// The address between the angle brackets.
    public var email: [UInt8]
    /// Seconds since 1970.
    public var time: Int64
    /// The zone as written, in minutes east of UTC by its digits: `-0730` is -450.
    public var zoneMinutes: Int
    /// Whether the zone was written with a minus though it is zero (`-0000`), which must survive being written again.
    public var isNegativeZero: Bool

    /// Makes a signature.
    public init(name: [UInt8], email: [UInt8], time: Int64, zoneMinutes: Int, isNegativeZero: Bool = false) {
        self.name = name
        self.email = email
        self.time = time
        self.zoneMinutes = zoneMinutes
        self.isNegativeZero = isNegativeZero
    }

    /// Makes a signature.
    public init(name: String, email: String, time: Int64, zoneMinutes: Int) {
        self.init(name: Array(name.utf8), email: Array(email.utf8), time: time, zoneMinutes: zoneMinutes)
    }

    /// Reads a signature as leniently as Git does: the last `<…>` pair counts, a missing or broken time is 0.
    @inlinable public init(parsing line: some Collection<UInt8>) { self.init(parsingArray: Array(line)) }

    @usableFromInline init(parsingArray bytes: [UInt8]) {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "<")),
            let close = bytes[open...].lastIndex(of: UInt8(ascii: ">"))
        else {
            self.init(name: Signature.trim(bytes[...]), email: [], time: 0, zoneMinutes: 0)
            return
        }
        let name = Signature.trim(bytes[..<open])
        let email = Signature.trim(bytes[(open + 1)..<close])
        let fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard let first = fields.first, let time = Int64(String(decoding: first, as: UTF8.self)) else {
            self.init(name: name, email: email, time: 0, zoneMinutes: 0)
            return
        }
        let zone = fields.count > 1 ? Signature.zone(fields[1]) : (0, false)
        self.init(name: name, email: email, time: time, zoneMinutes: zone.0, isNegativeZero: zone.1)
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let space = UInt8(ascii: " ")
        var slice = bytes
        while slice.first == space { slice.removeFirst() }
        while slice.last == space { slice.removeLast() }
        return Array(slice)
    }

    private static func zone(_ digits: ArraySlice<UInt8>) -> (Int, Bool) {
        guard let number = Int(String(decoding: digits, as: UTF8.self)), abs(number) < 100_000 else {
            return (0, false)
        }
        let minutes = abs(number) / 100 * 60 + abs(number) % 100
        let isNegative = digits.first == UInt8(ascii: "-")
        return (isNegative ? -minutes : minutes, isNegative && minutes == 0)
    }

    /// `+0100`.
    public var zoneText: String {
        let value = abs(zoneMinutes) / 60 * 100 + abs(zoneMinutes) % 60
        let digits = String(value)
        let sign = zoneMinutes < 0 || isNegativeZero ? "-" : "+"
        return sign + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The line as it stands in commits, tags and reflogs.
    public var encoded: [UInt8] {
        name + Array(" <".utf8) + email + Array("> \(time) \(zoneText)".utf8)
    }
}
