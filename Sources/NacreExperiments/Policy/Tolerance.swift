/// How far a number may be from another: an absolute distance, or a share of the reference.
public enum Tolerance: Sendable, Hashable, CustomStringConvertible {
    /// The difference's magnitude.
    case absolute(Double)
    /// The difference's magnitude divided by the reference's.
    case relative(Double)

    /// Reads `0.001` or `0.1%`; nil where it is neither, negative, NaN or infinite.
    public init?(_ value: Value) {
        if let number = value.finiteNumber {
            guard number >= 0 else { return nil }
            self = .absolute(number)
            return
        }
        guard let text = value.string, text.hasSuffix("%"), let percent = Double(text.dropLast()), percent.isFinite,
            percent >= 0
        else { return nil }
        self = .relative(percent / 100)
    }

    /// The distance that is allowed from a reference.
    public func distance(from reference: Double) -> Double {
        switch self {
        case .absolute(let distance): distance
        case .relative(let share): share * abs(reference)
        }
    }

    /// Whether a value is within reach of a reference; NaN is within reach of NaN only.
    public func accepts(_ value: Double, reference: Double) -> Bool {
        if value == reference || (value.isNaN && reference.isNaN) { return true }
        // The last digit that a subtraction of two decimals loses must not decide.
        return abs(value - reference) <= distance(from: reference) * (1 + 1e-12)
    }

    public var description: String {
        switch self {
        case .absolute(let distance): NumberText.rounded(distance, digits: 6)
        case .relative(let share): NumberText.rounded(share * 100, digits: 6) + "%"
        }
    }
}
