import Logto
import Synchronization
import Values

/// Whether requests can be decided, and what is worse than it should be: the data plane alone counts.
final class Readiness: Sendable {
    private struct State {
        var isStopping = false
        /// How the keys of each issuer stand, in the order of the configuration.
        var issuers: [(issuer: String, keys: KeyPublication.State)]
        /// Other parts that say what is wrong with them, or nil.
        var witnesses: [@Sendable () -> String?] = []
    }

    private let state: Mutex<State>

    /// - Parameter issuers: all that are configured; none has keys yet.
    init(issuers: [String]) {
        state = Mutex(State(issuers: issuers.map { ($0, .waiting) }))
    }

    /// The process is about to end: a load balancer should send nothing more.
    var isStopping: Bool {
        get { state.withLock { $0.isStopping } }
        set { state.withLock { $0.isStopping = newValue } }
    }

    /// Notes how the keys of an issuer stand.
    func note(_ keys: KeyPublication.State, of issuer: String) {
        state.withLock { state in
            for index in state.issuers.indices where state.issuers[index].issuer.isExactly(issuer) {
                state.issuers[index].keys = keys
            }
        }
    }

    /// Adds somebody who is asked what is wrong with a part, for `degradations`.
    func ask(_ witness: @escaping @Sendable () -> String?) {
        state.withLock { $0.witnesses.append(witness) }
    }

    /// Why requests cannot be decided; empty while they can. One issuer with keys is enough: the
    /// tokens of the others are answered 503.
    var problems: [String] {
        let state = state.withLock { $0 }
        var problems: [String] = []
        if state.isStopping { problems.append("the gateway is stopping") }
        if !state.issuers.contains(where: { $0.keys.areUsable }) {
            problems += state.issuers.compactMap(Self.lack)
        }
        return problems
    }

    /// What is worse than it should be although requests are decided.
    var degradations: [String] {
        let state = state.withLock { $0 }
        let isReady = state.issuers.contains { $0.keys.areUsable }
        let issuers = state.issuers.compactMap { issuer -> String? in
            if issuer.keys == .stale {
                return "the keys of \(issuer.issuer) cannot be refreshed; those at hand are used"
            }
            return isReady ? Self.lack(issuer) : nil
        }
        return issuers + state.witnesses.compactMap { $0() }
    }

    private static func lack(
        _ issuer: (issuer: String, keys: KeyPublication.State)
    ) -> String? {
        switch issuer.keys {
        case .current, .stale: nil
        case .waiting: "no keys of \(issuer.issuer) have been fetched yet"
        case .unavailable: "the keys of \(issuer.issuer) are too old"
        }
    }
}

extension KeyPublication.State {
    /// Whether tokens are judged with these keys.
    var areUsable: Bool {
        switch self {
        case .current, .stale: true
        case .waiting, .unavailable: false
        }
    }
}
