import Documents
import Values

/// Reads `act` (RFC 8693 § 4.1): who acts in the place of the subject.
///
/// Logto writes `{"sub": "…"}` for an exchanged token with an actor. A claims script of the tenant
/// can set anything.
enum ActorClaim {
    /// The actor's subject, or nil where the claim is absent.
    ///
    /// SECURITY: anything else than an object with a proper `sub` refuses the token. Read as "nobody
    /// acts for the subject", a damaged claim would pass a rule that forbids acting for others. An
    /// actor of another issuer (`iss`) would be mistaken for a person of this one. Actors further
    /// back in the chain (`act` in `act`) say nothing about who acts now, and are not read.
    static func actor(_ value: JSONValue?, issuer: String) throws(TokenRejection) -> String? {
        guard let value else { return nil }
        guard let subject = value["sub"]?.stringValue, ClaimText.isID(subject) else {
            throw .claims(.actor)
        }
        if let named = value["iss"] {
            guard named.stringValue?.isExactly(issuer) ?? false else { throw .claims(.actor) }
        }
        return subject
    }
}
