import HTTPProxy

/// Why this gate lets a request wait. Each cause holds a request once; a request may pass through
/// several, one after the other.
extension HoldID {
    /// The issuer's keys are fetched again: nobody has seen the token's.
    static let key = HoldID(1)
    /// Another thread checks the token's signature.
    static let signature = HoldID(2)
    /// The same once more: the keys changed while the first check was under way.
    static let signatureAgain = HoldID(4)
    /// Logto is asked for the holder's roles.
    static let roles = HoldID(3)
}
