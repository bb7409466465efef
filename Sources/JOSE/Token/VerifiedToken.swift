import Cryptography
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

    /// Where a token named its organization.
    package enum OrganizationPlace: String, Sendable, Equatable {
        /// In its audience: Logto issued the token for this organization, and its scopes are
        /// permissions of the organization template. `organization_id`, if there, says the same.
        case audience
        /// In `organization_id`. A claims script of the tenant can set or remove it.
        case claim
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
    /// Where the organization stood; nil where there is none.
    package let whereOrganizationStood: OrganizationPlace?
    /// What the token was issued for.
    package let audience: Audience
    /// The permissions.
    package let scopes: ScopeSet
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
    /// Who acts in the place of the subject (`act.sub`): somebody who was let in as this person.
    /// Nil says little: Logto names the actor only where the exchange did.
    package let actor: UserID?
    /// The declared custom claims.
    package let claims: DeclaredClaims
    /// The name of the key that signed.
    package let keyID: KeyID
    /// The key that signed.
    let key: PublicKey

    init(
        claims token: AcceptedClaims, keyID: KeyID, key: PublicKey,
        configuration: TrustConfiguration
    ) {
        subject = UserID(token.subject)
        kind = Kind(subject: token.subject, client: token.client)
        client = ClientID(token.client)
        isFirstParty = configuration.firstPartyClients.contains(client)
        organization = token.organization
        whereOrganizationStood = OrganizationPlace(
            of: token.organization, ofAudience: token.audience.organization)
        audience = token.audience.meaning
        scopes = ScopeSet(spaceSeparated: token.scope)
        roles = RoleClaim.roles(
            of: token.members, in: token.organization, source: configuration.roles)
        issuer = token.issuer
        issuedAt = token.issuedAt
        expiresAt = token.expiresAt
        tokenID = token.tokenID
        actor = token.actor.map { UserID($0) }
        claims = DeclaredClaims(token.members, declared: configuration.claims)
        self.keyID = keyID
        self.key = key
    }
}

extension VerifiedToken.Kind {
    /// Logto's sign of a machine: a token whose subject is its client.
    init(subject: String, client: String) {
        self = subject.isExactly(client) ? .machine : .user
    }
}

extension VerifiedToken.OrganizationPlace {
    /// - Parameter named: the organization of the audience.
    init?(of organization: OrganizationID?, ofAudience named: OrganizationID?) {
        guard organization != nil else { return nil }
        self = named == nil ? .claim : .audience
    }
}
