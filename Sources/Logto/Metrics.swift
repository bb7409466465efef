import Outbound
import Synchronization
import Telemetry
import Values

/// What is counted about one issuer's keys. The label `issuer` comes from the configuration.
final class KeyMetrics: Sendable {
    /// `gatehouse_keys_fetches_total{issuer,result}`: fetches; `result` is `changed`, `confirmed`
    /// or the code of the failure. `keys-empty` deserves an alarm.
    private let registry: Metrics
    private let issuer: String
    private let confirmedAt = Mutex<MonotonicTime?>(nil)

    init(_ registry: Metrics, issuer: String, now: @escaping @Sendable () -> MonotonicTime) {
        self.registry = registry
        self.issuer = issuer
        // `gatehouse_keys_age_seconds{issuer}`: since the last fetch that went well; absent before.
        registry.collect { [self] page in
            guard let confirmedAt = self.confirmedAt.withLock({ $0 }) else { return }
            page.gauge(
                "gatehouse_keys_age_seconds",
                help: "Seconds since the last fetch of an issuer's keys that went well.",
                labels: ["issuer": issuer],
                value: now().duration(since: confirmedAt) / .seconds(1))
        }
    }

    func count(_ result: Result<KeySetFetcher.Answer, KeyFetchFailure>) {
        let name =
            switch result {
            case .success(.changed): "changed"
            case .success(.confirmed): "confirmed"
            case .failure(let failure): failure.code
            }
        registry.counter(
            "gatehouse_keys_fetches_total", help: "Fetches of an issuer's keys, by result.",
            labels: ["issuer": issuer, "result": name]
        ).add()
    }

    func show(confirmedAt time: MonotonicTime?) {
        confirmedAt.withLock { $0 = time }
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
