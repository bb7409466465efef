import Documents
import Values

/// `/api/users`.
enum UserRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "users", list),
        ManagementRoute(.post, "users", create),
        ManagementRoute(.get, "users/:id", read),
        ManagementRoute(.patch, "users/:id", change),
        ManagementRoute(.delete, "users/:id", remove),
        ManagementRoute(.get, "users/:id/organizations", organizations),
        ManagementRoute(.get, "users/:id/custom-data", readCustomData),
        ManagementRoute(.patch, "users/:id/custom-data", changeCustomData),
        ManagementRoute(.patch, "users/:id/profile", changeProfile),
        ManagementRoute(.patch, "users/:id/is-suspended", suspend),
        ManagementRoute(.get, "users/:id/has-password", hasPassword),
        ManagementRoute(.get, "users/:id/roles", listRoles),
        ManagementRoute(.post, "users/:id/roles", addRoles),
        ManagementRoute(.put, "users/:id/roles", replaceRoles),
        ManagementRoute(.delete, "users/:id/roles/:roleId", removeRole),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.checkPagination()
        let search = try UserSearch(request.query)
        let organization = try request.queryValue("excludeOrganizationId") ?? ""
        if !organization.isEmpty, try request.queryValue("excludeRoleId") != nil {
            throw .refusal(
                400, "request.invalid_input",
                "Input is invalid. Parameter `excludeRoleId` and `excludeOrganizationId` "
                    + "cannot be used at the same time.")
        }
        let shown = tenant
        let rows = tenant.users.sorted
            .filter { search.finds($0) && !shown.members.contains(organization, $0.id) }
            .sorted { $0.order > $1.order }
        let extra = try extras(request)
        return try request.page(of: rows) { shown.json($0, adding: extra($0)) }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body(UserSchema.create)
        if body["password"] != nil, body["passwordDigest"] != nil {
            throw .refusal(
                400, "user.password_and_digest",
                "You cannot set both plain text password and password digest.")
        }
        if body["passwordDigest"] != nil, body["passwordAlgorithm"] == nil {
            throw .refusal(
                400, "user.password_algorithm_required", "Password algorithm is required.")
        }
        var row = User(
            id: request.ids.short(), order: tenant.nextOrder, createdAt: request.milliseconds,
            updatedAt: request.milliseconds)
        try UserSchema.apply(body, to: &row, in: tenant)
        row.hasPassword = body["password"] != nil || body["passwordDigest"] != nil
        tenant.putNewUser(row)
        return .ok(tenant.json(row))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let user = try user(tenant, request)
        let extra = try extras(request)(user)
        return .ok(tenant.json(user, adding: extra))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body(UserSchema.change)
        var row = try user(tenant, request)
        if body.members.isEmpty { throw .nothingToSet }
        try UserSchema.apply(body, to: &row, in: tenant)
        row.updatedAt = request.milliseconds
        tenant.users.put(row)
        return .ok(tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard tenant.removeUser(try request.parameter("id")) else { throw .notFound }
        return .noContent
    }

    private static func organizations(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let user = try user(tenant, request)
        let shown = tenant
        let rows = try tenant.organizations(of: user.id).rendered {
            (row) throws(LogtoProblem) in
            let roles = shown.memberRoles.rights(of: Seat(row.id, user.id))
            return try shown.json(
                row, adding: [(name: "organizationRoles", value: shown.roleNames(roles))])
        }
        return .ok(.array(rows))
    }

    private static func readCustomData(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        .ok(.object(try user(tenant, request).customData))
    }

    private static func changeCustomData(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("customData", .anyObject)])
        var row = try user(tenant, request)
        let data = body["customData"]?.objectValue ?? JSONObject([])
        row.customData = row.customData.merging(data).asStored
        row.updatedAt = request.milliseconds
        tenant.users.put(row)
        return .ok(.object(row.customData))
    }

    private static func changeProfile(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("profile", UserSchema.profile)])
        var row = try user(tenant, request)
        let data = body["profile"]?.objectValue ?? JSONObject([])
        row.profile = row.profile.merging(data)
        row.updatedAt = request.milliseconds
        tenant.users.put(row)
        return .ok(.object(row.profile))
    }

    private static func suspend(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("isSuspended", .flag)])
        var row = try user(tenant, request)
        row.isSuspended = body["isSuspended"]?.boolValue ?? false
        if row.isSuspended { row.sessions += 1 }
        row.updatedAt = request.milliseconds
        tenant.users.put(row)
        return .ok(tenant.json(row))
    }

    private static func hasPassword(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        .ok(.members(("hasPassword", .bool(try user(tenant, request).hasPassword))))
    }

    private static func listRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let user = try user(tenant, request)
        let shown = tenant
        let roles = tenant.userRoles.rights(of: user.id).compactMap { shown.roles[$0] }
        return try request.page(of: roles) { shown.json($0) }
    }

    private static func addRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let ids = try TenantRoleRoutes.roleIDs(request)
        let user = try user(tenant, request)
        try TenantRoleRoutes.check(ids, for: .user, tenant)
        let added = ids.filter { !tenant.userRoles.contains(user.id, $0) }
        for id in ids { tenant.userRoles.insert(user.id, id) }
        return .created(
            .members(("roleIds", .strings(ids)), ("addedRoleIds", .strings(added))))
    }

    private static func replaceRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let ids = try TenantRoleRoutes.roleIDs(request)
        let user = try user(tenant, request)
        try TenantRoleRoutes.check(ids, for: .user, tenant)
        tenant.userRoles.replace(user.id, with: ids)
        return .ok(.members(("roleIds", .strings(ids))))
    }

    private static func removeRole(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let user = try user(tenant, request)
        guard tenant.userRoles.remove(user.id, try request.parameter("roleId")) else {
            throw .notFound
        }
        return .noContent
    }

    private static func user(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> User {
        guard let row = tenant.users[try request.parameter("id")] else { throw .notFound }
        return row
    }

    /// The members that the query adds to a person.
    private static func extras(
        _ request: ManagementRequest
    ) throws(LogtoProblem) -> @Sendable (User) -> [(name: String, value: JSONValue)] {
        let showsHash = try request.querySwitch("includePasswordHash")
        let showsSSO = try request.querySwitch("includeSsoIdentities")
        return { user in
            var members = [(name: "hasPassword", value: JSONValue.bool(user.hasPassword))]
            if showsSSO { members.append((name: "ssoIdentities", value: .array([]))) }
            if showsHash {
                members.append((name: "passwordDigest", value: .null))
                members.append((name: "passwordAlgorithm", value: .null))
            }
            return members
        }
    }
}
