package import Documents
package import Values

/// An organization as Logto keeps it.
package struct LogtoOrganization: Equatable, Sendable {
    package let id: OrganizationID
    /// Not unique, and any text: check it before showing it.
    package let name: String
    package let description: String?
    /// The whole object; changing it replaces all of it.
    package let customData: JSONObject
    package let isMFARequired: Bool
    /// `branding.logoUrl`: an address of any scheme, `javascript:` too. Check it before showing it.
    package let logoURL: String?
    package let createdAt: UnixTime
}

/// A role as members and users carry it.
package struct LogtoRole: Equatable, Sendable {
    package let id: String
    package let name: ExactText
}

/// An organization of a user, with the roles that the user has there.
package struct LogtoMembership: Equatable, Sendable {
    package let organization: LogtoOrganization
    package let roles: [LogtoRole]
}

/// The public part of a user: everything else that Logto answers is personal and stays behind.
package struct LogtoUser: Equatable, Sendable {
    package let id: UserID
    package let username: String?
    package let primaryEmail: String?
    package let name: String?
    package let avatar: String?
    package let isSuspended: Bool
}

/// A member of an organization.
package struct LogtoMember: Equatable, Sendable {
    package let user: LogtoUser
    package let roles: [LogtoRole]
}

/// A role of the organization template.
package struct LogtoOrganizationRole: Equatable, Sendable {
    /// Who can hold a role.
    package enum Kind: String, Sendable {
        case user = "User"
        case machine = "MachineToMachine"
    }

    /// A permission on an API resource that a role brings.
    package struct ResourceScope: Equatable, Sendable {
        package let name: ExactText
        /// The resource's id; its indicator is not in this answer.
        package let resourceID: String
        package let resourceName: String
    }

    package let id: String
    package let name: ExactText
    package let description: String?
    package let kind: Kind
    /// Organization permissions.
    package let scopes: [ExactText]
    /// Permissions on API resources.
    package let resourceScopes: [ResourceScope]

    /// SECURITY: whether the role brings a permission on the Management API. Whoever holds such a
    /// role owns the tenant: it is never to be granted. The seeded resource is known by its id, and
    /// by its name should a tenant have another id for it.
    package var reachesManagementAPI: Bool {
        resourceScopes.contains { scope in
            scope.resourceID.isExactly("management-api")
                || scope.resourceName.isExactly("Logto Management API")
        }
    }
}

/// One page of a list.
package struct LogtoPage<Item: Sendable>: Sendable {
    package let items: [Item]
    /// How many there are on all pages together.
    package let total: Int
}

extension LogtoPage: Equatable where Item: Equatable {}
