import HTTPProxy
import JOSE
package import Telemetry

/// What a loop counts of its requests: the plan of the series, made once at start.
package struct GatewayMetrics: Sendable {
    package let plan: LoopMetrics
    private let statusClasses: [LoopMetrics.Counter]
    private let duration: LoopMetrics.Histogram
    let allowed: LoopMetrics.Counter
    let denied: LoopMetrics.Counter
    let loopChecks: LoopMetrics.Counter
    private let keyHolds: LoopMetrics.Counter
    private let signatureHolds: LoopMetrics.Counter
    private let roleHolds: LoopMetrics.Counter
    private let cacheHits: LoopMetrics.Counter
    private let cacheMisses: LoopMetrics.Counter
    private let cacheEvictions: LoopMetrics.Counter
    private let cacheEntries: LoopMetrics.Gauge
    private let cacheBytes: LoopMetrics.Gauge
    let rejectedTokens: LoopMetrics.Counter
    let staleTokens: LoopMetrics.Counter
    let policyErrors: LoopMetrics.Counter
    let endedStreams: LoopMetrics.Counter

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
            "gatehouse_token_cache_hits_total",
            help: "Look-ups of a token that found it verified.")
        cacheMisses = plan.counter(
            "gatehouse_token_cache_misses_total",
            help: "Look-ups of a token that did not find it verified.")
        cacheEvictions = plan.counter(
            "gatehouse_token_cache_evictions_total",
            help: "Verified tokens that were forgotten to make room.")
        cacheEntries = plan.gauge(
            "gatehouse_token_cache_entries", help: "Verified tokens that are remembered.")
        cacheBytes = plan.gauge(
            "gatehouse_token_cache_bytes",
            help: "Bytes of the verified tokens that are remembered, by estimate.")
        loopChecks = plan.counter(
            "gatehouse_loop_signature_checks_total",
            help: "Signatures that were checked on the event loops.")
        (keyHolds, signatureHolds, roleHolds) = (
            Self.holds("key", &plan), Self.holds("signature", &plan), Self.holds("roles", &plan)
        )
        staleTokens = plan.counter(
            "gatehouse_tokens_stale_total",
            help: "Tokens that were refused because they are from before a revocation.")
        rejectedTokens = plan.counter(
            "gatehouse_tokens_rejected_total", help: "Tokens that were refused.")
        policyErrors = plan.counter(
            "gatehouse_policy_errors_total", help: "Rules or headers that could not be computed.")
        endedStreams = plan.counter(
            "gatehouse_exchanges_ended_total",
            help: "Exchanges that were ended because they were not allowed any more.")
        self.plan = plan
    }

    private static func holds(_ cause: String, _ plan: inout LoopMetrics) -> LoopMetrics.Counter {
        plan.counter(
            "gatehouse_holds_total",
            help: "Requests that waited for something before they were decided.",
            labels: ["cause": cause])
    }

    /// The counter of the requests that wait for that cause.
    func holds(for cause: HoldID) -> LoopMetrics.Counter {
        switch cause {
        case .key: keyHolds
        case .roles: roleHolds
        default: signatureHolds
        }
    }

    /// A loop's counters with what its token cache counts by itself.
    func counters(_ counters: LoopCounters, of cache: TokenCache) -> LoopCounters {
        var counters = counters
        counters.add(cache.hits, to: cacheHits)
        counters.add(cache.misses, to: cacheMisses)
        counters.add(cache.evictions, to: cacheEvictions)
        counters.change(cacheEntries, by: cache.count)
        counters.change(cacheBytes, by: cache.bytes)
        return counters
    }

    /// Counts one exchange.
    func count(status: Int, microseconds: UInt64, in counters: inout LoopCounters) {
        counters.add(to: statusClasses[min(max(status / 100, 0), 5)])
        counters.observe(microseconds, in: duration)
    }
}
