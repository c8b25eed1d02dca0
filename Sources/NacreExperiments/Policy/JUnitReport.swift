/// Results as JUnit XML, which CI systems show.
public struct JUnitReport: Sendable {
    /// One case.
    public struct Case: Sendable {
        /// Its class, as `policy`.
        public let group: String
        /// Its name.
        public let name: String
        /// Why it failed; nil where it passed.
        public let failure: String?
        /// How long it took, where that is known.
        public let seconds: Double?

        /// Makes a case.
        public init(group: String, name: String, failure: String? = nil, seconds: Double? = nil) {
            self.group = group
            self.name = name
            self.failure = failure
            self.seconds = seconds
        }
    }

    /// The suite's name.
    public let name: String
    /// The cases in order.
    public var cases: [Case]

    /// Makes a report.
    public init(name: String, cases: [Case] = []) {
        self.name = name
        self.cases = cases
    }

    /// The XML document.
    public var xml: String {
        let failures = cases.count { $0.failure != nil }
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        text +=
            "  <testsuite name=\"\(Self.escape(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\">\n"
        for item in cases {
            let time = item.seconds.map { " time=\"\(NumberText.rounded($0, digits: 6))\"" } ?? ""
            text += "    <testcase classname=\"\(Self.escape(item.group))\" name=\"\(Self.escape(item.name))\"\(time)"
            if let failure = item.failure {
                text += ">\n      <failure message=\"\(Self.escape(failure))\"/>\n    </testcase>\n"
            } else {
                text += "/>\n"
            }
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            // XML 1.0 has no other control characters, not even escaped.
            case _ where scalar.value < 0x20: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
