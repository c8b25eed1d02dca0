internal import Bytes
internal import Glibc
public import SystemPackage

/// What a value's text means.
public enum ConfigValue {
    /// `true`, `yes`, `on`, a number that is not 0, or no value at all; `false`, `no`, `off`, 0 or the empty string.
    public static func bool(_ entry: ConfigEntry) throws(ConfigError) -> Bool {
        guard let value = entry.value else { return true }
        guard let result = bool(value) else {
            throw .badBoolean(key: entry.key.description, value: entry.text)
        }
        return result
    }

    /// The boolean that the text means, or nil.
    public static func bool(_ value: [UInt8]) -> Bool? {
        if let word = boolWord(value) { return word }
        if case .success(let number) = integer(value) { return number != 0 }
        return nil
    }

    /// The boolean that a word means: numbers are none.
    public static func boolWord(_ value: [UInt8]) -> Bool? {
        if value.isEmpty { return false }
        switch String(decoding: value, as: UTF8.self).lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: return nil
        }
    }

    /// A number, with a unit of 1024, 1024² or 1024³ where k, m or g follows it.
    public static func int(_ entry: ConfigEntry) throws(ConfigError) -> Int {
        guard let value = entry.value else { throw .missingValue(key: entry.key.description) }
        switch integer(value) {
        case .success(let number): return number
        case .failure(let fault):
            throw .badNumber(key: entry.key.description, value: entry.text, fault)
        }
    }

    /// What the text says as a number: decimal, `0x…` or octal with a leading zero, then perhaps k, m or g.
    public static func integer(_ value: [UInt8]) -> Result<Int, ConfigError.NumberFault> {
        var rest = value[...]
        while let first = rest.first, first == 0x20 || (first >= 9 && first <= 13) { rest.removeFirst() }
        var isNegative = false
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            isNegative = rest.removeFirst() == UInt8(ascii: "-")
        }
        var radix = 10
        if rest.first == UInt8(ascii: "0") {
            let second = rest.dropFirst().first.map { $0 | 0x20 }
            let third = rest.dropFirst(2).first
            if second == UInt8(ascii: "x"), let third, Hex.value(third) != nil {
                radix = 16
                rest.removeFirst(2)
            } else {
                radix = 8
            }
        }
        var number = 0
        var hasDigit = false
        var isTooBig = false
        while let first = rest.first, let digit = Hex.value(first), digit < radix {
            let (product, overflow) = number.multipliedReportingOverflow(by: radix)
            let (sum, overflow2) = product.addingReportingOverflow(Int(digit))
            if overflow || overflow2 { isTooBig = true }
            number = sum
            hasDigit = true
            rest.removeFirst()
        }
        guard hasDigit else { return .failure(.unit) }
        let factor: Int
        switch (rest.count, rest.first.map { $0 | 0x20 }) {
        case (0, _): factor = 1
        case (1, UInt8(ascii: "k")): factor = 1 << 10
        case (1, UInt8(ascii: "m")): factor = 1 << 20
        case (1, UInt8(ascii: "g")): factor = 1 << 30
        default: return .failure(.unit)
        }
        let (result, overflow) = number.multipliedReportingOverflow(by: factor)
        if isTooBig || overflow { return .failure(.range) }
        return .success(isNegative ? -result : result)
    }

    /// A path, with `~/` standing for `home` and `~name/` for that person's home directory.
    public static func path(_ entry: ConfigEntry, home: FilePath?) throws(ConfigError) -> FilePath {
        guard let value = entry.value else { throw .missingValue(key: entry.key.description) }
        guard let path = expandingHome(value, home: home) else {
            throw .badPath(key: entry.key.description, value: entry.text)
        }
        return path
    }

    /// The path with a leading `~` expanded; nil where nobody has that name, or there is no home directory.
    public static func expandingHome(_ value: [UInt8], home: FilePath?) -> FilePath? {
        guard value.first == UInt8(ascii: "~") else { return FilePath(bytes: value) }
        let end = value.firstIndex(of: UInt8(ascii: "/")) ?? value.count
        let rest = value[end...].drop { $0 == UInt8(ascii: "/") }
        var base = home
        if end > 1 {
            let name = String(decoding: value[1..<end], as: UTF8.self)
            guard let record = getpwnam(name) else { return nil }
            base = FilePath(platformString: record.pointee.pw_dir)
        }
        guard let base else { return nil }
        return rest.isEmpty ? base : base.appending(bytes: rest)
    }
}

extension ConfigError.NumberFault: Error {}
