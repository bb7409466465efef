import Cryptography
package import Documents
package import Values

/// Everything that can be said about a token without trusting it: each check with its result, and
/// what the gateway would answer.
///
/// The verdict is that of `TokenVerifier`, and the checks are the functions that it calls; only
/// that here a failure does not end the reading. It is slower, and made for people.
package struct TokenInspection: Sendable {
    /// What the gateway would make of the token.
    package enum Verdict: Sendable {
        case accepted(VerifiedToken)
        case refused(TokenRejection)
    }

    /// What the gateway would make of the token.
    package let verdict: Verdict
    /// Every check, in the order of `TokenCheck.Name`.
    package let checks: [TokenCheck]
    /// The header, where it can be read. Not to be trusted.
    package let header: JSONObject?
    /// The payload, where it can be read. Not to be trusted before `verdict` says so.
    package let claims: JSONObject?
    /// Whether the token says that it is a person's or a machine's.
    package let kind: VerifiedToken.Kind?
    /// The organization that it names.
    package let organization: OrganizationID?
    /// Where it names it.
    package let whereOrganizationStood: VerifiedToken.OrganizationPlace?
    /// The permissions that it lists.
    package let scopes: ScopeSet

    /// Reads a token.
    ///
    /// - Parameters:
    ///   - trust: what tokens are checked against. One that names no issuer accepts nothing; the
    ///     check of the issuer is then not possible, rather than failed.
    ///   - looseKeys: keys for the check of the signature where `trust` names no issuer whose they
    ///     could be. They never make a token accepted.
    package init(
        _ token: Span<UInt8>, trust: TrustSnapshot, looseKeys: KeySet? = nil, now: UnixTime
    ) {
        var reading = TokenReading(trust: trust, looseKeys: looseKeys, now: now)
        reading.read(token)
        checks = TokenCheck.Name.allCases.map { name in
            TokenCheck(
                name: name, outcome: reading.outcomes[name] ?? .notPossible(.earlierFailure))
        }
        header = reading.header
        claims = reading.claims
        kind = reading.kind
        organization = reading.organization
        whereOrganizationStood = reading.whereOrganizationStood
        scopes = reading.scopes
        do throws(TokenRejection) {
            verdict = .accepted(try TokenVerifier(trust: trust).verify(token, now: now))
        } catch {
            verdict = .refused(error)
        }
    }

    /// Whether the gateway would accept the token.
    package var isAccepted: Bool {
        if case .accepted = verdict { true } else { false }
    }

    /// The code of the answer; nil where the token is accepted.
    package var code: String? {
        if case .refused(let rejection) = verdict { rejection.code } else { nil }
    }

    /// The checks that found something wrong.
    package var failures: [TokenCheck] {
        checks.filter { if case .failed = $0.outcome { true } else { false } }
    }
}
