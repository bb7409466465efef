import Synchronization

/// The registry of the process's metrics: hands out handles at start, writes the page at scrape.
///
/// One value, passed in; a second registration of the same series gives the same handle. Counters
/// of loops do not live here: see `LoopMetrics`.
package final class Metrics: Sendable {
    private struct Series: Hashable {
        let name: String
        let labels: MetricLabels
    }

    private struct State {
        var counters: [Series: (help: String, handle: Counter)] = [:]
        var gauges: [Series: (help: String, handle: Gauge)] = [:]
        var histograms: [Series: (help: String, handle: Histogram)] = [:]
        var collectors: [@Sendable (inout MetricsPage) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The counter with this name and these labels; the name ends in `_total`.
    package func counter(_ name: String, help: String, labels: MetricLabels = [:]) -> Counter {
        state.withLock { state in
            let series = Series(name: name, labels: labels)
            if let known = state.counters[series] { return known.handle }
            let handle = Counter()
            state.counters[series] = (help, handle)
            return handle
        }
    }

    /// The gauge with this name and these labels.
    package func gauge(_ name: String, help: String, labels: MetricLabels = [:]) -> Gauge {
        state.withLock { state in
            let series = Series(name: name, labels: labels)
            if let known = state.gauges[series] { return known.handle }
            let handle = Gauge()
            state.gauges[series] = (help, handle)
            return handle
        }
    }

    /// The histogram with this name and these labels; the name ends in its base unit.
    package func histogram(
        _ name: String, help: String, labels: MetricLabels = [:],
        bounds: [Double] = Histogram.secondsBounds
    ) -> Histogram {
        state.withLock { state in
            let series = Series(name: name, labels: labels)
            if let known = state.histograms[series] { return known.handle }
            let handle = Histogram(bounds: bounds)
            state.histograms[series] = (help, handle)
            return handle
        }
    }

    /// Adds a function that puts values of its own on every page, such as an age.
    package func collect(_ collector: @escaping @Sendable (inout MetricsPage) -> Void) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// Writes every registered series, in a stable order.
    package func write(to page: inout MetricsPage) {
        let (counters, gauges, histograms, collectors) = state.withLock { state in
            (state.counters, state.gauges, state.histograms, state.collectors)
        }
        for (series, entry) in counters.sorted(by: { Self.order($0.key, $1.key) }) {
            page.counter(
                series.name, help: entry.help, labels: series.labels, value: entry.handle.value)
        }
        for (series, entry) in gauges.sorted(by: { Self.order($0.key, $1.key) }) {
            page.gauge(
                series.name, help: entry.help, labels: series.labels, value: entry.handle.value)
        }
        for (series, entry) in histograms.sorted(by: { Self.order($0.key, $1.key) }) {
            let (counts, sum) = entry.handle.snapshot()
            page.histogram(
                series.name, help: entry.help, labels: series.labels, bounds: entry.handle.bounds,
                counts: counts, sum: sum)
        }
        for collector in collectors { collector(&page) }
    }

    private static func order(_ first: Series, _ second: Series) -> Bool {
        first.name == second.name
            ? first.labels.text() < second.labels.text() : first.name < second.name
    }
}
