package import Values

/// Why a token is not accepted.
///
/// `code` is stable and public. `description` and `hint` are constant sentences: whatever stands in
/// an unverified token, no answer and no log line repeats it (JWT-48). What a case carries is for
/// code that acts on it (`KeyID`: which key to look for) and for `gatehouse token inspect`.
package enum TokenRejection: Error, Equatable, Sendable {
    /// It is not a compact JWS in canonical form.
    case malformed(Shape)
    /// The algorithm is not accepted, or not that of the key.
    case algorithm(AlgorithmFault)
    /// The header asks for something that is never done.
    case header(HeaderFault)
    /// A part is not the JSON object that it must be, or a time in it is no time.
    case json(JSONFault)
    /// It is not an access token.
    case type(TypeFault)
    /// The header names no key.
    case noKeyID
    /// The issuer's keys do not hold this one. It may have been published since.
    case unknownKey(KeyID, issuer: String)
    /// No key of this configured issuer was ever obtained, or they are too old. Not the token's
    /// fault.
    case issuerUnavailable(issuer: String)
    /// It comes from an issuer that is not configured.
    case issuer
    /// It was issued for somebody else.
    case audience(AudienceFault)
    /// It was issued for `urn:logto:resource:organizations`.
    case reservedAudience
    /// A claim is missing or says what it may not.
    case claims(ClaimFault)
    /// Its time is over.
    case expired(at: UnixTime)
    /// Its time has not begun.
    case notYetValid(from: UnixTime)
    /// It lives longer than the configuration allows.
    case lifetime
    /// It is bound to a key or certificate of its holder.
    case binding
    /// The signature is not that of the key.
    case signature

    /// What is wrong with the form.
    package enum Shape: Equatable, Sendable, CaseIterable {
        case empty
        case tooLong
        /// No dot and no known prefix: an opaque access token or a refresh token.
        case opaque
        case personalAccessToken
        case subjectToken
        case notThreeParts
        case encrypted
        case base64
        case noSignature
    }

    /// What is wrong with the algorithm.
    package enum AlgorithmFault: Equatable, Sendable, CaseIterable {
        case missing
        case notAccepted
        case notOfKey
    }

    /// What the header asks for.
    package enum HeaderFault: Equatable, Sendable, CaseIterable {
        case critical
        case unencodedPayload
        case compression
        case embeddedKey
        case keyAddress
        case certificate
        case keyID
    }

    /// Which text is not what it must be.
    package enum JSONFault: Equatable, Sendable, CaseIterable {
        case header
        case payload
        case expiry
        case issuedAt
        case notBefore
    }

    /// What the token is instead of an access token.
    package enum TypeFault: Equatable, Sendable, CaseIterable {
        case missing
        case idToken
        case logoutToken
        case other
    }

    /// What is wrong with the audience.
    package enum AudienceFault: Equatable, Sendable, CaseIterable {
        case missing
        case wrongKind
        case tooMany
        case several
        case organizationID
        case managementAPI
        case notConfigured
    }

    /// Which claim is wrong.
    package enum ClaimFault: Equatable, Sendable, CaseIterable {
        case subject
        case client
        case scope
        case tokenID
        case organizationID
        case organizationsDisagree
        case actor
        case expiryNotAfterIssue
    }

    /// Stable name: log field, metric label and `code` member of the answer.
    package var code: String {
        switch self {
        case .malformed: "token-malformed"
        case .algorithm: "token-algorithm"
        case .header: "token-header"
        case .json: "token-json"
        case .type: "token-type"
        case .noKeyID, .unknownKey: "token-unknown-key"
        case .issuerUnavailable: "issuer-unavailable"
        case .issuer: "token-issuer"
        case .audience: "token-audience"
        case .reservedAudience: "token-reserved-audience"
        case .claims: "token-claims"
        case .expired: "token-expired"
        case .notYetValid: "token-not-yet-valid"
        case .lifetime: "token-lifetime"
        case .binding: "token-binding"
        case .signature: "token-signature"
        }
    }

    /// Whether the token is refused for what it is; false where we could not judge it.
    package var blamesToken: Bool {
        if case .issuerUnavailable = self { false } else { true }
    }
}
