/// What came of a request for keys with an unknown `kid`.
package enum KeysNeeded: Equatable, Sendable {
    /// The key has been published: look again.
    case present
    /// A fetch after the key was first seen did not hold it: 401.
    case absent
    /// Not known yet: 503 `keys-refreshing`, with how long to wait.
    case refreshing(retryAfter: Duration)
    /// The issuer's keys may not be used: 503 `issuer-unavailable`.
    case unavailable
}
