import Documents
import Values

/// The grant `client_credentials`: tokens for machines.
struct MachineGrant {
    let context: TokenContext

    /// The body of the answer.
    func respond(
        _ form: TokenForm, _ client: Application, _ state: EmulatorState
    ) throws(OAuthProblem) -> JSONValue {
        let tenant = state.tenant
        let organization = try form.single("organization_id")
        let asked = try form.scopes()
        let resources = try form.resources()
        guard resources.count < 2 else {
            throw .invalidTarget(
                "only a single resource indicator value is supported for this grant type")
        }
        if let organization, !tenant.machines.contains(organization, client.id) {
            throw .accessDenied("app has not associated with the organization")
        }
        let named = resources.first
        let fallback = tenant.resources.all.first(where: \.isDefault)?.indicator
        let wanted = named ?? (organization == nil ? fallback : nil)
        let token: TokenContext.AccessToken
        if let wanted {
            token = try api(wanted, organization, asked, client, tenant)
        } else if let organization {
            let owned = tenant.organizationScopes(ofMachine: client.id, in: organization)
            token = TokenContext.AccessToken(
                subject: client.id, client: client.id,
                audience: "urn:logto:organization:\(organization)",
                scope: owned.filter(asked.has).joined(separator: " "), lifetime: 3600)
        } else {
            throw .invalidTarget("both `resource` and `organization_id` are not provided")
        }
        var body: JSONObject = [
            "access_token": .string(try context.sign(token, state)),
            "expires_in": .integer(token.lifetime),
            "token_type": "Bearer",
        ]
        if let scope = token.scope { body["scope"] = .string(scope) }
        return .object(body)
    }

    /// A token for an API: without the member `scope` where nothing was granted.
    private func api(
        _ indicator: String, _ organization: String?, _ asked: [String], _ client: Application,
        _ tenant: Tenant
    ) throws(OAuthProblem) -> TokenContext.AccessToken {
        let isReserved = indicator.isExactly(Tenant.reservedIndicator)
        let resource = tenant.resource(indicator: indicator)
        guard isReserved || resource != nil else { throw .unknownResource }
        let owned = tenant.scopes(ofMachine: client.id, for: indicator, in: organization)
        let granted = asked.filter(owned.has)
        return TokenContext.AccessToken(
            subject: client.id, client: client.id, audience: indicator,
            organization: organization,
            scope: granted.isEmpty ? nil : granted.joined(separator: " "),
            lifetime: resource?.accessTokenTtl ?? 3600)
    }
}
