import Documents
import Values

/// Claims that passed every check that needs no key. Whether they are the issuer's is not known
/// yet.
///
/// Each check is a function of its own: `TokenInspection` calls the same ones.
struct AcceptedClaims: Sendable {
    let members: JSONObject
    let issuer: String
    let audience: AudienceClaim
    let organization: OrganizationID?
    let issuedAt: UnixTime
    let expiresAt: UnixTime
    let subject: String
    let client: String
    let tokenID: String?
    /// `scope` as it came; empty where it is absent.
    let scope: String
    let actor: String?

    init(
        _ members: JSONObject, configuration: TrustConfiguration, now: UnixTime
    ) throws(TokenRejection) {
        issuer = try Self.issuer(members["iss"], accepted: configuration.issuers)
        audience = try AudienceClaim(members["aud"], accepted: configuration.audiences)
        let times = try TimeClaims(members)
        try times.check(at: now, configuration: configuration)
        issuedAt = times.issuedAt
        expiresAt = times.expiresAt
        subject = try Self.identity(members["sub"], fault: .subject)
        client = try Self.identity(members["client_id"], fault: .client)
        tokenID = try Self.tokenID(members["jti"])
        scope = try Self.scope(members["scope"])
        organization = try Self.organization(
            members["organization_id"], ofAudience: audience.organization)
        try Self.checkBinding(members["cnf"])
        actor = try ActorClaim.actor(members["act"], issuer: issuer)
        self.members = members
    }

    static func issuer(
        _ value: JSONValue?, accepted: [String]
    ) throws(TokenRejection) -> String {
        guard let issuer = value?.stringValue, accepted.contains(where: { $0.isExactly(issuer) })
        else { throw .issuer }
        return issuer
    }

    static func identity(
        _ value: JSONValue?, fault: TokenRejection.ClaimFault
    ) throws(TokenRejection) -> String {
        guard let text = value?.stringValue, ClaimText.isID(text) else { throw .claims(fault) }
        return text
    }

    static func tokenID(_ value: JSONValue?) throws(TokenRejection) -> String? {
        guard let value else { return nil }
        guard let text = value.stringValue else { throw .claims(.tokenID) }
        return text
    }

    static func scope(_ value: JSONValue?) throws(TokenRejection) -> String {
        guard let value else { return "" }
        guard let text = value.stringValue else { throw .claims(.scope) }
        return text
    }

    /// The organization of the audience, or the claim's. A claims script of the tenant can set the
    /// claim to anything, also beside an organization audience: then both must agree (AZ-03).
    static func organization(
        _ value: JSONValue?, ofAudience named: OrganizationID?
    ) throws(TokenRejection) -> OrganizationID? {
        guard let value else { return named }
        guard let text = value.stringValue, ClaimText.isOrganization(text) else {
            throw .claims(.organizationID)
        }
        if let named, !named.text.isExactly(text) {
            throw .claims(.organizationsDisagree)
        }
        return OrganizationID(text)
    }

    /// SECURITY: the holder must prove a key; accepting the token without the proof undoes the
    /// binding.
    static func checkBinding(_ value: JSONValue?) throws(TokenRejection) {
        guard value == nil else { throw .binding }
    }
}
