/// How a date is shown: Git's `--date` modes.
public enum DateStyle: Sendable, Hashable {
    /// `Thu Apr 7 15:13:13 2005 -0700`.
    case normal
    /// `2005-04-07 15:13:13 -0700`.
    case iso
    /// `2005-04-07T15:13:13-07:00`.
    case isoStrict
    /// `Thu, 7 Apr 2005 15:13:13 -0700`.
    case rfc2822
    /// `2005-04-07`.
    case short
    /// Seconds and zone.
    case raw
    /// Seconds.
    case unix
    /// `2 hours ago`.
    case relative
    /// As `normal`, shortened by what is the same today.
    case human
    /// A strftime format.
    case format(String)

    /// A style, and whether dates are shown in the local zone rather than their own.
    public struct Mode: Sendable, Hashable {
        /// The style.
        public var style: DateStyle
        /// Whether the local zone counts.
        public var isLocal: Bool

        /// Makes a mode.
        public init(_ style: DateStyle = .normal, isLocal: Bool = false) {
            self.style = style
            self.isLocal = isLocal
        }

        /// The mode that `--date=<text>` or `log.date` names; nil for one that is not known.
        public init?(parsing text: String) {
            var text = text
            if text.hasPrefix("auto:") { text = String(text.dropFirst(5)) }
            if text.hasPrefix("format-local:") {
                self.init(.format(String(text.dropFirst(13))), isLocal: true)
                return
            }
            if text.hasPrefix("format:") {
                self.init(.format(String(text.dropFirst(7))))
                return
            }
            if text == "local" {
                self.init(.normal, isLocal: true)
                return
            }
            let isLocal = text.hasSuffix("-local")
            if isLocal { text = String(text.dropLast(6)) }
            let style: DateStyle? =
                switch text {
                case "default": .normal
                case "iso", "iso8601": .iso
                case "iso-strict", "iso8601-strict": .isoStrict
                case "rfc", "rfc2822": .rfc2822
                case "short": .short
                case "raw": .raw
                case "unix": .unix
                case "relative": .relative
                case "human": .human
                default: nil
                }
            guard let style, !(isLocal && style == .human && false) else { return nil }
            self.init(style, isLocal: isLocal)
        }

        /// The date as text.
        public func format(_ signature: Signature, now: Int64, localZone: (Int64) -> Int) -> String {
            let zone = isLocal ? localZone(signature.time) : signature.zoneMinutes
            return style.format(
                time: signature.time, zoneMinutes: zone, now: now, showsZone: !isLocal || style != .normal,
                localZone: localZone(now), isNegativeZero: !isLocal && signature.isNegativeZero)
        }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func pad(_ number: Int, _ width: Int = 2, _ fill: Character = "0") -> String {
        let digits = String(number)
        return String(repeating: fill, count: max(0, width - digits.count)) + digits
    }

    private static func zoneText(_ minutes: Int, _ isNegativeZero: Bool) -> String {
        let value = abs(minutes) / 60 * 100 + abs(minutes) % 60
        return (minutes < 0 || isNegativeZero ? "-" : "+") + pad(value, 4)
    }

    /// A moment as text, shown in a zone.
    public func format(
        time: Int64, zoneMinutes: Int, now: Int64, showsZone: Bool = true, localZone: Int = 0,
        isNegativeZero: Bool = false
    ) -> String {
        // What no calendar can hold is shown as the epoch, as Git does.
        let isSane = time >= 0 && time < 1 << 55
        let time = isSane ? time : 0
        let zone = isSane ? zoneMinutes : 0
        let t = CalendarTime(seconds: time, zoneMinutes: zone)
        let zoneText = Self.zoneText(zone, isNegativeZero && isSane)
        let clock = "\(Self.pad(t.hour)):\(Self.pad(t.minute)):\(Self.pad(t.second))"
        let day = "\(Self.pad(t.year, 4))-\(Self.pad(t.month))-\(Self.pad(t.day))"
        switch self {
        case .unix: return String(time)
        case .raw: return "\(time) \(zoneText)"
        case .relative: return Self.relative(time, now)
        case .short: return day
        case .iso: return "\(day) \(clock) \(zoneText)"
        case .isoStrict:
            if zone == 0 && !showsZone { return "\(day)T\(clock)Z" }
            let digits = Array(zoneText)
            return "\(day)T\(clock)\(String(digits[0..<3])):\(String(digits[3...]))"
        case .rfc2822:
            return "\(Self.weekdays[t.weekday]), \(t.day) \(Self.months[t.month - 1]) \(t.year) \(clock) \(zoneText)"
        case .normal:
            return "\(Self.weekdays[t.weekday]) \(Self.months[t.month - 1]) \(t.day) \(clock) \(t.year)"
                + (showsZone ? " \(zoneText)" : "")
        case .human: return human(t, zone, now, localZone, time)
        case .format(let format): return Self.strftime(format, t, zoneText, time)
        }
    }

    private func human(_ t: CalendarTime, _ zone: Int, _ now: Int64, _ localZone: Int, _ time: Int64) -> String {
        let today = CalendarTime(seconds: now, zoneMinutes: localZone)
        var hidesYear = false
        var hidesDate = false
        var hidesTime = false
        var hidesWeekday = false
        var hidesZone = zone == localZone
        if t.year == today.year {
            hidesYear = true
            if t.month == today.month {
                if t.day > today.day {
                    // The future: nothing is left out.
                } else if t.day == today.day {
                    hidesDate = true
                    hidesWeekday = true
                } else if t.day + 5 > today.day {
                    // A weekday is enough.
                    hidesDate = true
                }
            }
        }
        if hidesDate && hidesWeekday { return Self.relative(time, now) }
        // A day of another year needs neither clock nor weekday, and only a weekday needs a zone.
        hidesTime = !hidesYear
        if !hidesYear { hidesWeekday = true }
        if !hidesDate { hidesZone = true }
        var parts: [String] = []
        if !hidesWeekday { parts.append(Self.weekdays[t.weekday]) }
        if !hidesDate { parts.append("\(Self.months[t.month - 1]) \(t.day)") }
        if !hidesTime { parts.append("\(Self.pad(t.hour)):\(Self.pad(t.minute))") }
        if !hidesYear { parts.append(String(t.year)) }
        if !hidesZone { parts.append(Self.zoneText(zone, false)) }
        return parts.joined(separator: " ")
    }

    /// `3 days ago`; `in the future` where it is.
    public static func relative(_ time: Int64, _ now: Int64) -> String {
        if now < time { return "in the future" }
        func ago(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s") ago" }
        var difference = now - time
        if difference < 90 { return ago(difference, "second") }
        difference = (difference + 30) / 60
        if difference < 90 { return ago(difference, "minute") }
        difference = (difference + 30) / 60
        if difference < 36 { return ago(difference, "hour") }
        difference = (difference + 12) / 24
        if difference < 14 { return ago(difference, "day") }
        if difference < 70 { return ago((difference + 3) / 7, "week") }
        if difference < 365 { return ago((difference + 15) / 30, "month") }
        if difference < 1825 {
            let total = (difference * 12 * 2 + 365) / (365 * 2)
            let years = total / 12
            let months = total % 12
            if months == 0 { return ago(years, "year") }
            return "\(years) year\(years == 1 ? "" : "s"), " + ago(months, "month")
        }
        return ago((difference + 183) / 365, "year")
    }

    /// The conversions of strftime(3) in the C locale.
    private static func strftime(_ format: String, _ t: CalendarTime, _ zone: String, _ time: Int64) -> String {
        let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let longMonths = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        let hour12 = t.hour % 12 == 0 ? 12 : t.hour % 12
        let clock = "\(pad(t.hour)):\(pad(t.minute)):\(pad(t.second))"
        var result = ""
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%", let conversion = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch conversion {
            case "Y": result += String(t.year)
            case "C": result += pad(t.year / 100)
            case "y": result += pad(t.year % 100)
            case "m": result += pad(t.month)
            case "d": result += pad(t.day)
            case "e": result += pad(t.day, 2, " ")
            case "H": result += pad(t.hour)
            case "k": result += pad(t.hour, 2, " ")
            case "I": result += pad(hour12)
            case "l": result += pad(hour12, 2, " ")
            case "M": result += pad(t.minute)
            case "S": result += pad(t.second)
            case "j": result += pad(t.yearDay, 3)
            case "a": result += weekdays[t.weekday]
            case "A": result += longDays[t.weekday]
            case "b", "h": result += months[t.month - 1]
            case "B": result += longMonths[t.month - 1]
            case "p": result += t.hour < 12 ? "AM" : "PM"
            case "P": result += t.hour < 12 ? "am" : "pm"
            case "F": result += "\(pad(t.year, 4))-\(pad(t.month))-\(pad(t.day))"
            case "T": result += clock
            case "R": result += "\(pad(t.hour)):\(pad(t.minute))"
            case "r": result += "\(pad(hour12)):\(pad(t.minute)):\(pad(t.second)) \(t.hour < 12 ? "AM" : "PM")"
            case "D", "x": result += "\(pad(t.month))/\(pad(t.day))/\(pad(t.year % 100))"
            case "X": result += clock
            case "c":
                result += "\(weekdays[t.weekday]) \(months[t.month - 1]) \(pad(t.day, 2, " ")) \(clock) \(t.year)"
            case "s": result += String(time)
            case "u": result += String(t.weekday == 0 ? 7 : t.weekday)
            case "w": result += String(t.weekday)
            case "U": result += pad((t.yearDay + 6 - t.weekday) / 7)
            case "W": result += pad((t.yearDay + 6 - (t.weekday + 6) % 7) / 7)
            case "z": result += zone
            case "Z": break
            case "n": result += "\n"
            case "t": result += "\t"
            case "%": result += "%"
            default: result += "%\(conversion)"
            }
        }
        return result
    }
}
