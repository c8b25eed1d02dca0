internal import GitObjects

/// Which experiments are shown: MLflow's filter grammar.
///
/// `metrics.accuracy > 0.9 AND params.model LIKE 'res%' AND attributes.status = 'succeeded'`; comparisons `=`, `!=`, `<`, `<=`,
/// `>`, `>=`, `LIKE`, `ILIKE`, `IN (…)`, `NOT IN (…)`, `IS NULL`, `IS NOT NULL`, joined by `AND`. Names with other characters stand in
/// backquotes or double quotes. MLflow's own words are understood where an experiment has something for them: the tags
/// `mlflow.runName`, `mlflow.source.git.commit` and `mlflow.source.name`, the states `FINISHED`, `FAILED` and `KILLED`, times in
/// milliseconds.
///
/// <https://mlflow.org/docs/latest/search-runs.html>
public struct ExperimentFilter: Sendable {
    /// A filter that cannot be read.
    public struct SyntaxError: Error, CustomStringConvertible {
        /// The filter.
        public let text: String
        /// Where it stops making sense, in bytes from its beginning.
        public let offset: Int
        /// What should stand there.
        public let expected: String

        public var description: String {
            "cannot read the filter '\(text)' at character \(offset + 1): expected \(expected)"
        }
    }

    private enum Entity: String { case metrics, params, tags, attributes }

    private enum Test {
        case compare(String, Value)
        case like(String, ignoringCase: Bool)
        case among([Value], negated: Bool)
        case null(negated: Bool)

        /// What is compared with.
        var literals: [Value] {
            switch self {
            case .compare(_, let value): [value]
            case .like(let text, _): [.string(text)]
            case .among(let values, _): values
            case .null: []
            }
        }
    }

    private struct Clause {
        let entity: Entity
        let key: String
        let test: Test
    }

    private let clauses: [Clause]

    /// Reads a filter; an empty one accepts everything.
    public init(_ text: String) throws(SyntaxError) {
        var scanner = FilterScanner(text)
        var clauses: [Clause] = []
        if try scanner.peek() != .end {
            while true {
                clauses.append(try Self.clause(&scanner))
                if try scanner.peek() == .end { break }
                guard try scanner.takeWord("and") else { throw scanner.error("AND or the end") }
            }
        }
        self.clauses = clauses
    }

    private static func clause(_ scanner: inout FilterScanner) throws(SyntaxError) -> Clause {
        guard case .name(let name) = try scanner.next() else {
            throw scanner.error("metrics.…, params.…, tags.… or attributes.…")
        }
        var entity = Entity.attributes
        var key = name
        if let dot = name.firstIndex(of: ".") {
            switch name[..<dot].lowercased() {
            case "metrics", "metric": entity = .metrics
            case "params", "param", "parameters", "parameter": entity = .params
            case "tags", "tag": entity = .tags
            case "attributes", "attribute", "attr", "run": entity = .attributes
            default: throw scanner.error("metrics.…, params.…, tags.… or attributes.…")
            }
            key = String(name[name.index(after: dot)...])
        }
        if key.isEmpty {
            guard case .quotedName(let quoted) = try scanner.next() else { throw scanner.error("a name in quotes") }
            key = quoted
        }
        return Clause(entity: entity, key: key, test: try test(&scanner))
    }

    private static func test(_ scanner: inout FilterScanner) throws(SyntaxError) -> Test {
        let token = try scanner.next()
        switch token {
        case .comparison(let sign): return .compare(sign, try literal(&scanner))
        case .name(let word):
            switch word.lowercased() {
            case "like", "ilike":
                switch try scanner.next() {
                case .text(let pattern), .quotedName(let pattern):
                    return .like(pattern, ignoringCase: word.lowercased() == "ilike")
                default: throw scanner.error("a pattern in quotes")
                }
            case "in": return .among(try list(&scanner), negated: false)
            case "not":
                guard try scanner.takeWord("in") else { throw scanner.error("IN") }
                return .among(try list(&scanner), negated: true)
            case "is":
                let negated = try scanner.takeWord("not")
                guard try scanner.takeWord("null") else { throw scanner.error("NULL") }
                return .null(negated: negated)
            default: break
            }
        default: break
        }
        throw scanner.error("a comparison")
    }

    private static func literal(_ scanner: inout FilterScanner) throws(SyntaxError) -> Value {
        switch try scanner.next() {
        case .text(let text), .quotedName(let text): return .string(text)
        case .number(let number): return .float(number)
        case .name(let word) where word == "true" || word == "false": return .bool(word == "true")
        default: throw scanner.error("a number or a text in quotes")
        }
    }

    private static func list(_ scanner: inout FilterScanner) throws(SyntaxError) -> [Value] {
        guard try scanner.next() == .open else { throw scanner.error("'('") }
        var values: [Value] = []
        while true {
            values.append(try literal(&scanner))
            switch try scanner.next() {
            case .close: return values
            case .comma: continue
            default: throw scanner.error("',' or ')'")
            }
        }
    }

    /// Whether an experiment is accepted.
    public func accepts(_ experiment: Experiment) -> Bool {
        clauses.allSatisfy { clause in
            let value: Value?
            switch clause.entity {
            case .metrics: value = experiment.metrics[clause.key]
            case .params: value = experiment.parameters[clause.key]
            case .tags: value = Self.tag(clause.key, experiment)
            case .attributes: value = Self.attribute(clause.key, experiment, clause.test)
            }
            return Self.passes(value, clause.test)
        }
    }

    private static func tag(_ key: String, _ experiment: Experiment) -> Value? {
        switch key {
        case "mlflow.runName": .string(experiment.name)
        case "mlflow.source.git.commit": (experiment.base ?? experiment.frozen).map { .string($0.hex) }
        case "mlflow.source.name": .string(experiment.command)
        default: nil
        }
    }

    private static func attribute(_ key: String, _ experiment: Experiment, _ test: Test) -> Value? {
        switch key {
        case "name", "run_name", "Run name": return .string(experiment.name)
        case "status":
            // In the words of the one who asks.
            let words = ["FINISHED", "FAILED", "KILLED", "RUNNING", "SCHEDULED"]
            guard test.literals.contains(where: { words.contains($0.text) }) else { return .string(experiment.status) }
            let isKilled = experiment.status == "interrupted" || experiment.status.hasPrefix("killed")
            return .string(experiment.isSuccess ? "FINISHED" : isKilled ? "KILLED" : "FAILED")
        case "command": return .string(experiment.command)
        case "commit", "run_id": return .string(experiment.commit.hex)
        case "start_time", "end_time", "created", "time", "Created":
            let isMilliseconds = test.literals.contains { ($0.number ?? 0) > 1e11 }
            return .integer(isMilliseconds ? experiment.time * 1000 : experiment.time)
        default: return nil
        }
    }

    private static func passes(_ value: Value?, _ test: Test) -> Bool {
        switch test {
        case .null(let negated): return (value == nil || value == .null) != negated
        case .among(let values, let negated):
            guard let value else { return false }
            return values.contains { isEqual(value, $0) } != negated
        case .like(let pattern, let ignoringCase):
            guard let text = value?.text else { return false }
            return ignoringCase
                ? matches(Array(text.lowercased().utf8)[...], Array(pattern.lowercased().utf8)[...])
                : matches(Array(text.utf8)[...], Array(pattern.utf8)[...])
        case .compare(let sign, let other):
            guard let value else { return false }
            switch sign {
            case "=", "==": return isEqual(value, other)
            case "!=", "<>": return !isEqual(value, other)
            default:
                if let left = number(value), let right = number(other) {
                    switch sign {
                    case "<": return left < right
                    case "<=": return left <= right
                    case ">": return left > right
                    default: return left >= right
                    }
                }
                let left = value.text
                let right = other.text
                switch sign {
                case "<": return left < right
                case "<=": return left <= right
                case ">": return left > right
                default: return left >= right
                }
            }
        }
    }

    private static func number(_ value: Value) -> Double? { value.number ?? value.string.flatMap(Double.init) }

    private static func isEqual(_ left: Value, _ right: Value) -> Bool {
        if let a = number(left), let b = number(right) { return a == b }
        return left.text == right.text
    }

    /// SQL's LIKE: `%` any text, `_` any byte. Goes back only to the last `%`.
    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (t, p) = (text.startIndex, pattern.startIndex)
        var star: Int?
        var mark = t
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "%") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.endIndex, pattern[p] == UInt8(ascii: "_") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = star {
                p = back + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "%") }
    }
}

/// The words of a filter.
struct FilterScanner {
    enum Token: Equatable {
        case name(String), quotedName(String), text(String), number(Double), comparison(String), open, close, comma, end
    }

    private let source: String
    private let bytes: [UInt8]
    private var offset = 0
    private var lastStart = 0

    init(_ text: String) {
        source = text
        bytes = Array(text.utf8)
    }

    func error(_ expected: String) -> ExperimentFilter.SyntaxError {
        ExperimentFilter.SyntaxError(text: source, offset: lastStart, expected: expected)
    }

    func peek() throws(ExperimentFilter.SyntaxError) -> Token {
        var copy = self
        return try copy.next()
    }

    mutating func takeWord(_ word: String) throws(ExperimentFilter.SyntaxError) -> Bool {
        guard case .name(let found) = try peek(), found.lowercased() == word else {
            lastStart = offset
            return false
        }
        _ = try next()
        return true
    }

    mutating func next() throws(ExperimentFilter.SyntaxError) -> Token {
        while offset < bytes.count, bytes[offset] <= 0x20 { offset += 1 }
        lastStart = offset
        guard offset < bytes.count else { return .end }
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","):
            offset += 1
            return byte == UInt8(ascii: "(") ? .open : byte == UInt8(ascii: ")") ? .close : .comma
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): return try quoted(byte)
        case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            let start = offset
            while offset < bytes.count, "=!<>".utf8.contains(bytes[offset]) { offset += 1 }
            let sign = String(decoding: bytes[start..<offset], as: UTF8.self)
            guard ["=", "==", "!=", "<>", "<", "<=", ">", ">="].contains(sign) else { throw error("a comparison") }
            return .comparison(sign)
        default:
            let start = offset
            while offset < bytes.count, bytes[offset] > 0x20, !"()=!<>,'\"`".utf8.contains(bytes[offset]) {
                offset += 1
            }
            let word = String(decoding: bytes[start..<offset], as: UTF8.self)
            if let number = Double(word) { return .number(number) }
            return .name(word)
        }
    }

    private mutating func quoted(_ quote: UInt8) throws(ExperimentFilter.SyntaxError) -> Token {
        guard let end = bytes[(offset + 1)...].firstIndex(of: quote) else { throw error("a closing quote") }
        let text = String(decoding: bytes[(offset + 1)..<end], as: UTF8.self)
        offset = end + 1
        return quote == UInt8(ascii: "'") ? .text(text) : .quotedName(text)
    }
}
