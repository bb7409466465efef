import Cryptography
package import Values

extension KeySet {
    /// How many keys of a set are given tables for fast checks; an issuer has two or three keys.
    /// More would let a set of hostile size take much memory.
    static let maximumPrecomputedKeys = 8

    /// The set made ready for use: the same keys, each with the fastest way to check its
    /// signatures, and the cost of that measured.
    ///
    /// Tables are computed (some 10 ms and 2 MiB a key) for the first keys on a curve, and kept
    /// where they turn out faster on this machine. So it is called once for a set that is to be
    /// published, on a thread that serves no requests.
    ///
    /// - Parameter clock: a monotonic clock.
    package func measuringCosts(_ clock: () -> MonotonicTime) -> KeySet {
        var remaining = Self.maximumPrecomputedKeys
        return KeySet(
            entries.map { entry in
                let plain = entry.key.measured(by: clock)
                guard remaining > 0, case .ellipticCurve = entry.key.components else {
                    return (entry.id, plain)
                }
                remaining -= 1
                let faster = entry.key.precomputed().measured(by: clock)
                let isFaster = faster.verificationCost <= plain.verificationCost
                return (entry.id, isFaster ? faster : plain)
            })
    }
}
