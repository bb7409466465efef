import Documents
import Values

/// Claims that passed every check that needs no key. Whether they are the issuer's is not known
/// yet.
struct AcceptedClaims: Sendable {
    let members: JSONObject
    let issuer: String
    let audience: VerifiedToken.Audience
    let organization: OrganizationID?
    let issuedAt: UnixTime
    let expiresAt: UnixTime
    let subject: String
    let client: String
    let tokenID: String?
    let scopes: [String]

    init(
        _ members: JSONObject, configuration: TrustConfiguration, now: UnixTime
    ) throws(TokenRejection) {
        guard let issuer = members["iss"]?.stringValue,
            configuration.issuers.contains(where: { $0.isExactly(issuer) })
        else { throw .issuer }
        let audience = try AudienceClaim(members["aud"], accepted: configuration.audiences)
        let times = try TimeClaims(members)
        try times.check(at: now, configuration: configuration)
        subject = try Self.identity(members["sub"], fault: .subject)
        client = try Self.identity(members["client_id"], fault: .client)
        tokenID = try Self.tokenID(members["jti"])
        scopes = try Self.scopes(members["scope"])
        organization = try Self.organization(members["organization_id"], audience)
        // SECURITY: the holder must prove a key; accepting the token without the proof undoes the
        // binding.
        guard members["cnf"] == nil else { throw .binding }
        self.members = members
        self.issuer = issuer
        self.audience = audience.meaning
        issuedAt = times.issuedAt
        expiresAt = times.expiresAt
    }

    private static func identity(
        _ value: JSONValue?, fault: TokenRejection.ClaimFault
    ) throws(TokenRejection) -> String {
        guard let text = value?.stringValue, ClaimText.isID(text) else { throw .claims(fault) }
        return text
    }

    private static func tokenID(_ value: JSONValue?) throws(TokenRejection) -> String? {
        guard let value else { return nil }
        guard let text = value.stringValue else { throw .claims(.tokenID) }
        return text
    }

    /// Absent, empty and doubled spaces are alike: no scope comes from them (JWT-41).
    private static func scopes(_ value: JSONValue?) throws(TokenRejection) -> [String] {
        guard let value else { return [] }
        guard let text = value.stringValue else { throw .claims(.scope) }
        return text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    }

    /// The organization of the audience, or the claim's. A claims script of the tenant can set the
    /// claim to anything, also beside an organization audience: then both must agree (AZ-03).
    private static func organization(
        _ value: JSONValue?, _ audience: AudienceClaim
    ) throws(TokenRejection) -> OrganizationID? {
        guard let value else { return audience.organization }
        guard let text = value.stringValue, ClaimText.isOrganization(text) else {
            throw .claims(.organizationID)
        }
        if let named = audience.organization, !named.text.isExactly(text) {
            throw .claims(.organizationsDisagree)
        }
        return OrganizationID(text)
    }
}
