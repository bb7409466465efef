import Documents
import Values

/// `/api/organizations/{id}/users`.
enum MemberRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organizations/:id/users", list),
        ManagementRoute(.post, "organizations/:id/users", add),
        ManagementRoute(.put, "organizations/:id/users", replace),
        ManagementRoute(.delete, "organizations/:id/users/:userId", remove),
        ManagementRoute(.post, "organizations/:id/users/roles", assignRoles),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        try request.checkPagination()
        let q = try request.queryValue("q") ?? ""
        let role = try request.queryValue("organizationRoleId", atLeast: 1)
        let pattern = LikePattern(containing: q)
        let rows = tenant.members.rights(of: id).compactMap { tenant.users[$0] }.filter { user in
            if let role, !tenant.memberRoles.contains(Seat(id, user.id), role) { return false }
            return q.isEmpty
                || [user.id, user.primaryEmail, user.primaryPhone, user.username, user.name]
                    .contains(where: pattern.matches)
        }
        let shown = tenant
        return try request.page(of: rows) { user in
            shown.json(
                user,
                adding: [
                    (
                        name: "organizationRoles",
                        value: shown.roleNames(shown.memberRoles.rights(of: Seat(id, user.id)))
                    )
                ])
        }
    }

    private static func add(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("userIds", .ids(atLeast: 1))])
        let users = (body["userIds"] ?? .null).texts
        try check(users, in: id, tenant)
        for user in users { tenant.members.insert(id, user) }
        return .created(.object(body))
    }

    private static func replace(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("userIds", .ids())])
        let users = (body["userIds"] ?? .null).texts
        if !users.isEmpty { try check(users, in: id, tenant) }
        let kept = Set(users.map(ExactText.init))
        for user in tenant.members.rights(of: id) where !kept.contains(ExactText(user)) {
            _ = tenant.removeMember(user, of: id)
        }
        for user in users { tenant.members.insert(id, user) }
        return .noContent
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let (id, user) = (try request.parameter("id"), try request.parameter("userId"))
        guard tenant.removeMember(user, of: id) else { throw .notFound }
        return .noContent
    }

    private static func assignRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([
            .required("userIds", .ids(atLeast: 1)),
            .required("organizationRoleIds", .ids(atLeast: 1)),
        ])
        let users = (body["userIds"] ?? .null).texts
        let roles = (body["organizationRoleIds"] ?? .null).texts
        try ColumnLimit.check(id, limit: 21)
        try ColumnLimit.checkIDs(users)
        try MemberRoleRoutes.check(roles, for: .user, tenant)
        guard users.allSatisfy({ tenant.members.contains(id, $0) }) else { throw .foreignKey }
        for user in users {
            for role in roles { tenant.memberRoles.insert(Seat(id, user), role) }
        }
        return .createdText
    }

    private static func check(
        _ users: [String], in organization: String, _ tenant: Tenant
    ) throws(LogtoProblem) {
        try ColumnLimit.check(organization, limit: 21)
        try ColumnLimit.checkIDs(users)
        guard tenant.organizations.contains(organization),
            users.allSatisfy({ tenant.users.contains($0) })
        else { throw .foreignKey }
    }
}
