internal import Synchronization

/// Counters of this server in Prometheus's text format.
package final class Metrics: Sendable {
    private struct Histogram {
        var buckets: [Int]
        var sum: Double
        var count: Int
    }

    private struct State {
        var requests: [String: Int] = [:]
        var durations: [String: Histogram] = [:]
        var counters: [String: Int] = [:]
        var inFlight = 0
    }

    private static let bounds: [Double] = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600]
    private let state = Mutex(State())

    package init() {}

    func begin() { state.withLock { $0.inFlight += 1 } }

    func end(route: String, method: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests["route=\"\(route)\",method=\"\(method)\",status=\"\(status)\"", default: 0] += 1
            let empty = Histogram(buckets: Array(repeating: 0, count: Metrics.bounds.count), sum: 0, count: 0)
            var histogram = state.durations[route] ?? empty
            for (index, bound) in Metrics.bounds.enumerated() where seconds <= bound { histogram.buckets[index] += 1 }
            histogram.sum += seconds
            histogram.count += 1
            state.durations[route] = histogram
        }
    }

    func add(_ name: String, _ value: Int = 1) { state.withLock { $0.counters[name, default: 0] += value } }

    /// All counters, in a steady order.
    func text() -> String {
        let state = state.withLock { $0 }
        var lines = ["# TYPE nacre_requests_total counter"]
        for (labels, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            lines.append("nacre_requests_total{\(labels)} \(count)")
        }
        lines.append("# TYPE nacre_request_duration_seconds histogram")
        for (route, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
            for (bound, count) in zip(Metrics.bounds, histogram.buckets) {
                lines.append("nacre_request_duration_seconds_bucket{route=\"\(route)\",le=\"\(bound)\"} \(count)")
            }
            let name = "nacre_request_duration_seconds"
            lines.append("\(name)_bucket{route=\"\(route)\",le=\"+Inf\"} \(histogram.count)")
            lines.append("\(name)_sum{route=\"\(route)\"} \(histogram.sum)")
            lines.append("\(name)_count{route=\"\(route)\"} \(histogram.count)")
        }
        lines += ["# TYPE nacre_requests_in_flight gauge", "nacre_requests_in_flight \(state.inFlight)"]
        for (name, count) in state.counters.sorted(by: { $0.key < $1.key }) {
            lines += ["# TYPE nacre_\(name)_total counter", "nacre_\(name)_total \(count)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
