internal import Glibc

/// A POSIX regular expression, as Git's options and drivers spell them, over the bytes of a line.
///
/// Compiled once; `regexec` on a compiled expression takes a lock of its own, so that it may be shared.
public final class LinePattern: @unchecked Sendable, Hashable {
    /// The expression.
    public let source: String
    private let isExtended: Bool
    private let ignoresCase: Bool
    // Written in the initialiser only; glibc guards the rest.
    private let compiled: UnsafeMutablePointer<regex_t>

    /// Compiles an expression; nil where it is malformed.
    public convenience init?(_ source: String, isExtended: Bool = true, ignoresCase: Bool = false) {
        self.init(bytes: Array(source.utf8), isExtended: isExtended, ignoresCase: ignoresCase)
    }

    /// Compiles an expression that need not be UTF-8; nil where it is malformed.
    public init?(bytes: [UInt8], isExtended: Bool = true, ignoresCase: Bool = false) {
        let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        expression.initialize(to: regex_t())
        guard LinePattern.compile(bytes, isExtended, ignoresCase, into: expression) == 0 else {
            // Nothing is stored yet, so that nothing is freed twice.
            expression.deallocate()
            return nil
        }
        source = String(decoding: bytes, as: UTF8.self)
        self.isExtended = isExtended
        self.ignoresCase = ignoresCase
        compiled = expression
    }

    private static func compile(
        _ source: [UInt8], _ isExtended: Bool, _ ignoresCase: Bool, into expression: UnsafeMutablePointer<regex_t>
    ) -> Int32 {
        let flags = REG_NEWLINE | (isExtended ? REG_EXTENDED : 0) | (ignoresCase ? REG_ICASE : 0)
        return (source + [0]).withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return regcomp(expression, base.assumingMemoryBound(to: CChar.self), flags)
        }
    }

    /// What the system says is wrong with an expression; nil where nothing is.
    public static func problem(in source: String, isExtended: Bool = true) -> String? {
        var expression = regex_t()
        let code = compile(Array(source.utf8), isExtended, false, into: &expression)
        guard code != 0 else {
            regfree(&expression)
            return nil
        }
        var text = [CChar](repeating: 0, count: 256)
        regerror(code, &expression, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    /// Whether both were made of the same expression in the same way.
    public static func == (left: LinePattern, right: LinePattern) -> Bool {
        left.source == right.source && left.isExtended == right.isExtended && left.ignoresCase == right.ignoresCase
    }

    /// Hashes the expression.
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    /// Whether the expression is found in the bytes.
    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool { firstMatch(bytes) != nil }

    /// Whether the expression is found in the bytes.
    public func matches(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.withUnsafeBytes { firstMatch($0) != nil } }

    /// The range of the first match.
    public func firstRange(_ bytes: UnsafeRawBufferPointer, isLineStart: Bool = true) -> Range<Int>? {
        var match = regmatch_t(rm_so: 0, rm_eo: regoff_t(truncatingIfNeeded: bytes.count))
        let startEnd: Int32 = 4  // REG_STARTEND
        var empty: CChar = 0
        let base = bytes.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
        let result = withUnsafePointer(to: &empty) { placeholder in
            regexec(compiled, base ?? placeholder, 1, &match, startEnd | (isLineStart ? 0 : REG_NOTBOL))
        }
        return result == 0 ? Int(match.rm_so)..<Int(match.rm_eo) : nil
    }

    /// The ranges of the whole first match and of its groups (nil for a group that took no part).
    public func firstMatch(
        _ bytes: UnsafeRawBufferPointer, from start: Int = 0, isLineStart: Bool = true
    ) -> [Range<Int>?]? {
        var groups = [regmatch_t](repeating: regmatch_t(), count: 10)
        groups[0].rm_so = regoff_t(truncatingIfNeeded: start)
        groups[0].rm_eo = regoff_t(truncatingIfNeeded: bytes.count)
        let startEnd: Int32 = 4  // REG_STARTEND
        var empty: UInt8 = 0
        let result = withUnsafePointer(to: &empty) { placeholder in
            let base = bytes.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
            return regexec(
                compiled, base ?? UnsafeRawPointer(placeholder).assumingMemoryBound(to: CChar.self), groups.count,
                &groups,
                startEnd | (isLineStart ? 0 : REG_NOTBOL))
        }
        guard result == 0 else { return nil }
        return groups.map { $0.rm_so < 0 ? nil : Int($0.rm_so)..<Int($0.rm_eo) }
    }
}
