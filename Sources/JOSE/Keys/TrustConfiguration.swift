package import Cryptography
package import Values

/// Which tokens are accepted: the part of the configuration that concerns them.
package struct TrustConfiguration: Sendable, Equatable {
    /// The accepted issuers, compared with `iss` byte for byte.
    package var issuers: [String]
    /// The API resource indicators accepted besides organization tokens.
    package var audiences: [String]
    /// The accepted algorithms. The key still fixes which one counts.
    package var algorithms: [SignatureAlgorithm]
    /// Tolerated clock difference in either direction, 0 to 60 s.
    package var leewaySeconds: Int64
    /// Tokens with a longer time between `iat` and `exp` are refused.
    package var maxTokenLifetimeSeconds: Int64
    /// Where role names come from.
    package var roles: RoleSource
    /// Clients for which roles count.
    package var firstPartyClients: Set<ClientID>
    /// The custom claims that a verified token keeps, by their types.
    package var claims: [ClaimDeclaration]

    /// A configuration; what is not given has the product's default.
    package init(
        issuers: [String],
        audiences: [String] = [],
        algorithms: [SignatureAlgorithm] = SignatureAlgorithm.acceptedByDefault,
        leewaySeconds: Int64 = 30,
        maxTokenLifetimeSeconds: Int64 = 86_400,
        roles: RoleSource = .none,
        firstPartyClients: Set<ClientID> = [],
        claims: [ClaimDeclaration] = []
    ) {
        self.issuers = issuers
        self.audiences = audiences
        self.algorithms = algorithms
        self.leewaySeconds = leewaySeconds
        self.maxTokenLifetimeSeconds = maxTokenLifetimeSeconds
        self.roles = roles
        self.firstPartyClients = firstPartyClients
        self.claims = claims
    }
}

/// Where the role names of a token's holder come from.
package enum RoleSource: Sendable, Equatable {
    /// Roles are not used.
    case none
    /// A custom claim that says which roles the holder has in which organization: a list of
    /// `orgId:roleName`, split at the first colon, or a list of organizations with their roles.
    case claim(String)
    /// A custom claim that lists role names; it counts only in a token that names its organization.
    case claimPlain(String)
    /// The Management API; the token says nothing about it.
    case live
}
