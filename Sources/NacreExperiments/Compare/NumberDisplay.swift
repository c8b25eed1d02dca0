/// Numbers and values as tables show them.
public enum NumberDisplay {
    /// At most `digits` significant digits.
    public static func rounded(_ number: Double, digits: Int = 5) -> String {
        NumberText.rounded(number, digits: digits)
    }

    /// A value for a cell: numbers rounded, text as it is.
    public static func cell(_ value: Value?, digits: Int = 5) -> String {
        switch value {
        case nil, .null?: "-"
        case .float(let number)?: NumberText.rounded(number, digits: digits)
        case let value?: value.text
        }
    }

    /// A change with its sign: `+0.012`.
    public static func change(_ number: Double, digits: Int = 5) -> String {
        (number > 0 ? "+" : "") + NumberText.rounded(number, digits: digits)
    }

    /// A relative change with its sign: `+1.3%`.
    public static func percent(_ share: Double) -> String { change(share * 100, digits: 3) + "%" }
}
