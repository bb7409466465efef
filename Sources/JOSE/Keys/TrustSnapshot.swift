import Cryptography
import Values

/// What tokens are checked against at one time: the configuration and each issuer's keys. Never
/// changes; a new one replaces it.
package final class TrustSnapshot: Sendable {
    /// Which tokens are accepted.
    package let configuration: TrustConfiguration
    /// Grows with each snapshot of the process; a cache entry of another generation is checked
    /// again.
    package let generation: UInt64
    /// The generation of the first snapshot with this configuration.
    let lineage: UInt64
    private let keys: [ExactText: KeySet]

    /// A snapshot for a new configuration.
    ///
    /// - Parameters:
    ///   - keys: the key set of each issuer, by the issuer's text. Each is bound to its issuer; a
    ///     configured issuer without one is unavailable.
    ///   - generation: greater than that of every snapshot before.
    package convenience init(
        configuration: TrustConfiguration, keys: [String: KeySet], generation: UInt64
    ) {
        self.init(configuration, Self.exact(keys), generation: generation, lineage: generation)
    }

    private init(
        _ configuration: TrustConfiguration,
        _ keys: [ExactText: KeySet],
        generation: UInt64,
        lineage: UInt64
    ) {
        self.configuration = configuration
        self.keys = keys
        self.generation = generation
        self.lineage = lineage
    }

    /// The snapshot with other keys and the same configuration: tokens whose key stays need no new
    /// check.
    package func replacingKeys(
        _ keys: [String: KeySet], generation: UInt64
    ) -> TrustSnapshot {
        TrustSnapshot(configuration, Self.exact(keys), generation: generation, lineage: lineage)
    }

    /// The snapshot with other keys of one issuer: those of the others stay.
    ///
    /// - Parameter replacement: nil leaves the issuer without keys, and so unavailable.
    package func replacingKeys(
        of issuer: String, with replacement: KeySet?, generation: UInt64
    ) -> TrustSnapshot {
        var keys = keys
        keys[ExactText(issuer)] = replacement
        return TrustSnapshot(configuration, keys, generation: generation, lineage: lineage)
    }

    /// The keys of an issuer, or nil where none are at hand or it is not configured.
    package func keys(of issuer: String) -> KeySet? {
        guard configuration.issuers.contains(where: { $0.isExactly(issuer) }) else { return nil }
        return keys[ExactText(issuer)]
    }

    /// Whether a token that another snapshot accepted would be accepted by this one, its times
    /// aside.
    package func stillTrusts(_ token: VerifiedToken, checkedWith other: TrustSnapshot) -> Bool {
        stillTrusts(token, checkedIn: other.lineage)
    }

    /// The same by the lineage of the other snapshot.
    func stillTrusts(_ token: VerifiedToken, checkedIn lineage: UInt64) -> Bool {
        lineage == self.lineage && keys(of: token.issuer)?[token.keyID] == token.key
    }

    private static func exact(_ keys: [String: KeySet]) -> [ExactText: KeySet] {
        Dictionary(
            keys.map { (ExactText($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
