package import JOSE
package import Values

/// The keys of one issuer as they are to be used from now on.
package struct KeyPublication: Sendable {
    /// How the issuer stands.
    package enum State: String, Sendable, CaseIterable {
        /// No fetch has gone well yet.
        case waiting
        /// The keys are fresh.
        case current
        /// Fetches fail; the keys are still used.
        case stale
        /// The last fetch that went well is too long ago: the keys are not used any more.
        case unavailable
    }

    /// The issuer.
    package let issuer: String
    /// Its keys; nil when none may be used, which is answered with 503 `issuer-unavailable`.
    package let keys: KeySet?
    /// How the issuer stands.
    package let state: State
    /// When the last fetch that went well was over.
    package let confirmedAt: UnixTime?
}
