import Telemetry

/// What is counted of revocations.
struct RevocationMetrics: Sendable {
    private let entries: Gauge
    private let unsaved: Gauge
    /// Members' watermarks that became their organization's, for want of room.
    let folded: Counter
    /// Watermarks that became one for everybody, for want of room.
    let widened: Counter

    init(_ metrics: Metrics) {
        entries = metrics.gauge("gatehouse_revocations", help: "Watermarks in force.")
        unsaved = metrics.gauge(
            "gatehouse_revocations_unsaved", help: "Watermarks in force that are not in the store.")
        let help = "Watermarks that became a wider one, for want of room."
        folded = metrics.counter(
            "gatehouse_revocations_folded_total", help: help, labels: ["into": "organization"])
        widened = metrics.counter(
            "gatehouse_revocations_folded_total", help: help, labels: ["into": "everybody"])
    }

    func set(_ marks: WatermarkTable, unsaved open: WatermarkTable) {
        entries.set(Double(marks.count))
        unsaved.set(Double(open.count))
    }
}
