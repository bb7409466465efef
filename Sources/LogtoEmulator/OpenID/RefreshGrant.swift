import Documents
import Values

/// What a person agreed to at a sign-in: a refresh token stands for it.
struct SignIn: Sendable {
    let user: String
    let client: String
    /// The scopes of the refresh token: those of OpenID, and those of the resources that the person owned.
    let scopes: [String]
    /// The resources that were named.
    let resources: [String]
    /// The scopes of each resource that the person owned then; more are never given.
    let granted: [ExactText: [String]]
    var isRevoked = false
}

/// A refresh token that was given out.
struct RefreshToken: Sendable {
    let signIn: Int
    let expiresAt: UnixTime
    var consumedAt: UnixTime?
}

/// The grant `refresh_token`: tokens for people, with the checks in the order of a real Logto.
struct RefreshGrant {
    let context: TokenContext

    /// Seconds within which a consumed refresh token is still taken.
    static let reuseLeeway: Int64 = 3
    /// Seconds of a refresh token's life.
    static let lifetime: Int64 = 14 * 86_400

    /// The body of the answer; a refusal consumes nothing.
    func respond(
        _ form: TokenForm, _ client: Application, _ state: inout EmulatorState
    ) throws(OAuthProblem) -> JSONValue {
        guard let text = try form.single("refresh_token") else {
            throw .invalidRequest("missing required parameter 'refresh_token'")
        }
        let (signIn, user) = try signIn(text, client, &state)
        let tenant = state.tenant
        let asked = try form.scopes()
        if let missing = asked.first(where: { !signIn.scopes.has($0) }) {
            throw OAuthProblem(
                status: 400, error: "invalid_scope",
                description: "refresh token missing requested scope", scope: missing)
        }
        let scopes = asked.isEmpty ? signIn.scopes : asked
        let organization = try form.single("organization_id")
        if let organization { try check(organization, user, signIn, tenant) }
        let resources = try form.resources()
        let body = try tokens(
            resources: resources, isRepeated: form.all("resource").count > 1,
            organization: organization, scopes: scopes, signIn, user, state)
        return .object(rotate(text, body, client, &state))
    }

    /// The sign-in that a refresh token stands for.
    private func signIn(
        _ text: String, _ client: Application, _ state: inout EmulatorState
    ) throws(OAuthProblem) -> (SignIn, User) {
        guard let token = state.refreshTokens[ExactText(text)], context.now < token.expiresAt
        else { throw .invalidGrant }
        let signIn = state.signIns[token.signIn]
        guard !signIn.isRevoked, signIn.client.isExactly(client.id) else { throw .invalidGrant }
        if let consumed = token.consumedAt,
            consumed.advanced(bySeconds: Self.reuseLeeway) < context.now
        {
            state.signIns[token.signIn].isRevoked = true
            throw .invalidGrant
        }
        guard let user = state.tenant.users[signIn.user], !user.isSuspended else {
            throw .invalidGrant
        }
        return (signIn, user)
    }

    private func check(
        _ organization: String, _ user: User, _ signIn: SignIn, _ tenant: Tenant
    ) throws(OAuthProblem) {
        guard tenant.members.contains(organization, user.id) else {
            throw .accessDenied("user is not a member of the organization")
        }
        if tenant.organizations[organization]?.isMfaRequired == true, !user.hasMfa {
            throw .accessDenied("organization requires MFA but user has no MFA configured")
        }
        guard signIn.scopes.has(OpenIDScopes.organizations) else {
            throw OAuthProblem(
                status: 403, error: "insufficient_scope",
                description: "refresh token missing required scope",
                scope: OpenIDScopes.organizations)
        }
    }

    /// The tokens of an answer: for an API, for an organization, or an opaque one.
    private func tokens(
        resources: [String], isRepeated: Bool, organization: String?, scopes: [String],
        _ signIn: SignIn, _ user: User, _ state: EmulatorState
    ) throws(OAuthProblem) -> JSONObject {
        let tenant = state.tenant
        let hasOpenID = scopes.has("openid")
        // Without `openid` the only resource of the sign-in is meant, unasked.
        let unasked = !hasOpenID && signIn.resources.count == 1 ? signIn.resources.first : nil
        let named = resources.first ?? (organization == nil ? unasked : nil)
        var body: JSONObject = [:]
        var lifetime: Int64 = 3600
        var shown: String
        if let named, !isRepeated {
            guard signIn.resources.has(named) else { throw .unknownResource }
            let resource = tenant.resource(indicator: named)
            guard resource != nil || named.isExactly(Tenant.reservedIndicator) else {
                throw .unknownResource
            }
            lifetime = resource?.accessTokenTtl ?? 3600
            let owned = tenant.scopes(of: user.id, for: named, in: organization)
            let granted = signIn.granted[ExactText(named)] ?? []
            shown = scopes.filter { owned.has($0) && granted.has($0) }.joined(separator: " ")
            body["access_token"] = .string(
                try context.sign(
                    TokenContext.AccessToken(
                        subject: user.id, client: signIn.client, audience: named,
                        organization: organization, scope: shown, lifetime: lifetime), state))
        } else if let organization, !isRepeated {
            let owned = tenant.organizationScopes(of: user.id, in: organization)
            shown = owned.filter(scopes.has).joined(separator: " ")
            body["access_token"] = .string(
                try context.sign(
                    TokenContext.AccessToken(
                        subject: user.id, client: signIn.client,
                        audience: "urn:logto:organization:\(organization)", scope: shown,
                        lifetime: lifetime), state))
        } else {
            for resource in resources where !signIn.resources.has(resource) {
                throw .unknownResource
            }
            shown = scopes.filter(OpenIDScopes.all.has).joined(separator: " ")
            body["access_token"] = .string(context.ids.opaque())
        }
        body["expires_in"] = .integer(lifetime)
        if hasOpenID {
            body["id_token"] = .string(
                try context.idToken(user, client: signIn.client, scopes: scopes, state))
        }
        body["scope"] = .string(shown)
        body["token_type"] = "Bearer"
        return body
    }

    /// Public clients get a new refresh token each time; the others keep theirs.
    private func rotate(
        _ text: String, _ body: JSONObject, _ client: Application, _ state: inout EmulatorState
    ) -> JSONObject {
        var shown = text
        if !client.type.isConfidential, var token = state.refreshTokens[ExactText(text)] {
            shown = context.ids.opaque()
            state.refreshTokens[ExactText(shown)] = RefreshToken(
                signIn: token.signIn, expiresAt: token.expiresAt)
            token.consumedAt = token.consumedAt ?? context.now
            state.refreshTokens[ExactText(text)] = token
        }
        var body = body
        let place = body.members.firstIndex { $0.name.isExactly("scope") } ?? body.count
        body.members.insert((name: "refresh_token", value: .string(shown)), at: place)
        return body
    }
}
