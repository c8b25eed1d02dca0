/// A moment as a calendar and a clock on the wall show it, in a zone known by its minutes east of UTC.
public struct CalendarTime: Sendable, Hashable {
    /// The year.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 60.
    public var second: Int

    /// The day of the week; 0 is Sunday.
    public var weekday: Int {
        let days = CalendarTime.days(year: year, month: month, day: day)
        return ((days + 4) % 7 + 7) % 7
    }

    /// The day of the year, from 1.
    public var yearDay: Int {
        CalendarTime.days(year: year, month: month, day: day) - CalendarTime.days(year: year, month: 1, day: 1) + 1
    }

    /// The calendar's view of a moment.
    public init(seconds: Int64, zoneMinutes: Int) {
        let bound: Int64 = 1 << 55
        let local = Int(min(max(seconds, -bound), bound)) + zoneMinutes * 60
        let days = local >= 0 ? local / 86400 : -((-local + 86399) / 86400)
        let rest = local - days * 86400
        // Howard Hinnant's civil_from_days: eras of 400 years that begin on 1 March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Days from 1 January 1970 to a day, which may lie outside of its month.
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let monthIndex = month - 1
        let carried = monthIndex >= 0 ? monthIndex / 12 : -((11 - monthIndex) / 12)
        let year = year + carried
        let month = monthIndex - carried * 12 + 1
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The moment, the calendar being that of a zone of so many minutes.
    public func seconds(zoneMinutes: Int) -> Int64 {
        let days = CalendarTime.days(year: year, month: month, day: day)
        return Int64(days * 86400 + hour * 3600 + minute * 60 + second - zoneMinutes * 60)
    }
}
