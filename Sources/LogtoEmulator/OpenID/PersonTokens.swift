import Documents
import Values

/// The tokens that a person's client gets for a sign-in, whichever grant asks.
struct PersonTokens {
    let context: TokenContext

    /// An access token for an API, for an organization, or an opaque one; and an ID token with
    /// `openid`.
    func make(
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
}
