import HTTPProxy
import JOSE
import PolicyEngine
import Telemetry
import Transport
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
        // Not the time at which the request came: it may have waited since.
        let now = loop.now.monotonic
        if let known = principals.find(entry, revocations: version, at: now) {
            edits.reviewAt = principals.end(of: entry)
            return .caller(known)
        }
        guard let token = cache[entry] else {
            // An entry is asked for in the moment in which it was found or made.
            return .instead(refuse(.overloaded, request, in: bytes, edits))
        }
        // SECURITY: the one place that keeps out what was taken away after the token was issued
        // (AZ-20). It stands before everything that remembers.
        if revocations.isStale(token) {
            counters.add(to: metrics.staleTokens)
            return .instead(refuse(.tokenStale, request, in: bytes, edits))
        }
        if let known = principals.findAgain(entry, revocations: version, at: now) {
            edits.reviewAt = principals.end(of: entry)
            return .caller(known)
        }
        var facts = PrincipalFacts(token)
        let tokenEnd = self.end(of: token)
        var until = tokenEnd
        if let organization = token.organization, asksForRoles {
            switch rolesNow(facts, in: organization, edits: edits) {
            case .known(let names, let end): (facts.roles, until) = (names, min(end, tokenEnd))
            case .stranger(let end):
                (facts.roles, facts.isStranger, until) = ([], true, min(end, tokenEnd))
            case .wait: return .instead(hold(for: .roles))
            case .refused(let refusal):
                return .instead(refuse(refusal, request, in: bytes, edits))
            }
        }
        let principal = policies.principal(facts)
        principals.keep(principal, for: entry, revocations: version, until: until)
        edits.reviewAt = until
        return .caller(principal)
    }

    /// When a token ends, leeway included, by the clock that does not jump.
    private func end(of token: VerifiedToken) -> MonotonicTime {
        let end = token.expiresAt.advanced(
            bySeconds: verifier.trust.configuration.leewaySeconds)
        let (left, overflow) = end.milliseconds
            .subtractingReportingOverflow(loop.now.wall.milliseconds)
        guard !overflow, left > 0 else { return loop.now.monotonic }
        return loop.now.monotonic.advanced(by: .milliseconds(left))
    }

    /// Somebody's roles have changed: all are asked for again.
    func forgetRoles() { principals.invalidate() }

    private enum RolesNow {
        case known([String], until: MonotonicTime)
        case stranger(until: MonotonicTime)
        case wait
        case refused(GateRefusal)
    }

    /// What Logto says about the caller's roles, or what becomes of the request without it.
    ///
    /// They are asked for whatever the client is: for the application of a third party they are not
    /// roles, but still the most that its permissions can be.
    private func rolesNow(
        _ facts: PrincipalFacts, in organization: OrganizationID, edits: RequestEdits
    ) -> RolesNow {
        // SECURITY: roles that cannot be asked for are not "nobody asks for roles".
        guard let roles else { return .refused(.rolesUnavailable) }
        switch roles.standing(of: facts.id, kind: facts.kind, in: organization) {
        case .known(let names, let until): return .known(names, until: until)
        case .stranger(let until): return .stranger(until: until)
        case .unavailable: return .refused(.rolesUnavailable)
        case .needed:
            if edits.resumedHold == .roles { return .refused(.rolesUnavailable) }
            let waits = roles.ask(
                for: facts.id, kind: facts.kind, in: organization, ticket: edits.ticket)
            return waits ? .wait : .refused(.overloaded)
        }
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
