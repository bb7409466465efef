package import Cryptography
package import Documents
package import Values

/// Why a hook could not do what was asked.
package enum EmulatorRefusal: Error, Equatable, Sendable {
    case unknownSubject(String)
    case unknownOrganization(String)
    case unknownResource(String)
    case unknownRole(String)
    case unknownClient(String)
    /// The subject is not in the organization.
    case notMember(String, organization: String)
    /// The id is taken, or the plan of faults is full.
    case conflict(String)
    /// Neither organization nor resource was named.
    case noAudience
    /// libcrypto made no key or no signature.
    case unavailable
}

/// A token to be minted, past the token endpoint.
package struct MintRequest: Sendable {
    /// A person or a machine.
    package var subject: String
    /// The application; by default the browser's, or the machine itself.
    package var client: String?
    /// Alone: an organization token. With a resource: the claim `organization_id`.
    package var organization: String?
    /// The API.
    package var resource: String?
    /// Exactly these scopes; nil for all that the subject owns for this kind of token.
    package var scopes: [String]?
    /// Seconds of life.
    package var lifetime: Int64
    /// Seconds between now and `iat`; negative for the past.
    package var issuedAfter: Int64
    /// Further claims; the registered ones are not replaced.
    package var claims: JSONObject

    /// A token; what is not given is as the token endpoint would have it.
    package init(
        subject: String, client: String? = nil, organization: String? = nil,
        resource: String? = nil, scopes: [String]? = nil, lifetime: Int64 = 3600,
        issuedAfter: Int64 = 0, claims: JSONObject = [:]
    ) {
        self.subject = subject
        self.client = client
        self.organization = organization
        self.resource = resource
        self.scopes = scopes
        self.lifetime = lifetime
        self.issuedAfter = issuedAfter
        self.claims = claims
    }
}

// What a client's configuration must say.
extension EmulatedLogto {
    /// The address under which clients reach the emulator.
    package var endpoint: String { withState { state, _ in state.endpoint } }

    /// The issuer of its tokens.
    package var issuer: String { withState { _, context in context.issuer } }

    /// The indicator of the Management API.
    package var managementResource: String {
        withState { state, _ in state.tenant.managementIndicator }
    }

    /// The application that manages the tenant.
    package var managementClient: (id: ClientID, secret: Secret) {
        withState { state, _ in (ClientID(state.managementID), Secret(state.managementSecret)) }
    }

    /// Says where the emulator listens, where that was not known before it did.
    package func move(to endpoint: String) {
        withState { state, _ in state.endpoint = endpoint }
    }

    /// A Management API token, as the token endpoint gives it for an hour.
    package func managementToken() throws(EmulatorRefusal) -> String {
        let (client, resource) = withState { state, _ in
            (state.managementID, state.tenant.managementIndicator)
        }
        return try mint(MintRequest(subject: client, resource: resource, scopes: ["all"]))
    }
}

// Making people, organizations and tokens.
extension EmulatedLogto {
    /// Adds a person.
    package func addUser(
        id: String, username: String? = nil, email: String? = nil, name: String? = nil
    ) throws(EmulatorRefusal) {
        try withState { (state, context) throws(EmulatorRefusal) in
            guard !state.tenant.users.contains(id) else { throw .conflict(id) }
            let now = context.now.milliseconds
            state.tenant.putNewUser(
                User(
                    id: id, order: state.tenant.nextOrder, username: username,
                    primaryEmail: email, name: name, createdAt: now, updatedAt: now))
        }
    }

    /// Adds an organization.
    package func addOrganization(id: String, name: String) throws(EmulatorRefusal) {
        try withState { (state, context) throws(EmulatorRefusal) in
            guard !state.tenant.organizations.contains(id) else { throw .conflict(id) }
            state.tenant.organizations.put(
                Organization(
                    id: id, name: name, createdAt: Double(context.now.milliseconds)))
        }
    }

    /// Puts a person into an organization, with roles by name.
    package func addMember(
        _ user: String, of organization: String, roles: [String] = []
    ) throws(EmulatorRefusal) {
        try withState { (state, _) throws(EmulatorRefusal) in
            guard state.tenant.users.contains(user) else { throw .unknownSubject(user) }
            guard state.tenant.organizations.contains(organization) else {
                throw .unknownOrganization(organization)
            }
            var ids: [String] = []
            for name in roles {
                guard let role = state.tenant.organizationRole(named: name) else {
                    throw .unknownRole(name)
                }
                ids.append(role.id)
            }
            state.tenant.members.insert(organization, user)
            for id in ids { state.tenant.memberRoles.insert(Seat(organization, user), id) }
        }
    }

    /// Takes a person out of an organization; tokens that were issued live on.
    package func removeMember(_ user: String, of organization: String) -> Bool {
        withState { state, _ in state.tenant.removeMember(user, of: organization) }
    }

    /// The members of an organization with the names of their roles; nil where there is no such
    /// organization.
    package func members(of organization: String) -> [(user: String, roles: [String])]? {
        withState { state, _ in
            guard state.tenant.organizations.contains(organization) else { return nil }
            return state.tenant.members.rights(of: organization).map { user in
                let roles = state.tenant.memberRoles.rights(of: Seat(organization, user))
                return (user: user, roles: state.tenant.organizationRoles(of: roles).map(\.name))
            }
        }
    }

    /// The organizations of the tenant: id and name.
    package var organizations: [(id: String, name: String)] {
        withState { state, _ in
            state.tenant.organizations.sorted.map { (id: $0.id, name: $0.name) }
        }
    }

    /// A token for a person or a machine, without a call of the token endpoint.
    package func mint(
        user: String, organization: String? = nil, resource: String? = nil,
        scopes: [String]? = nil
    ) throws(EmulatorRefusal) -> String {
        try mint(
            MintRequest(
                subject: user, organization: organization, resource: resource, scopes: scopes))
    }

    /// A token as asked for, signed by the current key.
    package func mint(_ request: MintRequest) throws(EmulatorRefusal) -> String {
        try withState { (state, context) throws(EmulatorRefusal) in
            try context.mint(request, state)
        }
    }

    /// A sign-in without the pages: the refresh token that a browser would hold now.
    ///
    /// - Parameters:
    ///   - scopes: what the authorization request asked for; what the person does not own is left
    ///     out.
    ///   - resources: the APIs that it named; for organization scopes also the reserved resource.
    package func signIn(
        user: String, client: String? = nil, scopes: [String], resources: [String]
    ) throws(EmulatorRefusal) -> String {
        try withState { (state, context) throws(EmulatorRefusal) in
            let place = try context.signIn(
                user: user, client: client ?? DemoSeed.browserApplication, scopes: scopes,
                resources: resources, &state)
            return state.giveRefreshToken(for: place, context)
        }
    }

    /// A sign-in without the pages, up to the redirect: its authorization code, a made-up one by
    /// default.
    package func authorize(
        user: String, client: String, scopes: [String], resources: [String], code: String? = nil
    ) throws(EmulatorRefusal) -> String {
        try withState { (state, context) throws(EmulatorRefusal) in
            let place = try context.signIn(
                user: user, client: client, scopes: scopes, resources: resources, &state)
            let code = code ?? context.ids.opaque()
            state.codes[ExactText(code)] = place
            return code
        }
    }
}

// Keys and faults.
extension EmulatedLogto {
    /// A new key signs from now on; the old one stays in the key set until the next rotation.
    package func rotateKey(to kind: PrivateKey.Kind = .p384) throws(EmulatorRefusal) {
        let key = try makeKey(kind)
        withState { state, _ in state.keys.rotate(to: key) }
    }

    /// A new key is published now, and signs after so many seconds.
    package func stageKey(_ kind: PrivateKey.Kind = .p384, after seconds: Int64)
        throws(EmulatorRefusal)
    {
        let key = try makeKey(kind)
        withState { state, context in
            state.keys.stage(key, effectiveAt: context.now.advanced(bySeconds: seconds))
        }
    }

    /// Takes the key that no longer signs out of the key set.
    package func dropPreviousKey() {
        withState { state, _ in state.keys.dropPrevious() }
    }

    /// The ids of the published keys: current, next, previous.
    package var keyIDs: [KeyID] {
        withState { state, _ in state.keys.published.map { KeyID($0.keyID) } }
    }

    /// Plans a fault.
    package func plan(_ fault: Fault) throws(EmulatorRefusal) {
        guard withState({ state, _ in state.faults.add(fault) }) else {
            throw .conflict(fault.path)
        }
    }

    /// Forgets every fault that has not happened.
    package func clearFaults() {
        withState { state, _ in state.faults.clear() }
    }

    /// The faults that have not happened.
    package var plannedFaults: [Fault] { withState { state, _ in state.faults.faults } }

    private func makeKey(_ kind: PrivateKey.Kind) throws(EmulatorRefusal) -> SigningKey {
        let (id, now) = withState { _, context in (context.ids.long(), context.now) }
        do {
            return try SigningKey(kind, id: id, now: now)
        } catch {
            throw .unavailable
        }
    }
}
