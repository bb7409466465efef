import Telemetry

/// What is counted about look-ups of roles.
struct RoleMetrics: Sendable {
    /// What became of a look-up: the closed set of the label `result`.
    enum Result: String, CaseIterable, Sendable {
        case member
        case stranger
        case failed
        /// The budget of the Management API was spent, or too many look-ups wait.
        case overBudget = "over-budget"
        /// It took so long that requests went on without it.
        case late
        /// Things changed meanwhile: asked again.
        case void
        /// Too many requests wait.
        case overloaded

        init(_ outcome: RoleLedger.Outcome) {
            self =
                switch outcome {
                case .member: .member
                case .stranger: .stranger
                case .failed: .failed
                case .notAsked: .overBudget
                }
        }
    }

    private let registry: Metrics
    private let results: [Result: Counter]

    init(_ registry: Metrics) {
        self.registry = registry
        // `gatehouse_role_lookups_total{result}`
        results = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                let counter = registry.counter(
                    "gatehouse_role_lookups_total",
                    help: "Look-ups of a caller's roles at Logto, by result.",
                    labels: ["result": result.rawValue])
                return (result, counter)
            })
    }

    func count(_ result: Result) { results[result]?.add() }

    /// Puts what is remembered and who waits on every page.
    func show(
        _ values: @escaping @Sendable () -> (entries: Int, waiters: Int, staleUses: UInt64)
    ) {
        registry.collect { page in
            let (entries, waiters, staleUses) = values()
            page.gauge(
                "gatehouse_role_cache_entries", help: "Callers whose roles are remembered.",
                value: Double(entries))
            page.gauge(
                "gatehouse_role_waiters", help: "Requests that wait for a look-up of roles.",
                value: Double(waiters))
            page.counter(
                "gatehouse_role_stale_uses_total",
                help: "How often a loop took roles that had ended, because Logto gave none.",
                value: staleUses)
        }
    }
}
