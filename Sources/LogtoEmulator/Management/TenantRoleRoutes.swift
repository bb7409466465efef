import Documents
import Values

/// `/api/roles`: roles that hold in the whole tenant.
enum TenantRoleRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "roles", list),
        ManagementRoute(.post, "roles", create),
        ManagementRoute(.get, "roles/:id", read),
        ManagementRoute(.delete, "roles/:id", remove),
        ManagementRoute(.get, "roles/:id/scopes", listScopes),
        ManagementRoute(.post, "roles/:id/scopes", addScopes),
        ManagementRoute(.delete, "roles/:id/scopes/:scopeId", removeScope),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.checkPagination()
        let type = try request.queryValue("type").flatMap(RoleType.init)
        let rows = tenant.roles.sorted.filter { type == nil || $0.type == type }
        let shown = tenant
        return try request.page(of: rows) { row in
            guard case .object(let role) = shown.json(row) else { return .null }
            let users = shown.userRoles.lefts(of: row.id).count
            let applications = shown.applicationRoles.lefts(of: row.id).count
            return .object(
                JSONObject(
                    role.members + [
                        (name: "usersCount", value: .integer(Int64(users))),
                        (name: "featuredUsers", value: .array([])),
                        (name: "applicationsCount", value: .integer(Int64(applications))),
                        (name: "featuredApplications", value: .array([])),
                    ]))
        }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .required("name", .name(128)),
            .required("description", .name(128)),
            .optional("type", .choice(RoleType.allCases.map(\.rawValue))),
            .optional("isDefault", .flag),
            .optional("scopeIds", .ids()),
        ])
        let name = body["name"]?.stringValue ?? ""
        let scopes = (body["scopeIds"] ?? .null).texts
        if tenant.roles.all.contains(where: { $0.name.isExactly(name) }) {
            throw .refusal(422, "role.name_in_use", "This role name \(name) is already in use")
        }
        let type = body["type"]?.stringValue.flatMap(RoleType.init) ?? .user
        try checkScopes(scopes, for: type, tenant)
        let row = TenantRole(
            id: request.ids.long(), name: name, description: body["description"]?.stringValue ?? "",
            type: type, isDefault: body["isDefault"]?.boolValue ?? false)
        tenant.roles.put(row)
        tenant.tenantRoleScopes.replace(row.id, with: scopes)
        return .ok(tenant.json(row))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        .ok(tenant.json(try role(tenant, request)))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard tenant.removeRole(id) else { throw .notExists("roles", id: id) }
        return .noContent
    }

    private static func listScopes(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let role = try role(tenant, request)
        let shown = tenant
        let rows = tenant.tenantRoleScopes.rights(of: role.id)
            .compactMap { shown.resourceScopes[$0] }
        return try request.list(of: rows) { scope in
            guard case .object(let members) = shown.json(scope) else { return .null }
            let resource = shown.resources[scope.resourceID].map { shown.json($0) } ?? .null
            return .object(JSONObject(members.members + [(name: "resource", value: resource)]))
        }
    }

    private static func addScopes(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let scopes =
            (try request.body([.required("scopeIds", .ids(atLeast: 1))])["scopeIds"]
            ?? .null).texts
        let role = try role(tenant, request)
        try checkScopes(scopes, for: role.type, tenant)
        if let known = scopes.first(where: { tenant.tenantRoleScopes.contains(role.id, $0) }) {
            throw .refusal(
                422, "role.scope_exists", "The scope id \(known) has already been added")
        }
        for scope in scopes { tenant.tenantRoleScopes.insert(role.id, scope) }
        let shown = tenant
        return .created(
            .array(scopes.compactMap { shown.resourceScopes[$0] }.map { shown.json($0) }))
    }

    private static func removeScope(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let role = try role(tenant, request)
        guard tenant.tenantRoleScopes.remove(role.id, try request.parameter("scopeId")) else {
            throw .notFound
        }
        return .noContent
    }

    private static func role(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> TenantRole {
        let id = try request.parameter("id")
        guard let row = tenant.roles[id] else { throw .notExists("roles", id: id) }
        return row
    }

    private static func checkScopes(
        _ scopes: [String], for type: RoleType, _ tenant: Tenant
    ) throws(LogtoProblem) {
        for id in scopes {
            guard let scope = tenant.resourceScopes[id] else {
                throw .notExists("scopes", id: id)
            }
            let indicator = tenant.resources[scope.resourceID]?.indicator ?? ""
            if type == .user, indicator.isExactly(tenant.managementIndicator) {
                throw .refusal(
                    400, "role.management_api_scopes_not_assignable_to_user_role",
                    "Cannot assign management API scopes to a user role.")
            }
        }
    }

    /// The `roleIds` of a body.
    static func roleIDs(_ request: ManagementRequest) throws(LogtoProblem) -> [String] {
        (try request.body([.required("roleIds", .ids())])["roleIds"] ?? .null).texts
    }

    /// Refuses roles that do not exist or are for the other kind of holder.
    static func check(
        _ ids: [String], for type: RoleType, _ tenant: Tenant
    ) throws(LogtoProblem) {
        for id in ids {
            guard let role = tenant.roles[id] else { throw .notExists("roles", id: id) }
            guard role.type == type else { throw .constraint }
        }
    }
}
