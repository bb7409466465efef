import Documents
import Values

extension TokenContext {
    /// Signs a token past the token endpoint: for `dev` and for tests.
    func mint(
        _ request: MintRequest, _ state: EmulatorState
    ) throws(EmulatorRefusal) -> String {
        let tenant = state.tenant
        let isMachine = tenant.applications[request.subject]?.type == .machine
        guard isMachine || tenant.users.contains(request.subject) else {
            throw .unknownSubject(request.subject)
        }
        if let organization = request.organization {
            guard tenant.organizations.contains(organization) else {
                throw .unknownOrganization(organization)
            }
            let isIn =
                isMachine
                ? tenant.machines.contains(organization, request.subject)
                : tenant.members.contains(organization, request.subject)
            guard isIn else { throw .notMember(request.subject, organization: organization) }
        }
        let audience: String
        let owned: [String]
        switch (request.resource, request.organization) {
        case (let resource?, let organization):
            guard
                tenant.resource(indicator: resource) != nil
                    || resource.isExactly(Tenant.reservedIndicator)
            else { throw .unknownResource(resource) }
            audience = resource
            owned =
                isMachine
                ? tenant.scopes(ofMachine: request.subject, for: resource, in: organization)
                : tenant.scopes(of: request.subject, for: resource, in: organization)
        case (nil, let organization?):
            audience = "urn:logto:organization:\(organization)"
            owned =
                isMachine
                ? tenant.organizationScopes(ofMachine: request.subject, in: organization)
                : tenant.organizationScopes(of: request.subject, in: organization)
        case (nil, nil): throw .noAudience
        }
        let scope = (request.scopes ?? owned).joined(separator: " ")
        // As at the token endpoint: only a machine's token for an API lacks an empty `scope`.
        let isAbsent = isMachine && request.resource != nil && scope.isEmpty
        let fallback = isMachine ? request.subject : DemoSeed.browserApplication
        let shifted = TokenContext(
            issuer: issuer, now: now.advanced(bySeconds: request.issuedAfter), ids: ids,
            customClaims: customClaims)
        do {
            return try shifted.sign(
                AccessToken(
                    subject: request.subject, client: request.client ?? fallback,
                    audience: audience,
                    organization: request.resource == nil ? nil : request.organization,
                    scope: isAbsent ? nil : scope, lifetime: request.lifetime,
                    extra: request.claims),
                state)
        } catch {
            throw .unavailable
        }
    }

    /// A sign-in without the pages: keeps what was granted, and says where.
    func signIn(
        user: String, client: String, scopes: [String], resources: [String],
        _ state: inout EmulatorState
    ) throws(EmulatorRefusal) -> Int {
        guard var person = state.tenant.users[user] else { throw .unknownSubject(user) }
        guard state.tenant.applications.contains(client) else { throw .unknownClient(client) }
        var granted: [ExactText: [String]] = [:]
        for resource in resources {
            guard
                state.tenant.resource(indicator: resource) != nil
                    || resource.isExactly(Tenant.reservedIndicator)
            else { throw .unknownResource(resource) }
            let owned = state.tenant.scopes(of: user, for: resource, in: nil)
            granted[ExactText(resource)] = scopes.filter(owned.has)
        }
        let kept = scopes.filter { scope in
            OpenIDScopes.all.has(scope) || granted.values.contains { $0.has(scope) }
        }
        person.lastSignInAt = now.milliseconds
        person.applicationID = person.applicationID ?? client
        state.tenant.users.put(person)
        state.signIns.append(
            SignIn(
                user: user, client: client, scopes: kept, resources: resources,
                granted: granted, sessions: person.sessions))
        return state.signIns.count - 1
    }
}
