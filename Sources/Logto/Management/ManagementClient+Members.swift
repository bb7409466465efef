import Documents
package import Values

/// Members of organizations, and users.
extension ManagementClient {
    /// Makes users members. Repeatable: who is a member stays one and keeps their roles.
    ///
    /// There is no call that replaces the members of an organization: before Logto 1.40 it took the
    /// roles from everybody.
    package func addUsers(
        _ users: NonEmpty<UserID>, to organization: OrganizationID
    ) async throws(LogtoFailure) {
        var ids: [String] = []
        for user in users.elements { ids.append(try ManagementTarget.id(user)) }
        let path = ["organizations", try ManagementTarget.id(organization), "users"]
        // Before 1.39 the answer had no JSON; nothing in it is news.
        try await perform(
            ManagementCall(
                operation: .addUsers, method: .post, target: ManagementTarget(path),
                body: ["userIds": .array(ids.map { .string($0) })], success: 201)
        ) { _, _ in }
    }

    /// Gives a member roles by their names. Repeatable: roles that are there stay.
    ///
    /// - Returns: the ids of the roles named.
    @discardableResult
    package func assignRoles(
        _ names: NonEmpty<ExactText>, to user: UserID, in organization: OrganizationID
    ) async throws(LogtoFailure) -> [String] {
        var texts: [String] = []
        for name in names.elements {
            texts.append(try ManagementTarget.text(name.text, "role name", longest: 128))
        }
        return try await perform(
            ManagementCall(
                operation: .assignRoles, method: .post,
                target: ManagementTarget(try Self.rolesPath(user, organization)),
                body: ["organizationRoleNames": .array(texts.map { .string($0) })], success: 201)
        ) { (value) throws(AnswerFault) in
            guard let ids = value["organizationRoleIds"] else {
                throw AnswerFault(missing: "organizationRoleIds")
            }
            return try AnswerReader.list(ids) { (id) throws(AnswerFault) in
                guard let text = id.stringValue else { throw AnswerFault(missing: "role id") }
                return text
            }
        }
    }

    /// A member's roles: the live test of membership. Whoever is not a member, does not exist or
    /// names an unknown organization is `unprocessable(LogtoCode.requireMembership)`.
    package func memberRoles(
        of user: UserID, in organization: OrganizationID
    ) async throws(LogtoFailure) -> [LogtoRole] {
        try await perform(
            ManagementCall(
                operation: .readMemberRoles, method: .get,
                target: ManagementTarget(try Self.rolesPath(user, organization)), success: 200)
        ) { (value) throws(AnswerFault) in try AnswerReader.list(value, AnswerReader.role) }
    }

    /// One page of an organization's members, ordered by id. An unknown organization has none.
    ///
    /// - Parameter role: only members who hold the role with this id; each shows all their roles.
    package func members(
        of organization: OrganizationID, role: String? = nil, page: Int = 1,
        pageSize: Int = ManagementClient.largestPage
    ) async throws(LogtoFailure) -> LogtoPage<LogtoMember> {
        var query = Self.page(page, pageSize)
        if let role {
            query.append(
                ("organizationRoleId", try ManagementTarget.text(role, "role", longest: 64)))
        }
        let path = ["organizations", try ManagementTarget.id(organization), "users"]
        return try await performPage(
            ManagementCall(
                operation: .listMembers, method: .get,
                target: ManagementTarget(path, query: query), success: 200),
            item: AnswerReader.member)
    }

    /// The organizations that a user is a member of, in no order, with their roles there.
    package func organizations(of user: UserID) async throws(LogtoFailure) -> [LogtoMembership] {
        let path = ["users", try ManagementTarget.id(user), "organizations"]
        return try await perform(
            ManagementCall(
                operation: .listUserOrganizations, method: .get, target: ManagementTarget(path),
                success: 200, absent: "entity.not_found")
        ) { (value) throws(AnswerFault) in try AnswerReader.list(value, AnswerReader.membership) }
    }

    /// Reads a user.
    package func user(_ id: UserID) async throws(LogtoFailure) -> LogtoUser {
        try await perform(
            ManagementCall(
                operation: .readUser, method: .get,
                target: ManagementTarget(["users", try ManagementTarget.id(id)]), success: 200,
                absent: "entity.not_found"),
            json: AnswerReader.user)
    }

    private static func rolesPath(
        _ user: UserID, _ organization: OrganizationID
    ) throws(LogtoFailure) -> [String] {
        [
            "organizations", try ManagementTarget.id(organization), "users",
            try ManagementTarget.id(user), "roles",
        ]
    }
}
