/// The counters of one loop: plain numbers that only this loop writes, summed at scrape.
///
/// Counting is one addition, without a lock, an atomic or an allocation. A loop reached by the
/// scrape hands over a copy.
package struct LoopCounters: Sendable {
    private(set) var values: [UInt64]

    init(size: Int) {
        values = [UInt64](repeating: 0, count: size)
    }

    /// Adds to a counter.
    package mutating func add(_ amount: UInt64 = 1, to counter: LoopMetrics.Counter) {
        values[counter.index] &+= amount
    }

    /// Changes a gauge; the sum may pass below zero for a moment.
    package mutating func change(_ gauge: LoopMetrics.Gauge, by amount: Int) {
        values[gauge.index] &+= UInt64(bitPattern: Int64(amount))
    }

    /// Counts one observation, in the unit of the histogram's bounds.
    package mutating func observe(_ value: UInt64, in histogram: LoopMetrics.Histogram) {
        var bucket = 0
        while bucket < histogram.bounds.count, value > histogram.bounds[bucket] { bucket += 1 }
        values[histogram.first + bucket] &+= 1
        values[histogram.first + histogram.bounds.count + 1] &+= value
    }
}
