import Documents
import Values

/// `/api/organizations/{id}/users/{userId}/roles` and `…/scopes`.
enum MemberRoleRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organizations/:id/users/:userId/roles", list),
        ManagementRoute(.post, "organizations/:id/users/:userId/roles", add),
        ManagementRoute(.put, "organizations/:id/users/:userId/roles", replace),
        ManagementRoute(.delete, "organizations/:id/users/:userId/roles/:roleId", remove),
        ManagementRoute(.get, "organizations/:id/users/:userId/scopes", scopes),
    ]

    private static let schema: [Schema.Member] = [
        .optional("organizationRoleIds", .ids()),
        .optional("organizationRoleNames", .ids()),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        let shown = tenant
        let roles = tenant.organizationRoles(of: tenant.memberRoles.rights(of: seat))
        return try request.list(of: roles) { shown.json($0) }
    }

    private static func add(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        let roles = try roles(tenant, request)
        for role in roles { tenant.memberRoles.insert(seat, role) }
        return .created(.members(("organizationRoleIds", .strings(roles))))
    }

    private static func replace(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        tenant.memberRoles.replace(seat, with: try roles(tenant, request))
        return .noContent
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        guard tenant.memberRoles.remove(seat, try request.parameter("roleId")) else {
            throw .notFound
        }
        return .noContent
    }

    /// The organization scopes of a seat; a seat that nobody has gives none.
    private static func scopes(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = Seat(try request.parameter("id"), try request.parameter("userId"))
        let scopes = tenant.organizationScopes(of: tenant.memberRoles.rights(of: seat))
        let shown = tenant
        return .ok(.array(scopes.map { shown.json($0) }))
    }

    /// The membership that the path names; looked at before the body.
    private static func seat(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Seat {
        let (id, user) = (try request.parameter("id"), try request.parameter("userId"))
        guard tenant.members.contains(id, user) else { throw .requireMembership }
        return Seat(id, user)
    }

    /// The roles of a body, ids first, each once.
    private static func roles(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> [String] {
        let body = try request.body(schema)
        var ids = (body["organizationRoleIds"] ?? .null).texts
        var unknown: [String] = []
        for name in (body["organizationRoleNames"] ?? .null).texts {
            if let role = tenant.organizationRole(named: name) {
                ids.append(role.id)
            } else {
                unknown.append(name)
            }
        }
        if !unknown.isEmpty { throw .roleNamesNotFound(unknown) }
        try check(ids, for: .user, tenant)
        var seen: Set<ExactText> = []
        return ids.filter { seen.insert(ExactText($0)).inserted }
    }

    /// Refuses roles that do not exist or are for the other kind of holder.
    static func check(
        _ roles: [String], for type: RoleType, _ tenant: Tenant
    ) throws(LogtoProblem) {
        try ColumnLimit.checkIDs(roles)
        guard roles.allSatisfy({ tenant.organizationRoles.contains($0) }) else {
            throw .foreignKey
        }
        guard roles.allSatisfy({ tenant.organizationRoles[$0]?.type == type }) else {
            throw .constraint
        }
    }
}
