/// Exact dates as `GIT_AUTHOR_DATE` and `--date` take them: Git's internal format (`1700000000 +0100`, `@0 +0000`), ISO 8601
/// (`2026-03-01T12:00:00Z`), RFC 2822 (`Sun, 01 Mar 2026 12:00:00 +0100`). Relative dates are not among them.
public struct DateParser {
    private var year: Int?
    private var month: Int?
    private var day: Int?
    private var time: (hour: Int, minute: Int, second: Int)?
    private var zone: Int?
    private var isAfternoon: Bool?

    /// Reads a date.
    ///
    /// - Parameters:
    ///   - now: the time in seconds that a missing hour is taken from.
    ///   - localZone: minutes east of UTC of the local time at a moment given in seconds.
    /// - Returns: seconds since 1970 and minutes east of UTC; nil where the text is no exact date.
    public static func parse(
        _ text: String, now: Int64, localZone: (Int64) -> Int
    ) -> (seconds: Int64, zone: Int)? {
        if let internalFormat = parseInternal(text, localZone) { return internalFormat }
        var parser = DateParser()
        guard parser.scan(Array(text.utf8)) else { return nil }
        return parser.result(now: now, localZone: localZone)
    }

    private static func parseInternal(_ text: String, _ localZone: (Int64) -> Int) -> (Int64, Int)? {
        let fields = text.split(separator: " ")
        guard let first = fields.first, fields.count <= 2 else { return nil }
        let hasSign = first.hasPrefix("@")
        let digits = hasSign ? first.dropFirst() : first
        guard let seconds = Int64(digits), seconds >= 0, hasSign || digits.utf8.count >= 9 else { return nil }
        guard fields.count == 2 else { return (seconds, localZone(seconds)) }
        guard let zone = zoneMinutes(Array(fields[1].utf8)) else { return nil }
        return (seconds, zone)
    }

    /// `+0130`, `-05`, `+01:30`.
    static func zoneMinutes(_ bytes: [UInt8]) -> Int? {
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard (1...4).contains(digits.count), let number = Int(String(decoding: digits, as: UTF8.self)), number >= 0
        else {
            return nil
        }
        let minutes = digits.count <= 2 ? number * 60 : number / 100 * 60 + number % 100
        guard minutes < 24 * 60 else { return nil }
        return sign == UInt8(ascii: "-") ? -minutes : minutes
    }

    private mutating func scan(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
            let isDigit = byte >= 0x30 && byte <= 0x39
            let end: Int
            if isLetter {
                end = bytes[index...].firstIndex { ($0 | 0x20) < 0x61 || ($0 | 0x20) > 0x7a } ?? bytes.count
                guard word(String(decoding: bytes[index..<end], as: UTF8.self)) else { return false }
            } else if isDigit || ((byte == 0x2b || byte == 0x2d) && time != nil) {
                let start = index
                end = bytes[(start + 1)...].firstIndex { !($0 >= 0x2d && $0 <= 0x3a) } ?? bytes.count
                guard number(Array(bytes[start..<end])) else { return false }
            } else {
                end = index + 1
            }
            index = end
        }
        return true
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    private mutating func word(_ text: String) -> Bool {
        let word = text.lowercased()
        switch word {
        case "t": return true
        case "z", "utc", "gmt": zone = 0
        case "am": isAfternoon = false
        case "pm": isAfternoon = true
        default:
            if word.utf8.count >= 3, let index = Self.months.firstIndex(where: { $0.hasPrefix(word) }) {
                month = index + 1
            } else if word.utf8.count < 3 || !Self.weekdays.contains(where: { $0.hasPrefix(word) }) {
                return false
            }
        }
        return true
    }

    private mutating func number(_ bytes: [UInt8]) -> Bool {
        if bytes[0] == 0x2b || bytes[0] == 0x2d {
            guard let minutes = Self.zoneMinutes(bytes) else { return false }
            zone = minutes
            return true
        }
        // A zone may follow the time without a space: 12:00:00+01:00.
        if bytes.contains(UInt8(ascii: ":")), let sign = bytes.firstIndex(where: { $0 == 0x2d }) {
            return number(Array(bytes[..<sign])) && number(Array(bytes[sign...]))
        }
        let separators = Set(bytes.filter { $0 < 0x30 || $0 > 0x39 })
        let fields = bytes.split { $0 < 0x30 || $0 > 0x39 }.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        if separators.contains(UInt8(ascii: ":")) { return clock(fields) }
        if separators.isEmpty { return plain(fields[0], digits: bytes.count) }
        return calendar(fields, separators.first ?? 0, firstDigits: bytes.prefix { $0 >= 0x30 && $0 <= 0x39 }.count)
    }

    /// `12:30`, `12:30:15`, `12:30:15.123`.
    private mutating func clock(_ fields: [Int]) -> Bool {
        guard (2...4).contains(fields.count), fields[0] < 25, fields[1] < 60, fields.count < 3 || fields[2] <= 60 else {
            return false
        }
        time = (fields[0], fields[1], fields.count > 2 ? fields[2] : 0)
        return true
    }

    /// A day of the month or a year, by its size.
    private mutating func plain(_ number: Int, digits: Int) -> Bool {
        if digits == 4, (1970...2100).contains(number) {
            year = number
        } else if digits == 8, day == nil {
            return calendar([number / 10000, number / 100 % 100, number % 100], UInt8(ascii: "-"), firstDigits: 4)
        } else if (1...31).contains(number), day == nil {
            day = number
        } else {
            return false
        }
        return true
    }

    /// `2026-03-01`, `2026/03/01`, `2026.03.01`, `03/01/2026`, `01.03.2026`.
    private mutating func calendar(_ fields: [Int], _ separator: UInt8, firstDigits: Int) -> Bool {
        guard fields.count == 3 else { return false }
        let parts: (year: Int, month: Int, day: Int) =
            if firstDigits == 4 {
                (fields[0], fields[1], fields[2])
            } else if separator == UInt8(ascii: "/") {
                (fields[2], fields[0], fields[1])
            } else {
                (fields[2], fields[1], fields[0])
            }
        guard (1970...2100).contains(parts.year), (1...12).contains(parts.month), (1...31).contains(parts.day) else {
            return false
        }
        (year, month, day) = (parts.year, parts.month, parts.day)
        return true
    }

    private func result(now: Int64, localZone: (Int64) -> Int) -> (seconds: Int64, zone: Int)? {
        guard let year, let month, let day else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let currentLocal = now + Int64(localZone(now)) * 60
        var seconds = Int(currentLocal % 86400)
        if let time {
            var hour = time.hour
            if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
            seconds = hour * 3600 + time.minute * 60 + time.second
        }
        let local = Int64(days) * 86400 + Int64(seconds)
        let minutes = zone ?? localZone(local - Int64(localZone(local)) * 60)
        return (local - Int64(minutes) * 60, minutes)
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
    /// algorithms").
    static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
