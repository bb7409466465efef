/// The plan of the counters that every loop keeps for itself: which series there are, and where
/// each stands in a loop's `LoopCounters`.
///
/// Made once at start (`var metrics = LoopMetrics()`, then one call per series), then copied to the
/// loops. At scrape each loop hands over a copy of its counters; `write` sums and prints them.
package struct LoopMetrics: Sendable {
    /// The place of one counter.
    package struct Counter: Sendable {
        let index: Int
    }

    /// The place of one histogram: its buckets, then the sum of what was observed.
    package struct Histogram: Sendable {
        let first: Int
        let bounds: [UInt64]
    }

    /// The place of one gauge; at scrape the loops' values are added.
    package struct Gauge: Sendable {
        let index: Int
    }

    private enum Entry: Sendable {
        case counter(name: String, help: String, labels: MetricLabels, index: Int)
        case gauge(name: String, help: String, labels: MetricLabels, index: Int)
        case histogram(
            name: String, help: String, labels: MetricLabels, first: Int, bounds: [UInt64],
            scale: Double)
    }

    private var entries: [Entry] = []
    private(set) var size = 0

    package init() {}

    /// Adds a counter.
    package mutating func counter(
        _ name: String, help: String, labels: MetricLabels = [:]
    ) -> Counter {
        let index = reserve(1)
        entries.append(.counter(name: name, help: help, labels: labels, index: index))
        return Counter(index: index)
    }

    /// Adds a gauge: what a loop has of something now, such as open connections.
    package mutating func gauge(_ name: String, help: String, labels: MetricLabels = [:]) -> Gauge {
        let index = reserve(1)
        entries.append(.gauge(name: name, help: help, labels: labels, index: index))
        return Gauge(index: index)
    }

    /// Adds a histogram of whole numbers, such as microseconds or bytes.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds of the buckets in the unit observed, ascending.
    ///   - scale: how many of that unit make one of the name's base unit: 1,000,000 for
    ///     microseconds where the name ends in `_seconds`.
    package mutating func histogram(
        _ name: String, help: String, labels: MetricLabels = [:], bounds: [UInt64],
        scale: Double = 1
    ) -> Histogram {
        let first = reserve(bounds.count + 2)
        entries.append(
            .histogram(
                name: name, help: help, labels: labels, first: first, bounds: bounds, scale: scale))
        return Histogram(first: first, bounds: bounds)
    }

    /// A loop's counters, all zero.
    package func makeCounters() -> LoopCounters { LoopCounters(size: size) }

    /// Writes the sums over all loops.
    package func write(_ loops: [LoopCounters], to page: inout MetricsPage) {
        var sums = [UInt64](repeating: 0, count: size)
        for loop in loops {
            for (index, value) in loop.values.enumerated() where index < size {
                sums[index] &+= value
            }
        }
        for entry in entries {
            switch entry {
            case .counter(let name, let help, let labels, let index):
                page.counter(name, help: help, labels: labels, value: sums[index])
            case .gauge(let name, let help, let labels, let index):
                let value = Double(Int64(bitPattern: sums[index]))
                page.gauge(name, help: help, labels: labels, value: value)
            case .histogram(let name, let help, let labels, let first, let bounds, let scale):
                let end = first + bounds.count + 1
                page.histogram(
                    name, help: help, labels: labels, bounds: bounds.map { Double($0) / scale },
                    counts: Array(sums[first..<end]), sum: Double(sums[end]) / scale)
            }
        }
    }

    private mutating func reserve(_ count: Int) -> Int {
        defer { size += count }
        return size
    }
}
