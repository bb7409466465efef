import Documents
import Values

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
        let body = try PersonTokens(context: context).make(
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
        return (signIn, try signIn.person(state.tenant))
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

    /// Public clients get a new refresh token each time; the others keep theirs.
    private func rotate(
        _ text: String, _ body: JSONObject, _ client: Application, _ state: inout EmulatorState
    ) -> JSONObject {
        var shown = text
        let isOff = client.customClientMetadata["rotateRefreshToken"]?.boolValue == false
        if !client.type.isConfidential, !isOff, var token = state.refreshTokens[ExactText(text)] {
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
