import Documents
import Values

/// What every token is made with.
struct TokenContext {
    let issuer: String
    let now: UnixTime
    let ids: IdentifierSource
    let customClaims: EmulatorConfiguration.CustomClaims

    /// What an access token says.
    struct AccessToken {
        var subject: String
        var client: String
        var audience: String
        /// The claim `organization_id`, where both resource and organization were asked for.
        var organization: String?
        /// Nil where the token has no member `scope`.
        var scope: String?
        var lifetime: Int64
        /// Added last before the registered claims.
        var extra = JSONObject([])
    }

    /// Signs an access token: `organization_id`, custom claims, then the registered claims, which
    /// no custom claim replaces.
    func sign(
        _ token: AccessToken, _ state: EmulatorState
    ) throws(OAuthProblem) -> String {
        var claims: JSONObject = [:]
        if let organization = token.organization {
            claims["organization_id"] = .string(organization)
        }
        for member in custom(token, state).members + token.extra.members
        where !Self.registered.has(member.name) {
            claims[member.name] = member.value
        }
        claims["jti"] = .string(ids.opaque())
        claims["sub"] = .string(token.subject)
        claims["iat"] = .integer(now.seconds)
        claims["exp"] = .integer(now.advanced(bySeconds: token.lifetime).seconds)
        if let scope = token.scope { claims["scope"] = .string(scope) }
        claims["client_id"] = .string(token.client)
        claims["iss"] = .string(issuer)
        claims["aud"] = .string(token.audience)
        return try sign(claims, type: "at+jwt", state)
    }

    /// The ID token of a person for a client.
    func idToken(
        _ user: User, client: String, scopes: [String], _ state: EmulatorState
    ) throws(OAuthProblem) -> String {
        var claims: JSONObject = ["sub": .string(user.id)]
        if scopes.has("profile") {
            claims["name"] = .optional(user.name)
            claims["picture"] = .optional(user.avatar)
            claims["updated_at"] = .integer(user.updatedAt)
            claims["username"] = .optional(user.username)
            claims["created_at"] = .integer(user.createdAt)
        }
        if scopes.has("email") {
            claims["email"] = .optional(user.primaryEmail)
            claims["email_verified"] = .bool(user.primaryEmail != nil)
        }
        if scopes.has(OpenIDScopes.organizations) {
            claims["organizations"] = .strings(state.tenant.organizations(of: user.id).map(\.id))
        }
        if scopes.has("urn:logto:scope:organization_roles") {
            claims["organization_roles"] = .strings(state.tenant.rolePairs(of: user.id))
        }
        claims["aud"] = .string(client)
        claims["exp"] = .integer(now.advanced(bySeconds: 3600).seconds)
        claims["iat"] = .integer(now.seconds)
        claims["iss"] = .string(issuer)
        return try sign(claims, type: nil, state)
    }

    private func sign(
        _ claims: JSONObject, type: String?, _ state: EmulatorState
    ) throws(OAuthProblem) -> String {
        do {
            return try state.keys.current.sign(claims, type: type)
        } catch {
            throw .unavailable
        }
    }

    private func custom(_ token: AccessToken, _ state: EmulatorState) -> JSONObject {
        switch customClaims {
        case .none: [:]
        case .organizationRoles(let name):
            [name: .strings(state.tenant.rolePairs(of: token.subject))]
        case .script(let script):
            script(
                CustomClaimsContext(
                    subject: token.subject, client: token.client, audience: token.audience,
                    roles: state.tenant.rolePairs(of: token.subject))) ?? [:]
        }
    }

    private static let registered = [
        "jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud",
    ]
}

extension Tenant {
    /// The organization roles of a person or a machine, as `organizationId:roleName`.
    func rolePairs(of subject: String) -> [String] {
        let seats = members.lefts(of: subject).sorted().map { organization in
            (organization.text, memberRoles.rights(of: Seat(organization.text, subject)))
        }
        let machineSeats = machines.lefts(of: subject).sorted().map { organization in
            (organization.text, machineRoles.rights(of: Seat(organization.text, subject)))
        }
        return (seats + machineSeats).flatMap { organization, roles in
            organizationRoles(of: roles).map { "\(organization):\($0.name)" }
        }
    }
}
