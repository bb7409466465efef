import Outbound
import Synchronization
import Telemetry
import Values

/// What is counted about one issuer's keys. The label `issuer` comes from the configuration.
final class KeyMetrics: Sendable {
    private let registry: Metrics
    private let issuer: String
    private let confirmed = Mutex<(at: MonotonicTime, ageThen: Duration)?>(nil)
    private let demands: Counter
    private let count: Gauge
    private let waiters: Gauge

    init(_ registry: Metrics, issuer: String, now: @escaping @Sendable () -> MonotonicTime) {
        self.registry = registry
        self.issuer = issuer
        // `gatehouse_keys_demanded_fetches_total{issuer}`: one per cool-down at most.
        demands = registry.counter(
            "gatehouse_keys_demanded_fetches_total",
            help: "Fetches of an issuer's keys that a token with an unknown key caused.",
            labels: ["issuer": issuer])
        // `gatehouse_keys_count{issuer}`: 0 while there are none that may be used.
        count = registry.gauge(
            "gatehouse_keys_count", help: "Keys of an issuer that are in use.",
            labels: ["issuer": issuer])
        // `gatehouse_keys_waiters{issuer}`: bounded by `KeyRefreshSettings.maxWaiters`.
        waiters = registry.gauge(
            "gatehouse_keys_waiters",
            help: "Requests that wait for a fetch of an issuer's keys.",
            labels: ["issuer": issuer])
        // `gatehouse_keys_age_seconds{issuer}`: since the last fetch that went well, also where
        // that was before a restart; absent before, and after a flush.
        registry.collect { [self] page in
            guard let confirmed = self.confirmed.withLock({ $0 }) else { return }
            let age = now().duration(since: confirmed.at) + confirmed.ageThen
            page.gauge(
                "gatehouse_keys_age_seconds",
                help: "Seconds since the last fetch of an issuer's keys that went well.",
                labels: ["issuer": issuer], value: age / .seconds(1))
        }
    }

    /// `gatehouse_keys_fetches_total{issuer,result}`: `result` is `changed`, `confirmed` or the code
    /// of the failure. `keys-empty` deserves an alarm.
    func countFetch(_ result: String) {
        registry.counter(
            "gatehouse_keys_fetches_total",
            help:
                "Fetches of an issuer's keys, by result: changed, confirmed, or a failure's code.",
            labels: ["issuer": issuer, "result": result]
        ).add()
    }

    /// A request's unknown key caused a fetch.
    func countDemand() { demands.add() }

    /// `gatehouse_keys_unknown_total{issuer,outcome}`: what requests with an unknown key were told.
    func count(_ outcome: KeysNeeded) {
        let name =
            switch outcome {
            case .present: "present"
            case .absent: "absent"
            case .refreshing: "refreshing"
            case .unavailable: "unavailable"
            }
        registry.counter(
            "gatehouse_keys_unknown_total",
            help: "Tokens with a key that was not known, by what came of looking for it.",
            labels: ["issuer": issuer, "outcome": name]
        ).add()
    }

    /// `gatehouse_keys_saved_copies_total{issuer,result}`: `result` is `loaded`, `ignored`,
    /// `written`, `not-written`, `removed` or `not-removed`.
    func countSavedCopy(_ result: String) {
        registry.counter(
            "gatehouse_keys_saved_copies_total",
            help: "What was done with the saved copy of an issuer's keys, by result.",
            labels: ["issuer": issuer, "result": result]
        ).add()
    }

    func show(waiters: Int) { self.waiters.set(Double(waiters)) }

    func show(keys: Int) { count.set(Double(keys)) }

    func show(confirmedAt time: MonotonicTime?, ageThen: Duration) {
        confirmed.withLock { confirmed in confirmed = time.map { ($0, ageThen) } }
    }
}

/// What is counted about calls of the Management API.
struct ManagementMetrics: Sendable {
    /// `gatehouse_management_calls_total{operation,result}`: calls; `result` is `done` or the code
    /// of the failure.
    private let registry: Metrics

    init(_ registry: Metrics) { self.registry = registry }

    func count(_ operation: ManagementOperation, _ failure: LogtoFailure?) {
        registry.counter(
            "gatehouse_management_calls_total", help: "Calls of the Management API, by result.",
            labels: ["operation": operation.rawValue, "result": failure?.code ?? "done"]
        ).add()
    }
}
