package import Documents
package import Values

/// Why a call to the identity provider did not do what it should, by what may be done next.
package enum DirectoryFailure: Error, Equatable, Sendable {
    /// 403: the tenant's plan allows no more of this.
    case quotaExceeded
    /// 404 in JSON: it does not exist.
    case notFound
    /// 400 or 422, with Logto's code; nothing was changed.
    case refused(code: String)
    /// The machine credentials are refused, or lack the Management API's scope.
    case credentialsRefused
    /// 429; nothing was changed.
    case throttled(retryAfterSeconds: Int64?)
    /// The request certainly did not take effect: it was never sent.
    case notSent
    /// 5xx, a timeout, a lost connection, an answer without sense: it may have taken effect.
    case unknownOutcome

    /// Stable name, for logs and the store.
    package var code: String {
        switch self {
        case .quotaExceeded: "quota-exceeded"
        case .notFound: "not-found"
        case .refused: "refused"
        case .credentialsRefused: "credentials-refused"
        case .throttled: "throttled"
        case .notSent: "not-sent"
        case .unknownOutcome: "unknown-outcome"
        }
    }

    /// Whether trying an idempotent call again may help.
    package var isTransient: Bool {
        switch self {
        case .throttled, .notSent, .unknownOutcome: true
        case .quotaExceeded, .notFound, .refused, .credentialsRefused: false
        }
    }
}

/// What a new organization is made of: exactly what is sent.
package struct NewOrganization: Equatable, Sendable {
    /// 1 to 128 characters.
    package let name: String
    /// Up to 256 characters, or none.
    package let description: String?
    /// The organization's own data.
    package let customData: JSONObject

    /// What to create.
    package init(name: String, description: String?, customData: JSONObject) {
        self.name = name
        self.description = description
        self.customData = customData
    }
}

/// An organization: of all that Logto tells about it, what self-service needs.
package struct DirectoryOrganization: Equatable, Sendable {
    /// Its id.
    package let id: OrganizationID
    /// Its name.
    package let name: String
    /// Its description, if any.
    package let description: String?
    /// Its own data.
    package let customData: JSONObject
    /// The address of its logo, unchecked.
    package let logoURL: String?
    /// When it was created.
    package let createdAt: UnixTime

    /// An organization as the provider told.
    package init(
        id: OrganizationID, name: String, description: String?, customData: JSONObject,
        logoURL: String?, createdAt: UnixTime
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.customData = customData
        self.logoURL = logoURL
        self.createdAt = createdAt
    }
}

/// A role that somebody holds in an organization.
package struct DirectoryRole: Equatable, Sendable {
    /// Its id.
    package let id: String
    /// Its name in the template.
    package let name: String

    /// A role.
    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// A role of the organization template, with what decides whether it may be given to anybody.
package struct TemplateRole: Equatable, Sendable {
    /// Its name.
    package let name: String
    /// Whether it is for people, not for machines.
    package let isForUsers: Bool
    /// Whether it carries the scope of the Management API: whoever holds it owns the tenant.
    package let opensManagementAPI: Bool

    /// A role of the template.
    package init(name: String, isForUsers: Bool, opensManagementAPI: Bool) {
        self.name = name
        self.isForUsers = isForUsers
        self.opensManagementAPI = opensManagementAPI
    }
}

/// An organization and the roles that one user holds in it.
package struct DirectoryMembership: Equatable, Sendable {
    /// The organization.
    package let organization: DirectoryOrganization
    /// The user's roles in it.
    package let roles: [DirectoryRole]

    /// A membership.
    package init(organization: DirectoryOrganization, roles: [DirectoryRole]) {
        self.organization = organization
        self.roles = roles
    }
}

/// One page of a list, and how many there are in all.
package struct DirectoryPage<Item: Sendable>: Sendable {
    /// The items of this page.
    package let items: [Item]
    /// `Total-Number`.
    package let total: Int

    /// A page.
    package init(items: [Item], total: Int) {
        self.items = items
        self.total = total
    }
}

/// The calls of the Management API that self-service makes, and no others.
///
/// Every argument is an identifier from the judged request or our own record, or text that was
/// validated; nothing of a client's JSON is passed on.
package protocol OrganizationDirectory: Sendable {
    /// `POST /api/organizations`. Not idempotent.
    func create(
        _ organization: NewOrganization
    ) async throws(DirectoryFailure) -> DirectoryOrganization

    /// `POST /api/organizations/{id}/users`. Idempotent.
    func add(_ user: UserID, to organization: OrganizationID) async throws(DirectoryFailure)

    /// `POST /api/organizations/{id}/users/{user}/roles` by name. Idempotent.
    func assign(
        role: String, to user: UserID, in organization: OrganizationID
    ) async throws(DirectoryFailure) -> [DirectoryRole]

    /// `DELETE /api/organizations/{id}`.
    func delete(_ organization: OrganizationID) async throws(DirectoryFailure)

    /// `GET /api/organizations/{id}`.
    func organization(
        _ id: OrganizationID
    ) async throws(DirectoryFailure) -> DirectoryOrganization

    /// `GET /api/organizations?q=`: a substring search without a stable order; pages count from 1.
    func organizations(
        matching text: String, page: Int, pageSize: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<DirectoryOrganization>

    /// `GET /api/organizations/{id}/users`, first page: the ids of members.
    func members(
        of organization: OrganizationID, limit: Int
    ) async throws(DirectoryFailure) -> DirectoryPage<UserID>

    /// `GET /api/users/{id}/organizations`: all of them, in no order.
    func organizations(of user: UserID) async throws(DirectoryFailure) -> [DirectoryMembership]

    /// `GET /api/organization-roles`, all pages.
    func templateRoles() async throws(DirectoryFailure) -> [TemplateRole]
}
