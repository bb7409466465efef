package import Telemetry

/// What a loop counts of its requests: the plan of the series, made once at start.
package struct GatewayMetrics: Sendable {
    package let plan: LoopMetrics
    private let statusClasses: [LoopMetrics.Counter]
    private let duration: LoopMetrics.Histogram
    let allowed: LoopMetrics.Counter
    let denied: LoopMetrics.Counter
    let cacheHits: LoopMetrics.Counter
    let cacheMisses: LoopMetrics.Counter
    let rejectedTokens: LoopMetrics.Counter
    let policyErrors: LoopMetrics.Counter

    package init() {
        var plan = LoopMetrics()
        statusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].map {
            plan.counter(
                "gatehouse_requests_total",
                help: "Requests that were answered, by class of status.",
                labels: ["status": $0])
        }
        duration = plan.histogram(
            "gatehouse_request_duration_seconds",
            help: "From the complete head of a request to the last byte of its answer.",
            bounds: [100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000]
                + [500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000],
            scale: 1_000_000)
        allowed = plan.counter(
            "gatehouse_decisions_total", help: "Decisions of the policy.",
            labels: ["decision": "allow"])
        denied = plan.counter(
            "gatehouse_decisions_total", help: "Decisions of the policy.",
            labels: ["decision": "deny"])
        cacheHits = plan.counter(
            "gatehouse_token_cache_hits_total", help: "Tokens that were found verified.")
        cacheMisses = plan.counter(
            "gatehouse_token_cache_misses_total", help: "Tokens that had to be verified.")
        rejectedTokens = plan.counter(
            "gatehouse_tokens_rejected_total", help: "Tokens that were refused.")
        policyErrors = plan.counter(
            "gatehouse_policy_errors_total", help: "Rules or headers that could not be computed.")
        self.plan = plan
    }

    /// Counts one exchange.
    func count(status: Int, microseconds: UInt64, in counters: inout LoopCounters) {
        counters.add(to: statusClasses[min(max(status / 100, 0), 5)])
        counters.observe(microseconds, in: duration)
    }
}
