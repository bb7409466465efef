import HTTPProxy
import JOSE
import PolicyEngine
import Values

/// What an accepted token is worth at this moment. The token itself says nothing about what happened
/// since it was issued.
extension PolicyGate {
    /// The caller whom an accepted token names.
    ///
    /// INVARIANT: every accepted token passes here on every request, whether it was in the cache or
    /// was verified just now; nothing else makes a `Caller.caller` of a token.
    func standing(
        of entry: TokenCache.Entry, _ request: borrowing NormalizedRequest,
        in bytes: Span<UInt8>, edits: RequestEdits
    ) -> Caller {
        let version = revocations.version
        if let known = principals.find(entry, revocations: version) { return .caller(known) }
        guard let token = cache[entry] else {
            // An entry is asked for in the moment in which it was found or made.
            return .instead(refuse(.overloaded, request, in: bytes, edits))
        }
        // SECURITY: the one place that keeps out what was taken away after the token was issued
        // (AZ-20). It stands before everything that remembers.
        if revocations.isStale(token) {
            return .instead(refuse(.tokenStale, request, in: bytes, edits))
        }
        if let known = principals.findAgain(entry, revocations: version) { return .caller(known) }
        let principal = policies.principal(PrincipalFacts(token))
        principals.keep(principal, for: entry, revocations: version)
        return .caller(principal)
    }
}

extension PrincipalFacts {
    /// What a verified token says, in the policy's words.
    init(_ token: VerifiedToken) {
        let audience: String? =
            switch token.audience {
            case .organization: nil
            case .api(let indicator): indicator
            }
        self.init(
            id: token.subject, organization: token.organization,
            kind: token.kind == .machine ? .machine : .user, client: token.client,
            isFirstParty: token.isFirstParty,
            audience: audience, scopes: Array(token.scopes), roles: token.roles)
    }
}
