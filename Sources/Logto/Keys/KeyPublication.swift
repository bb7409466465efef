package import JOSE
package import Values

/// The keys of one issuer as they are to be used from now on.
package struct KeyPublication: Sendable {
    /// How the issuer stands.
    package enum State: String, Sendable, CaseIterable {
        /// No fetch has gone well yet, or none since the keys were flushed.
        case waiting
        /// The keys are fresh.
        case current
        /// Fetches fail, or no fetch has confirmed the keys of a saved copy yet; they are still
        /// used.
        case stale
        /// The last fetch that went well is too long ago: the keys are not used any more.
        case unavailable
    }

    /// The issuer whose keys they are.
    package let issuer: String
    /// Every issuer that they are used for: `issuer`, then those that share its keys.
    package let issuers: [String]
    /// The keys; nil when none may be used, which is answered with 503 `issuer-unavailable`.
    package let keys: KeySet?
    /// How the issuer stands.
    package let state: State
    /// When the last fetch that went well was over.
    package let confirmedAt: UnixTime?

    /// - Parameter shared: further issuers that use these keys.
    package init(
        issuer: String, alsoFor shared: [String] = [], keys: KeySet?, state: State,
        confirmedAt: UnixTime?
    ) {
        self.issuer = issuer
        issuers = [issuer] + shared.filter { !$0.isExactly(issuer) }
        self.keys = keys
        self.state = state
        self.confirmedAt = confirmedAt
    }
}
