import Documents
import Values

/// The grant `authorization_code`: the first tokens of a sign-in.
///
/// The sign-in pages are not emulated: `EmulatedLogto.authorize` makes the code. Its proof key and
/// redirect address are not checked. An `organization_id` is ignored here, as a real Logto does.
struct CodeGrant {
    let context: TokenContext

    /// The body of the answer; a code is good once.
    func respond(
        _ form: TokenForm, _ client: Application, _ state: inout EmulatorState
    ) throws(OAuthProblem) -> JSONValue {
        guard let code = try form.single("code") else {
            throw .invalidRequest("missing required parameter 'code'")
        }
        guard let place = state.codes[ExactText(code)],
            state.signIns[place].client.isExactly(client.id)
        else { throw .invalidGrant }
        let signIn = state.signIns[place]
        let user = try signIn.person(state.tenant)
        var body = try PersonTokens(context: context).make(
            resources: try form.resources(), isRepeated: form.all("resource").count > 1,
            organization: nil, scopes: signIn.scopes, signIn, user, state)
        state.codes[ExactText(code)] = nil
        let isAlways =
            client.customClientMetadata["alwaysIssueRefreshToken"]?.boolValue == true
            && client.type == .traditional
        if isAlways || signIn.scopes.has("offline_access") {
            let token = state.giveRefreshToken(for: place, context)
            let before = body.members.firstIndex { $0.name.isExactly("scope") } ?? body.count
            body.members.insert((name: "refresh_token", value: .string(token)), at: before)
        }
        return .object(body)
    }
}

extension EmulatorState {
    /// A new refresh token of a sign-in.
    mutating func giveRefreshToken(for signIn: Int, _ context: TokenContext) -> String {
        let token = context.ids.opaque()
        refreshTokens[ExactText(token)] = RefreshToken(
            signIn: signIn, expiresAt: context.now.advanced(bySeconds: RefreshGrant.lifetime))
        return token
    }
}
