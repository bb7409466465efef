import Documents
import Values

/// `/api/resources`: APIs and their scopes.
enum ResourceRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "resources", list),
        ManagementRoute(.post, "resources", create),
        ManagementRoute(.get, "resources/:id", read),
        ManagementRoute(.patch, "resources/:id", change),
        ManagementRoute(.patch, "resources/:id/is-default", makeDefault),
        ManagementRoute(.delete, "resources/:id", remove),
        ManagementRoute(.get, "resources/:id/scopes", listScopes),
        ManagementRoute(.post, "resources/:id/scopes", createScope),
        ManagementRoute(.patch, "resources/:id/scopes/:scopeId", changeScope),
        ManagementRoute(.delete, "resources/:id/scopes/:scopeId", removeScope),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let showsScopes = try request.querySwitch("includeScopes")
        let shown = tenant
        return try request.list(of: tenant.resources.sorted) { row in
            shown.json(row, scopes: showsScopes ? scopes(of: row.id, shown) : nil)
        }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .required("name", .text([.atLeast(1)])),
            .required("indicator", .text([.atLeast(1)])),
            .optional("isDefault", .flag),
            .optional("accessTokenTtl", .number),
        ])
        let indicator = body["indicator"]?.stringValue ?? ""
        if tenant.resource(indicator: indicator) != nil {
            throw .refusal(
                422, "resource.resource_identifier_in_use",
                "The API identifier \(indicator) is already in use")
        }
        var row = Resource(
            id: request.ids.long(), name: body["name"]?.stringValue ?? "", indicator: indicator)
        row.isDefault = body["isDefault"]?.boolValue ?? false
        row.accessTokenTtl = body["accessTokenTtl"]?.whole ?? 3600
        if row.isDefault { tenant.clearDefaultResource() }
        tenant.resources.put(row)
        return .created(tenant.json(row, scopes: []))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        .ok(tenant.json(try resource(tenant, request, failing: nil)))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .optional("name", .text([.atLeast(1)])), .optional("accessTokenTtl", .number),
        ])
        try refuseManagement(tenant, request, "modify")
        if body.members.isEmpty { throw .nothingToSet }
        var row = try resource(tenant, request, failing: .notExists("resource"))
        if let name = body["name"]?.stringValue { row.name = name }
        if let ttl = body["accessTokenTtl"]?.whole { row.accessTokenTtl = ttl }
        tenant.resources.put(row)
        return .ok(tenant.json(row))
    }

    private static func makeDefault(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("isDefault", .flag)])
        var row = try resource(tenant, request, failing: nil)
        row.isDefault = body["isDefault"]?.boolValue ?? false
        if row.isDefault { tenant.clearDefaultResource() }
        tenant.resources.put(row)
        return .ok(tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try refuseManagement(tenant, request, "delete")
        let id = try request.parameter("id")
        guard tenant.removeResource(id) else { throw .notExists("resources", id: id) }
        return .noContent
    }

    private static func listScopes(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let rows = scopes(of: try request.parameter("id"), tenant)
        let shown = tenant
        return try request.page(of: rows) { shown.json($0) }
    }

    private static func createScope(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([
            .required("name", .name(256)), .optional("description", .nullable(.text([]))),
        ])
        try refuseManagement(tenant, request, "modify")
        let name = body["name"]?.stringValue ?? ""
        try checkName(name, of: id, except: "", tenant)
        guard tenant.resources.contains(id) else { throw .notExists("resources", id: id) }
        let row = ResourceScope(
            id: request.ids.long(), resourceID: id, name: name,
            description: body["description"]?.storedText, createdAt: request.milliseconds)
        tenant.resourceScopes.put(row)
        return .created(tenant.json(row))
    }

    private static func changeScope(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let (id, scopeID) = (try request.parameter("id"), try request.parameter("scopeId"))
        let body = try request.body([
            .optional("name", .name(256)), .optional("description", .nullable(.text([]))),
        ])
        try refuseManagement(tenant, request, "modify")
        if let name = body["name"]?.stringValue {
            try checkName(name, of: id, except: scopeID, tenant)
        }
        guard var row = tenant.resourceScopes[scopeID] else { throw .notExists("scope") }
        if let name = body["name"]?.stringValue { row.name = name }
        if let value = body["description"] { row.description = value.storedText }
        tenant.resourceScopes.put(row)
        return .ok(tenant.json(row))
    }

    private static func removeScope(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try refuseManagement(tenant, request, "modify")
        let id = try request.parameter("scopeId")
        guard tenant.removeResourceScope(id) else { throw .notFound }
        return .noContent
    }

    private static func scopes(of resource: String, _ tenant: Tenant) -> [ResourceScope] {
        tenant.resourceScopes.sorted.filter { $0.resourceID.isExactly(resource) }
    }

    private static func resource(
        _ tenant: Tenant, _ request: ManagementRequest, failing problem: LogtoProblem?
    ) throws(LogtoProblem) -> Resource {
        let id = try request.parameter("id")
        guard let row = tenant.resources[id] else {
            throw problem ?? .notExists("resources", id: id)
        }
        return row
    }

    private static func refuseManagement(
        _ tenant: Tenant, _ request: ManagementRequest, _ verb: String
    ) throws(LogtoProblem) {
        guard let row = tenant.resources[try request.parameter("id")],
            row.indicator.isExactly(tenant.managementIndicator)
        else { return }
        throw .refusal(
            400, "resource.cannot_\(verb)_management_api",
            "Cannot \(verb) Logto management API.")
    }

    private static func checkName(
        _ name: String, of resource: String, except id: String, _ tenant: Tenant
    ) throws(LogtoProblem) {
        if name.unicodeScalars.contains(where: \.properties.isWhitespace) {
            throw .refusal(
                400, "scope.name_with_space",
                "The name of the scope cannot contain any spaces.")
        }
        let isTaken = scopes(of: resource, tenant).contains {
            $0.name.isExactly(name) && !$0.id.isExactly(id)
        }
        if isTaken {
            throw .refusal(
                422, "scope.name_exists", "The scope name \(name) is already in use")
        }
    }
}

extension Tenant {
    /// Takes the mark of the default resource away from all.
    mutating func clearDefaultResource() {
        for var row in resources.sorted where row.isDefault {
            row.isDefault = false
            resources.put(row)
        }
    }
}
