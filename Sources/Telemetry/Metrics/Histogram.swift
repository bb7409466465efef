import Synchronization

/// A distribution in fixed buckets, for services. Loops observe with `LoopCounters` instead.
package final class Histogram: Sendable {
    /// Bounds for the duration of a call, in seconds.
    package static let secondsBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    let bounds: [Double]
    private let state: Mutex<(counts: [UInt64], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(([UInt64](repeating: 0, count: bounds.count + 1), 0))
    }

    /// Counts one observation.
    package func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] &+= 1
            state.sum += value
        }
    }

    /// Counts one observation of a duration, in seconds.
    package func observe(_ duration: Duration) {
        observe(duration / .seconds(1))
    }

    /// Counts per bucket, not cumulative, and the sum of what was observed.
    package func snapshot() -> (counts: [UInt64], sum: Double) {
        state.withLock { ($0.counts, $0.sum) }
    }
}
