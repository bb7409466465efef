import JOSE
import Synchronization
import Telemetry
import Values

// What a refresher says: once per change.

extension KeyRefresher {
    /// Says how the issuer stands, where that is new or was never said.
    ///
    /// - Parameter isNew: whether it was published just now.
    func say(_ standing: KeyPublication.State, isNew: Bool, _ failure: KeyFetchFailure?) {
        let facts = failure.map(Self.facts) ?? [:]
        switch standing {
        case .current:
            guard isNew else { return }
            state.withLock { $0.said = nil }
            let count = state.withLock { $0.ledger.keys?.entries.count ?? 0 }
            logger.info("keys in use", facts: ["gatehouse.keys.count": .integer(Int64(count))])
        case .waiting:
            // Nothing is published, but somebody must hear of it.
            guard failure != nil, isFirst(.waiting) else { return }
            logger.error("no keys yet, trying on", facts: facts)
        case .stale:
            guard failure != nil, isFirst(.stale) else { return }
            logger.warning("keys not refreshed", facts: facts)
        case .unavailable:
            guard isFirst(.unavailable) else { return }
            logger.error("keys too old to be used", facts: facts)
        }
    }

    /// Whether this state is said for the first time since it began.
    private func isFirst(_ standing: KeyPublication.State) -> Bool {
        state.withLock { state in
            defer { state.said = standing }
            return state.said != standing
        }
    }

    func log(_ problems: [KeyProblem]) {
        for problem in problems {
            let facts: [String: LogValue] = [
                "gatehouse.reason": .string(problem.code),
                "gatehouse.detail": .string(problem.description),
                "gatehouse.key.index": .integer(Int64(problem.index)),
                "gatehouse.key.id": .string(problem.keyID ?? ""),
            ]
            if problem.isError {
                logger.error("key ignored", facts: facts)
            } else {
                logger.warning("key ignored", facts: facts)
            }
        }
    }

    func logReplaced(_ keys: [KeyID]) {
        for key in keys {
            // Nothing forbids it, but no issuer of ours does it: somebody should know.
            logger.warning(
                "key replaced under its own name", facts: ["gatehouse.key.id": .string(key.text)])
        }
    }

    /// A problem, wherever in the set it stands.
    static func name(of problem: KeyProblem) -> String {
        "\(problem.code) \(problem.keyID ?? "")"
    }

    static func facts(of failure: KeyFetchFailure) -> [String: LogValue] {
        ["gatehouse.reason": .string(failure.code), "gatehouse.detail": .string(failure.detail)]
    }
}
