import Documents
import Values

/// `/api/organization-scopes`: the permissions of the template.
enum OrganizationScopeRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organization-scopes", list),
        ManagementRoute(.post, "organization-scopes", create),
        ManagementRoute(.get, "organization-scopes/:id", read),
        ManagementRoute(.patch, "organization-scopes/:id", change),
        ManagementRoute(.delete, "organization-scopes/:id", remove),
    ]

    private static let description: Schema.Member =
        .optional("description", .nullable(.text([.atMost(256)])))

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.checkPagination()
        var rows = tenant.organizationScopes.sorted.inOrderOfNames(\.name)
        if let q = try request.queryValue("q"), !q.isEmpty {
            let pattern = LikePattern(containing: q)
            rows = rows.filter { pattern.matches($0.name) }
        }
        let shown = tenant
        return try request.list(of: rows) { shown.json($0) }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("name", .name(128)), description])
        let name = body["name"]?.stringValue ?? ""
        if tenant.organizationScopes.all.contains(where: { $0.name.isExactly(name) }) {
            throw .duplicate
        }
        let row = OrganizationScope(
            id: request.ids.long(), name: name, description: body["description"]?.storedText)
        tenant.organizationScopes.put(row)
        return .created(tenant.json(row))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard let row = tenant.organizationScopes[id] else {
            throw .notExists("organization_scopes", id: id)
        }
        return .ok(tenant.json(row))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.optional("name", .name(128)), description])
        if body.members.isEmpty { throw .nothingToSet }
        guard var row = tenant.organizationScopes[id] else {
            throw .notExists("organization_scope")
        }
        if let name = body["name"]?.stringValue {
            let isTaken = tenant.organizationScopes.all.contains {
                $0.name.isExactly(name) && !$0.id.isExactly(id)
            }
            if isTaken { throw .duplicate }
            row.name = name
        }
        if let value = body["description"] { row.description = value.storedText }
        tenant.organizationScopes.put(row)
        return .ok(tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard tenant.removeOrganizationScope(try request.parameter("id")) else {
            throw .notFound
        }
        return .noContent
    }
}
