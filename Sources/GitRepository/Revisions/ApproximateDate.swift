internal import GitObjects

/// Dates as people write them: `yesterday`, `2.weeks.ago`, `last friday at noon`, `10am`, `2024-03-01`.
///
/// Reads what Git's approxidate reads, in the same way: words and numbers in any order, what is not understood passed
/// over.
public struct ApproximateDate {
    private let now: Int64
    private let zone: (Int64) -> Int
    private let today: CalendarTime
    private var year: Int?
    private var month: Int?
    private var day: Int?
    private var hour: Int
    private var minute: Int
    private var second: Int
    private var weekday: Int
    private var number = 0
    private var isTouched = false

    /// The moment that the text means; nil where nothing in it means a date.
    ///
    /// - Parameters:
    ///   - now: the clock, seconds since 1970.
    ///   - localZone: minutes east of UTC at a moment.
    public static func parse(_ text: String, now: Int64, localZone: (Int64) -> Int) -> Int64? {
        if let exact = DateParser.parse(text, now: now, localZone: localZone) { return exact.seconds }
        return withoutActuallyEscaping(localZone) { zone in
            var parser = ApproximateDate(now: now, zone: zone)
            return parser.run(Array(text.utf8))
        }
    }

    /// The moment that the text of a limit means: as ``parse(_:now:localZone:)``, and now where nothing is understood.
    public static func limit(_ text: String, now: Int64, localZone: (Int64) -> Int) -> Int64 {
        if text == "all" || text == "now" { return now }
        return parse(text, now: now, localZone: localZone) ?? now
    }

    private init(now: Int64, zone: @escaping (Int64) -> Int) {
        self.now = now
        self.zone = zone
        today = CalendarTime(seconds: now, zoneMinutes: zone(now))
        (hour, minute, second) = (today.hour, today.minute, today.second)
        weekday = today.weekday
    }

    private mutating func run(_ text: [UInt8]) -> Int64? {
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte >= 0x30 && byte <= 0x39 {
                settleNumber()
                position = digits(text, position)
                isTouched = true
            } else if Self.isLetter(byte) {
                position = word(text, position)
            } else {
                position += 1
            }
        }
        settleNumber()
        guard isTouched else { return nil }
        return update(minus: 0)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a }

    /// Fills in what was not said and moves back by some seconds.
    @discardableResult
    private mutating func update(minus seconds: Int) -> Int64 {
        if day == nil { day = today.day }
        if month == nil { month = today.month }
        if year == nil { year = (month ?? 1) > today.month ? today.year - 1 : today.year }
        let moment = local() - Int64(clamping: seconds)
        set(moment)
        return moment
    }

    private func local() -> Int64 {
        var time = today
        time.year = year ?? today.year
        time.month = month ?? today.month
        time.day = day ?? today.day
        (time.hour, time.minute, time.second) = (hour, minute, second)
        let guess = time.seconds(zoneMinutes: zone(now))
        return time.seconds(zoneMinutes: zone(guess))
    }

    private mutating func set(_ moment: Int64) {
        let time = CalendarTime(seconds: moment, zoneMinutes: zone(moment))
        (year, month, day) = (time.year, time.month, time.day)
        (hour, minute, second) = (time.hour, time.minute, time.second)
        weekday = time.weekday
    }

    /// Takes a number that nothing followed as the day, month or year that is still missing.
    private mutating func settleNumber() {
        let value = number
        guard value != 0 else { return }
        number = 0
        if day == nil && value < 32 {
            day = value
        } else if month == nil && value < 13 {
            month = value
        } else if year == nil {
            if value > 1969 && value < 2100 {
                year = value
            } else if value > 69 && value < 100 {
                year = value + 1900
            } else if value < 38 {
                year = value + 2000
            }
        }
    }

    // MARK: Words

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"]
    private static let numbers = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ]
    private static let units = [
        ("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86400), ("weeks", 7 * 86400),
    ]

    /// How many letters of a word the text begins with; 0 where another letter or digit follows them.
    private static func match(_ text: ArraySlice<UInt8>, _ word: String) -> Int {
        var count = 0
        var letters = word.utf8.makeIterator()
        for byte in text {
            let letter = letters.next()
            if let letter, byte == letter || (isLetter(byte) && byte | 0x20 == letter | 0x20) {
                count += 1
                continue
            }
            if isLetter(byte) || (byte >= 0x30 && byte <= 0x39) { return 0 }
            break
        }
        return count
    }

    private mutating func word(_ text: [UInt8], _ start: Int) -> Int {
        let rest = text[start...]
        let end = rest.firstIndex { !Self.isLetter($0) } ?? text.count
        if let index = Self.months.firstIndex(where: { Self.match(rest, $0) >= 3 }) {
            month = index + 1
            isTouched = true
            return end
        }
        if special(rest) {
            isTouched = true
            return end
        }
        if number == 0 {
            if let index = Self.numbers.indices.dropFirst().first(where: {
                Self.match(rest, Self.numbers[$0]) == Self.numbers[$0].utf8.count
            }) {
                number = index
                isTouched = true
            } else if Self.match(rest, "last") == 4 {
                number = 1
                isTouched = true
            }
            return end
        }
        unit(rest)
        return end
    }

    private mutating func special(_ rest: ArraySlice<UInt8>) -> Bool {
        func isWord(_ word: String) -> Bool { Self.match(rest, word) == word.utf8.count }
        if isWord("yesterday") {
            number = 0
            update(minus: 86400)
        } else if isWord("noon") {
            clock(12)
        } else if isWord("midnight") {
            clock(0)
        } else if isWord("tea") {
            clock(17)
        } else if isWord("PM") || isWord("AM") {
            if number != 0 { (hour, minute, second) = (number, 0, 0) }
            number = 0
            hour = hour % 12 + (isWord("PM") ? 12 : 0)
        } else if isWord("never") {
            set(0)
            number = 0
        } else if isWord("now") {
            number = 0
            update(minus: 0)
        } else {
            return false
        }
        return true
    }

    private mutating func clock(_ newHour: Int) {
        settleNumber()
        if hour < newHour { update(minus: 86400) }
        (hour, minute, second) = (newHour, 0, 0)
    }

    private mutating func unit(_ rest: ArraySlice<UInt8>) {
        for (name, length) in Self.units where Self.match(rest, name) >= name.utf8.count - 1 {
            update(minus: length.multipliedReportingOverflow(by: number).partialValue)
            number = 0
            isTouched = true
            return
        }
        if let index = Self.weekdays.firstIndex(where: { Self.match(rest, $0) >= 3 }) {
            var weeks = number - 1
            number = 0
            var difference = weekday - index
            if difference <= 0 { weeks += 1 }
            difference += 7 * weeks
            update(minus: difference * 86400)
            isTouched = true
            return
        }
        if Self.match(rest, "months") >= 5 {
            update(minus: 0)
            var target = (month ?? 1) - 1 - number
            number = 0
            while target < 0 {
                target += 12
                year = (year ?? today.year) - 1
            }
            month = target + 1
            isTouched = true
        } else if Self.match(rest, "years") >= 4 {
            update(minus: 0)
            year = (year ?? today.year) - number
            number = 0
            isTouched = true
        }
    }

    // MARK: Numbers

    private static func integer(_ text: [UInt8], _ position: inout Int) -> Int {
        var value = 0
        while position < text.count, text[position] >= 0x30, text[position] <= 0x39 {
            value = min(value * 10 + Int(text[position] - 0x30), 1 << 40)
            position += 1
        }
        return value
    }

    private mutating func digits(_ text: [UInt8], _ start: Int) -> Int {
        var end = start
        let value = Self.integer(text, &end)
        func isDigit(_ position: Int) -> Bool {
            position < text.count && text[position] >= 0x30 && text[position] <= 0x39
        }
        if end < text.count, ":./-".utf8.contains(text[end]), isDigit(end + 1) {
            let separator = text[end]
            var position = end + 1
            let second = Self.integer(text, &position)
            var third: Int?
            if position < text.count, text[position] == separator, isDigit(position + 1) {
                position += 1
                third = Self.integer(text, &position)
            }
            if several(value, second, third, separator) { return position }
        }
        // A number padded with zeros is one only where it is short: "Dec 02", never "Dec 0002".
        if text[start] != 0x30 || end - start <= 2 { number = value }
        return end
    }

    private mutating func several(_ first: Int, _ second: Int, _ third: Int?, _ separator: UInt8) -> Bool {
        if separator == UInt8(ascii: ":") {
            let seconds = third ?? 0
            guard first < 25, second < 60, seconds <= 60 else { return false }
            (hour, minute, self.second) = (first, second, seconds)
            return true
        }
        if first > 70 {
            if date(first, second, third ?? -1, mayBeFuture: true) { return true }
            if date(first, third ?? -1, second, mayBeFuture: true) { return true }
        }
        let isDotted = separator == UInt8(ascii: ".")
        let year = third ?? -1
        if !isDotted, date(year, first, second, mayBeFuture: false) { return true }
        if date(year, second, first, mayBeFuture: false) { return true }
        return isDotted && date(year, first, second, mayBeFuture: false)
    }

    private mutating func date(_ year: Int, _ month: Int, _ day: Int, mayBeFuture: Bool) -> Bool {
        guard month > 0, month < 13, day > 0, day < 32 else { return false }
        var full: Int?
        switch year {
        case -1: full = nil
        case 1970..<2100: full = year
        case 71..<100: full = year + 1900
        case 0..<38: full = year + 2000
        default: return false
        }
        if !mayBeFuture {
            var time = today
            (time.year, time.month, time.day) = (full ?? today.year, month, day)
            (time.hour, time.minute, time.second) = (hour, minute, second)
            if now + 10 * 24 * 3600 < time.seconds(zoneMinutes: 0) { return false }
        }
        (self.month, self.day) = (month, day)
        if let full { self.year = full }
        return true
    }
}
