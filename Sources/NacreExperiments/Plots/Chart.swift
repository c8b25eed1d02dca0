/// Lines to be drawn: one for each series of each revision.
public struct Chart: Sendable {
    /// One line.
    public struct Line: Sendable {
        /// What it shows: a revision, or a series.
        public let name: String
        /// The points in order of x; those that are NaN or infinite are left out.
        public let points: [Point]

        /// Makes a line.
        public init(name: String, points: [Point]) {
            self.name = name
            self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
        }
    }

    /// A point.
    public struct Point: Sendable, Hashable {
        /// Along.
        public let x: Double
        /// Up.
        public let y: Double

        /// Makes a point.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// The title.
    public let title: String
    /// The name of the horizontal axis.
    public let xLabel: String
    /// The name of the vertical axis.
    public let yLabel: String
    /// The lines.
    public let lines: [Line]

    /// Makes a chart.
    public init(title: String, xLabel: String = "step", yLabel: String = "", lines: [Line]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.lines = lines
    }

    struct Bounds {
        var x: ClosedRange<Double>
        var y: ClosedRange<Double>
    }

    /// The ranges of all points, never empty.
    var bounds: Bounds? {
        let points = lines.flatMap(\.points)
        guard let first = points.first else { return nil }
        var (left, right, low, high) = (first.x, first.x, first.y, first.y)
        for point in points {
            left = min(left, point.x)
            right = max(right, point.x)
            low = min(low, point.y)
            high = max(high, point.y)
        }
        if left == right { (left, right) = (left - 0.5, right + 0.5) }
        if low == high { (low, high) = (low - 0.5, high + 0.5) }
        return Bounds(x: left...right, y: low...high)
    }
}
