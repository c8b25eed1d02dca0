internal import Synchronization

/// So many events a minute for each key, with bursts of as many; keys that were quiet are forgotten.
package final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var time: Int64
    }

    /// Events a minute; nil for no limit.
    let perMinute: Int?
    private let buckets = Mutex<[String: Bucket]>([:])
    // More keys than this at once are an attack from many addresses; the quietest are forgotten then.
    private let keyLimit = 100_000

    /// Makes a limiter.
    package init(perMinute: Int?) { self.perMinute = perMinute }

    /// Whether an event would be let through now.
    func isOpen(_ key: String, at now: Int64) -> Bool {
        guard let perMinute else { return true }
        return buckets.withLock { buckets in
            buckets[key].map { RateLimiter.level($0, now, perMinute) >= 1 } ?? true
        }
    }

    /// Counts an event.
    ///
    /// - Returns: whether it was within the limit.
    func take(_ key: String, at now: Int64) -> Bool {
        guard let perMinute else { return true }
        return buckets.withLock { buckets in
            if buckets.count >= keyLimit { buckets = buckets.filter { now - $0.value.time < 60 } }
            if buckets.count >= keyLimit { buckets.removeAll() }
            let level = buckets[key].map { RateLimiter.level($0, now, perMinute) } ?? Double(perMinute)
            guard level >= 1 else { return false }
            buckets[key] = Bucket(level: level - 1, time: now)
            return true
        }
    }

    private static func level(_ bucket: Bucket, _ now: Int64, _ perMinute: Int) -> Double {
        min(Double(perMinute), bucket.level + Double(max(0, now - bucket.time)) * Double(perMinute) / 60)
    }
}
