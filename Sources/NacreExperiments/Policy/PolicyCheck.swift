/// What became of a policy's rules for one experiment.
public struct PolicyCheck: Sendable {
    /// One rule's outcome.
    public struct Finding: Sendable, Hashable {
        /// What was checked: `floor`, `ceiling`, `regression`, `present`.
        public let check: String
        /// The metric's dotted key.
        public let metric: String
        /// Whether it holds.
        public let passes: Bool
        /// What is so, and by how much: `accuracy is 0.89, below its floor of 0.9 by 0.01`.
        public let message: String
    }

    /// The findings in the policy's order.
    public private(set) var findings: [Finding] = []

    /// Whether every rule holds.
    public var passes: Bool { findings.allSatisfy(\.passes) }

    /// Checks metrics, and where `base` is given how much worse they are than it.
    public init(_ policy: Policy, metrics: ValueTable, base: ValueTable?) {
        for rule in policy.rules { check(rule, metrics, base) }
    }

    /// The number that a rule is about: the metric's own, or the aggregate of a list or of all that `*` matches.
    static func number(_ rule: Policy.Rule, in metrics: ValueTable) -> Double? {
        if rule.metric.utf8.contains(UInt8(ascii: "*")) {
            let numbers = metrics.merged.entries.filter { Policy.matches($0.key, rule.metric) }.compactMap(
                \.value.number)
            return rule.aggregate.apply(numbers)
        }
        guard let value = metrics.value(rule.metric) else { return nil }
        if let values = value.array { return rule.aggregate.apply(values.compactMap(\.number)) }
        return value.number
    }

    private mutating func add(_ check: String, _ rule: Policy.Rule, _ passes: Bool, _ message: String) {
        findings.append(Finding(check: check, metric: rule.metric, passes: passes, message: message))
    }

    private mutating func check(_ rule: Policy.Rule, _ metrics: ValueTable, _ base: ValueTable?) {
        guard let number = Self.number(rule, in: metrics) else {
            let what = metrics.value(rule.metric).map { "is \($0.kindName), not a number" } ?? "is missing"
            if !rule.isOptional { add("present", rule, false, "\(rule.metric) \(what)") }
            return
        }
        guard number.isFinite else {
            add("present", rule, false, "\(rule.metric) is \(NumberText.shortest(number))")
            return
        }
        let count = metrics.value(rule.metric)?.array?.count ?? 1
        let text =
            NumberText.rounded(number, digits: 6) + (count > 1 ? " (\(rule.aggregate.rawValue) of \(count))" : "")
        if let floor = rule.floor {
            let missing = floor - number
            add(
                "floor", rule, missing <= 0,
                missing <= 0
                    ? "\(rule.metric) is \(text), at least \(NumberText.rounded(floor, digits: 6))"
                    : "\(rule.metric) is \(text), below its floor of \(NumberText.rounded(floor, digits: 6)) by "
                        + NumberText.rounded(missing, digits: 4))
        }
        if let ceiling = rule.ceiling {
            let excess = number - ceiling
            add(
                "ceiling", rule, excess <= 0,
                excess <= 0
                    ? "\(rule.metric) is \(text), at most \(NumberText.rounded(ceiling, digits: 6))"
                    : "\(rule.metric) is \(text), above its ceiling of \(NumberText.rounded(ceiling, digits: 6)) by "
                        + NumberText.rounded(excess, digits: 4))
        }
        if let base, let regression = rule.regression, let direction = rule.direction {
            checkRegression(rule, number, text, base, regression, direction)
        } else if rule.floor == nil, rule.ceiling == nil {
            add("present", rule, true, "\(rule.metric) is \(text)")
        }
    }

    private mutating func checkRegression(
        _ rule: Policy.Rule, _ number: Double, _ text: String, _ base: ValueTable, _ regression: Tolerance,
        _ direction: Policy.Direction
    ) {
        guard let reference = Self.number(rule, in: base), reference.isFinite else {
            add("regression", rule, true, "\(rule.metric) is \(text); the base has none to compare with")
            return
        }
        let loss = direction == .maximize ? reference - number : number - reference
        let allowed = regression.distance(from: reference)
        let passes = loss <= allowed * (1 + 1e-12)
        let before = NumberText.rounded(reference, digits: 6)
        add(
            "regression", rule, passes,
            passes
                ? "\(rule.metric) went from \(before) to \(text)"
                : "\(rule.metric) went from \(before) to \(text), worse by \(NumberText.rounded(loss, digits: 4)) where "
                    + "\(regression) is allowed")
    }
}
