import Telemetry
import Testing

@Suite struct MetricsTests {
    private func text(_ write: (inout MetricsPage) -> Void) -> String {
        var page = MetricsPage()
        write(&page)
        return String(decoding: page.text(), as: UTF8.self)
    }

    @Test func `families are sorted, each with help and type once`() {
        let metrics = Metrics()
        let failed = metrics.counter(
            "gatehouse_fetches_total", help: "Fetches.", labels: ["result": "failed"])
        metrics.counter("gatehouse_fetches_total", help: "Fetches.", labels: ["result": "done"])
            .add(2)
        metrics.gauge("gatehouse_age_seconds", help: "Age\\of\nkeys.").set(1.5)
        failed.add()
        failed.add(3)
        #expect(
            text(metrics.write(to:)) == """
                # HELP gatehouse_age_seconds Age\\\\of\\nkeys.
                # TYPE gatehouse_age_seconds gauge
                gatehouse_age_seconds 1.5
                # HELP gatehouse_fetches_total Fetches.
                # TYPE gatehouse_fetches_total counter
                gatehouse_fetches_total{result="done"} 2
                gatehouse_fetches_total{result="failed"} 4

                """)
    }

    @Test func `the same series is the same handle`() {
        let metrics = Metrics()
        let first = metrics.counter("a_total", help: "", labels: ["x": "1"])
        #expect(first === metrics.counter("a_total", help: "", labels: ["x": "1"]))
        #expect(first !== metrics.counter("a_total", help: "", labels: ["x": "2"]))
    }

    @Test func `histogram buckets are cumulative and end with infinity`() {
        let metrics = Metrics()
        let histogram = metrics.histogram("d_seconds", help: "D.", bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { histogram.observe(value) }
        histogram.observe(.milliseconds(250))
        #expect(
            text(metrics.write(to:)) == """
                # HELP d_seconds D.
                # TYPE d_seconds histogram
                d_seconds_bucket{le="0.1"} 2
                d_seconds_bucket{le="1"} 4
                d_seconds_bucket{le="+Inf"} 5
                d_seconds_sum 7.9
                d_seconds_count 5

                """)
    }

    @Test func `label values are escaped`() {
        let page = text { page in
            page.gauge("g", help: "", labels: ["v": "a\"b\\c\nd"], value: .infinity)
        }
        #expect(page.hasSuffix(#"g{v="a\"b\\c\nd"} +Inf"# + "\n"))
    }

    @Test func `collectors write on every page`() {
        let metrics = Metrics()
        metrics.collect { $0.gauge("up", help: "Up.", value: 1) }
        #expect(text(metrics.write(to:)).contains("up 1\n"))
        #expect(text(metrics.write(to:)).contains("up 1\n"))
    }

    @Test func `loop counters are summed over the loops`() {
        var plan = LoopMetrics()
        let requests = plan.counter("requests_total", help: "R.", labels: ["class": "2xx"])
        let open = plan.gauge("connections", help: "C.")
        let duration = plan.histogram(
            "d_seconds", help: "D.", bounds: [10, 1_000], scale: 1_000_000)
        var (first, second) = (plan.makeCounters(), plan.makeCounters())
        first.add(to: requests)
        second.add(4, to: requests)
        first.change(open, by: 3)
        second.change(open, by: -1)
        first.observe(10, in: duration)
        second.observe(11, in: duration)
        second.observe(5_000, in: duration)
        #expect(
            text { plan.write([first, second], to: &$0) } == """
                # HELP connections C.
                # TYPE connections gauge
                connections 2
                # HELP d_seconds D.
                # TYPE d_seconds histogram
                d_seconds_bucket{le="1e-05"} 1
                d_seconds_bucket{le="0.001"} 2
                d_seconds_bucket{le="+Inf"} 3
                d_seconds_sum 0.005021
                d_seconds_count 3
                # HELP requests_total R.
                # TYPE requests_total counter
                requests_total{class="2xx"} 5

                """)
    }
}
