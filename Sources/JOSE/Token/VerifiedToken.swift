import Cryptography
package import Documents
package import Values

/// An access token whose signature, issuer, audience and form were checked. Only `TokenVerifier`
/// makes one. Its times hold at the moment of the check; a cache entry ends with them.
package final class VerifiedToken: Sendable {
    /// Who holds a token.
    package enum Kind: Sendable, Equatable {
        /// A person, through some client.
        case user
        /// A client itself: `sub` equals `client_id`.
        case machine
    }

    /// What a token was issued for, and so what its scopes mean.
    package enum Audience: Sendable, Equatable {
        /// An organization: the scopes are permissions of the organization template.
        case organization
        /// An API resource: the scopes are permissions of this resource.
        case api(String)
    }

    /// The person, or the machine's client id.
    package let subject: UserID
    /// Person or machine.
    package let kind: Kind
    /// The application that the token was issued to.
    package let client: ClientID
    /// Whether the client is among those for which roles count.
    package let isFirstParty: Bool
    /// The one organization that the token speaks for, from its audience or `organization_id`.
    package let organization: OrganizationID?
    /// What the token was issued for.
    package let audience: Audience
    /// The permissions, without empty parts, as they came.
    package let scopes: [String]
    /// The role names in the token's organization. Empty where the claim is missing or malformed;
    /// nil where the token is not asked for roles (`none`, `live`).
    package let roles: [String]?
    /// The issuer, one of the configured.
    package let issuer: String
    /// `iat`.
    package let issuedAt: UnixTime
    /// `exp`, rounded down to a second. Add the leeway before comparing.
    package let expiresAt: UnixTime
    /// `jti`.
    package let tokenID: String?
    /// The declared custom claims that the token has.
    package let claims: JSONObject
    /// The name of the key that signed.
    package let keyID: KeyID
    /// The key that signed.
    let key: PublicKey

    init(
        claims token: AcceptedClaims, keyID: KeyID, key: PublicKey,
        configuration: TrustConfiguration
    ) {
        subject = UserID(token.subject)
        kind = token.subject.isExactly(token.client) ? .machine : .user
        client = ClientID(token.client)
        isFirstParty = configuration.firstPartyClients.contains(client)
        organization = token.organization
        audience = token.audience
        scopes = token.scopes
        roles = RoleClaim.roles(
            of: token.members, in: token.organization, source: configuration.roles)
        issuer = token.issuer
        issuedAt = token.issuedAt
        expiresAt = token.expiresAt
        tokenID = token.tokenID
        claims = JSONObject(
            configuration.claims.compactMap { name in
                token.members[name].map { (name: name, value: $0) }
            })
        self.keyID = keyID
        self.key = key
    }
}
