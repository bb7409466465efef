import Telemetry

/// What Outbound counts.
struct OutboundMetrics: Sendable {
    /// `gatehouse_outbound_calls_total{result}`: calls that ended; `result` is `answered` or the
    /// code of the failure.
    private let ended: [String: Counter]
    /// `gatehouse_outbound_call_duration_seconds`: from `send` to its end.
    let duration: Histogram
    /// `gatehouse_outbound_calls_in_flight`: calls handed to the network now.
    let inFlight: Gauge
    /// `gatehouse_outbound_calls_waiting`: calls that wait for their turn now.
    let waiting: Gauge

    init(_ metrics: Metrics) {
        var ended: [String: Counter] = [:]
        for result in ["answered"] + OutboundFailure.Kind.allCases.map(\.rawValue) {
            ended[result] = metrics.counter(
                "gatehouse_outbound_calls_total", help: "Calls to other services, by result.",
                labels: ["result": result])
        }
        self.ended = ended
        duration = metrics.histogram(
            "gatehouse_outbound_call_duration_seconds", help: "Duration of calls to other services."
        )
        inFlight = metrics.gauge(
            "gatehouse_outbound_calls_in_flight", help: "Calls to other services under way.")
        waiting = metrics.gauge(
            "gatehouse_outbound_calls_waiting", help: "Calls to other services that wait.")
    }

    func count(_ result: Result<OutboundResponse, OutboundFailure>) {
        switch result {
        case .success: ended["answered"]?.add()
        case .failure(let failure): ended[failure.code]?.add()
        }
    }
}
