import Store
import Synchronization

/// The idempotency keys whose requests this process is carrying out at this moment.
///
/// The store outlives the process and the disk may be full: only memory says what is under way.
final class ClaimsUnderWay: Sendable {
    private let fingerprints = Mutex<[IdempotencyKey: [UInt8]?]>([:])

    /// What became of an attempt to take a key.
    enum Attempt: Equatable {
        /// The key is the caller's, who gives it back.
        case taken
        /// The same request is under way.
        case busy
        /// Another request with this key is under way.
        case busyWithOther
    }

    /// Takes a key if nobody has it.
    ///
    /// - Parameters:
    ///   - fingerprint: a digest of what is asked for; nil where it is not known.
    func take(_ key: IdempotencyKey, fingerprint: [UInt8]?) -> Attempt {
        fingerprints.withLock { fingerprints in
            guard let known = fingerprints[key] else {
                fingerprints[key] = .some(fingerprint)
                return .taken
            }
            return known == nil || known == fingerprint ? .busy : .busyWithOther
        }
    }

    /// Gives a key back.
    func giveBack(_ key: IdempotencyKey) {
        fingerprints.withLock { _ = $0.removeValue(forKey: key) }
    }
}
