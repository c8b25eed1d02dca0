/// What the metrics of an experiment must be; `policy` in `nacre.yaml`.
///
/// ```yaml
/// policy:
///   accuracy: {direction: maximize, floor: 0.9, regression: 0.5%, tolerance: 0.001}
///   loss: minimize
/// ```
public struct Policy: Sendable, Hashable {
    /// Which way is better.
    public enum Direction: String, Sendable, Hashable {
        /// More is better.
        case maximize
        /// Less is better.
        case minimize
    }

    /// How several numbers, as of several seeds, become one.
    public enum Aggregate: String, Sendable, Hashable {
        /// The arithmetic mean.
        case mean
        /// The middle one.
        case median
        /// The smallest.
        case min
        /// The largest.
        case max

        func apply(_ numbers: [Double]) -> Double? {
            guard !numbers.isEmpty else { return nil }
            if numbers.contains(where: \.isNaN) { return .nan }
            switch self {
            case .mean: return numbers.reduce(0, +) / Double(numbers.count)
            case .median:
                let sorted = numbers.sorted()
                let middle = sorted.count / 2
                return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
            case .min: return numbers.min()
            case .max: return numbers.max()
            }
        }
    }

    /// The rule for one metric.
    public struct Rule: Sendable, Hashable {
        /// The dotted key, perhaps with a file before a colon; `*` stands for any one part.
        public let metric: String
        /// Which way is better.
        public var direction: Direction?
        /// The least that is allowed.
        public var floor: Double?
        /// The most that is allowed.
        public var ceiling: Double?
        /// How much worse than a base it may be.
        public var regression: Tolerance?
        /// How far a replay may be from what was recorded.
        public var tolerance: Tolerance?
        /// How a list of numbers, or several metrics, become one.
        public var aggregate = Aggregate.mean
        /// Whether it is no failure that the metric is missing.
        public var isOptional = false
    }

    /// The rules in order.
    public private(set) var rules: [Rule] = []

    /// No rule.
    public init() {}

    /// Reads `policy`.
    ///
    /// - Throws: what `error` makes of the place and a reason.
    init(_ value: Value, at place: ValuePath, error: (ValuePath, String) -> ValueError) throws(ValueError) {
        guard let root = value.object else { throw error(place, "'policy' must be a mapping of metrics to rules") }
        let metrics = root["metrics"]?.object ?? root
        for entry in metrics.entries {
            let inner = root["metrics"]?.object == nil ? place : place.appending(.key("metrics"))
            rules.append(try Self.rule(entry.key, entry.value, at: inner.appending(.key(entry.key)), error: error))
        }
    }

    private static func rule(
        _ metric: String, _ value: Value, at place: ValuePath, error: (ValuePath, String) -> ValueError
    ) throws(ValueError) -> Rule {
        var rule = Rule(metric: metric)
        if let text = value.string {
            guard let direction = Direction(rawValue: text) else {
                throw error(place, "'\(text)' is no direction: write maximize or minimize")
            }
            rule.direction = direction
            return rule
        }
        guard let attributes = value.object else {
            throw error(place, "the rule of '\(metric)' must be maximize, minimize or a mapping")
        }
        for entry in attributes.entries {
            let inner = place.appending(.key(entry.key))
            func number() throws(ValueError) -> Double {
                guard let number = entry.value.finiteNumber else {
                    throw error(inner, "'\(entry.key)' must be a number, not \(entry.value.kindName)")
                }
                return number
            }
            func tolerance() throws(ValueError) -> Tolerance {
                guard let tolerance = Tolerance(entry.value) else {
                    throw error(
                        inner, "'\(entry.key)' must be a number of 0 or more, or a percentage, as 0.001 or 0.1%")
                }
                return tolerance
            }
            switch entry.key {
            case "direction":
                guard let direction = entry.value.string.flatMap(Direction.init) else {
                    throw error(inner, "'direction' must be maximize or minimize")
                }
                rule.direction = direction
            case "floor": rule.floor = try number()
            case "ceiling": rule.ceiling = try number()
            case "regression": rule.regression = try tolerance()
            case "tolerance": rule.tolerance = try tolerance()
            case "aggregate":
                guard let aggregate = entry.value.string.flatMap(Aggregate.init) else {
                    throw error(inner, "'aggregate' must be mean, median, min or max")
                }
                rule.aggregate = aggregate
            case "optional": rule.isOptional = entry.value.bool ?? false
            default: throw error(inner, "'\(entry.key)' is not part of a rule")
            }
        }
        if rule.regression != nil, rule.direction == nil {
            throw error(place, "'regression' needs 'direction', to know what is worse")
        }
        return rule
    }

    /// The rule for a metric's dotted key in a file.
    public func rule(for key: String, in file: String? = nil) -> Rule? {
        rules.first { rule in
            var pattern = rule.metric
            if let colon = pattern.firstIndex(of: ":") {
                if let file, pattern[..<colon] != file { return false }
                pattern = String(pattern[pattern.index(after: colon)...])
            }
            return Self.matches(key, pattern)
        }
    }

    static func matches(_ key: String, _ pattern: String) -> Bool {
        if key == pattern { return true }
        guard pattern.utf8.contains(UInt8(ascii: "*")) else { return false }
        let keys = key.split(separator: ".", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: ".", omittingEmptySubsequences: false)
        return keys.count == patterns.count && zip(keys, patterns).allSatisfy { $1 == "*" || $0 == $1 }
    }

    /// Whether a change is for the better: nil where the policy does not say, or nothing changed.
    public func isImprovement(_ difference: ValueDifference, of key: String, in file: String) -> Bool? {
        guard let direction = rule(for: key, in: file)?.direction, let change = difference.change, change != 0,
            !change.isNaN
        else { return nil }
        return (change > 0) == (direction == .maximize)
    }
}
