import JOSE
import Telemetry

/// What is counted about signatures that are checked on threads of their own.
struct VerifierMetrics: Sendable {
    /// `gatehouse_verifier_joined_total`: requests that waited for a check that another one began.
    let joined: Counter
    /// `gatehouse_verifier_overloaded_total`: requests that were refused since too many wait.
    let overloaded: Counter
    /// `gatehouse_verifier_checks_total{result}`: checks; `result` is `accepted` or `refused`.
    private let accepted: Counter
    private let refused: Counter
    /// `gatehouse_verifier_check_duration_seconds`: one check, without the time in the queue.
    private let duration: Histogram
    private let registry: Metrics

    init(_ registry: Metrics) {
        self.registry = registry
        joined = registry.counter(
            "gatehouse_verifier_joined_total",
            help: "Requests that waited for a check of their token that another one began.")
        overloaded = registry.counter(
            "gatehouse_verifier_overloaded_total",
            help: "Requests that were refused since too many signatures wait to be checked.")
        let checks = "gatehouse_verifier_checks_total"
        let help = "Signatures that were checked on the verifier threads, by result."
        accepted = registry.counter(checks, help: help, labels: ["result": "accepted"])
        refused = registry.counter(checks, help: help, labels: ["result": "refused"])
        duration = registry.histogram(
            "gatehouse_verifier_check_duration_seconds",
            help: "Checks of one signature on the verifier threads.",
            bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1])
    }

    /// `gatehouse_verifier_queue_tokens`: distinct tokens that wait to be checked.
    func showQueue(_ length: @escaping @Sendable () -> Int) {
        registry.collect { page in
            page.gauge(
                "gatehouse_verifier_queue_tokens",
                help: "Distinct tokens whose signatures wait to be checked.", labels: [:],
                value: Double(length()))
        }
    }

    /// Counts one check.
    func count(_ result: Result<VerifiedToken, TokenRejection>, _ duration: Duration) {
        switch result {
        case .success: accepted.add()
        case .failure: refused.add()
        }
        self.duration.observe(duration)
    }
}
