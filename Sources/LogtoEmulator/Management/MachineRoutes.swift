import Documents
import Values

/// `/api/organizations/{id}/applications`: machines in an organization, and their roles.
enum MachineRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organizations/:id/applications", list),
        ManagementRoute(.post, "organizations/:id/applications", add),
        ManagementRoute(.put, "organizations/:id/applications", replace),
        ManagementRoute(.delete, "organizations/:id/applications/:applicationId", remove),
        ManagementRoute(.post, "organizations/:id/applications/roles", assignRoles),
        ManagementRoute(.get, "organizations/:id/applications/:applicationId/roles", listRoles),
        ManagementRoute(.post, "organizations/:id/applications/:applicationId/roles", addRoles),
        ManagementRoute(
            .put, "organizations/:id/applications/:applicationId/roles", replaceRoles),
        ManagementRoute(
            .delete, "organizations/:id/applications/:applicationId/roles/:roleId", removeRole),
    ]

    private static let roleSchema = [
        Schema.Member.required("organizationRoleIds", .ids(atLeast: 1))
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        try request.checkPagination()
        let q = try request.queryValue("q") ?? ""
        let pattern = LikePattern(containing: q)
        let shown = tenant
        let rows = tenant.machines.rights(of: id).compactMap { shown.applications[$0] }
            .filter { row in
                q.isEmpty
                    || [row.id, row.name, row.description].contains(where: pattern.matches)
            }
        return try request.page(of: rows) { row in
            let roles = shown.machineRoles.rights(of: Seat(id, row.id))
            return shown.json(
                row, adding: [(name: "organizationRoles", value: shown.roleNames(roles))])
        }
    }

    private static func add(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("applicationIds", .ids(atLeast: 1))])
        let machines = (body["applicationIds"] ?? .null).texts
        try check(machines, in: id, tenant)
        for machine in machines { tenant.machines.insert(id, machine) }
        return .createdText
    }

    private static func replace(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("applicationIds", .ids())])
        let machines = (body["applicationIds"] ?? .null).texts
        if !machines.isEmpty { try check(machines, in: id, tenant) }
        let kept = Set(machines.map(ExactText.init))
        for machine in tenant.machines.rights(of: id) where !kept.contains(ExactText(machine)) {
            _ = tenant.removeMachine(machine, of: id)
        }
        for machine in machines { tenant.machines.insert(id, machine) }
        return .noContent
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let machine = try request.parameter("applicationId")
        guard tenant.removeMachine(machine, of: id) else { throw .notFound }
        return .noContent
    }

    private static func assignRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("applicationIds", .ids(atLeast: 1))] + roleSchema)
        let machines = (body["applicationIds"] ?? .null).texts
        let roles = (body["organizationRoleIds"] ?? .null).texts
        try ColumnLimit.checkIDs(machines)
        try MemberRoleRoutes.check(roles, for: .machine, tenant)
        guard machines.allSatisfy({ tenant.machines.contains(id, $0) }) else {
            throw .foreignKey
        }
        for machine in machines {
            for role in roles { tenant.machineRoles.insert(Seat(id, machine), role) }
        }
        return .createdText
    }

    private static func listRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        let shown = tenant
        let roles = tenant.organizationRoles(of: tenant.machineRoles.rights(of: seat))
        return try request.list(of: roles) { shown.json($0) }
    }

    private static func addRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        for role in try roles(tenant, request) { tenant.machineRoles.insert(seat, role) }
        return .createdText
    }

    private static func replaceRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        tenant.machineRoles.replace(seat, with: try roles(tenant, request))
        return .noContent
    }

    private static func removeRole(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let seat = try seat(tenant, request)
        guard tenant.machineRoles.remove(seat, try request.parameter("roleId")) else {
            throw .notFound
        }
        return .noContent
    }

    private static func seat(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Seat {
        let id = try request.parameter("id")
        let machine = try request.parameter("applicationId")
        guard tenant.machines.contains(id, machine) else { throw .requireMembership }
        return Seat(id, machine)
    }

    private static func roles(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> [String] {
        let roles = (try request.body(roleSchema)["organizationRoleIds"] ?? .null).texts
        try MemberRoleRoutes.check(roles, for: .machine, tenant)
        return roles
    }

    private static func check(
        _ machines: [String], in organization: String, _ tenant: Tenant
    ) throws(LogtoProblem) {
        try ColumnLimit.check(organization, limit: 21)
        try ColumnLimit.checkIDs(machines)
        guard tenant.organizations.contains(organization),
            machines.allSatisfy({ tenant.applications.contains($0) })
        else { throw .foreignKey }
        guard machines.allSatisfy({ tenant.applications[$0]?.type == .machine }) else {
            throw .constraint
        }
    }
}
