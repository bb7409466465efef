import Documents
import Values

/// `/api/organization-roles`: the roles of the template, and the scopes that they give.
enum OrganizationRoleRoutes {
    static let routes: [ManagementRoute] =
        [
            ManagementRoute(.get, "organization-roles", list),
            ManagementRoute(.post, "organization-roles", create),
            ManagementRoute(.get, "organization-roles/:id", read),
            ManagementRoute(.patch, "organization-roles/:id", change),
            ManagementRoute(.delete, "organization-roles/:id", remove),
        ] + organizationScopes.routes + resourceScopes.routes

    private static let organizationScopes = RoleScopeRoutes(
        "organization-roles/:id/scopes", "organization-roles/:id/scopes/:scopeId",
        body: "organizationScopeIds", relation: .organizationScopes)
    private static let resourceScopes = RoleScopeRoutes(
        "organization-roles/:id/resource-scopes",
        "organization-roles/:id/resource-scopes/:scopeId",
        body: "scopeIds", relation: .resourceScopes)

    private static let type: Schema = .choice(RoleType.allCases.map(\.rawValue))
    private static let createSchema: [Schema.Member] = [
        .required("name", .name(128)),
        .optional("description", .nullable(.text([.atMost(256)]))),
        .optional("type", type),
        .optional("organizationScopeIds", .list(.text([]), atLeast: 0)),
        .optional("resourceScopeIds", .list(.text([]), atLeast: 0)),
    ]
    private static let changeSchema: [Schema.Member] = [
        .optional("tenantId", .text([.atMost(21)])),
        .optional("name", .name(128)),
        .optional("description", .nullable(.text([.atMost(256)]))),
        .optional("type", type),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.checkPagination()
        var rows = tenant.organizationRoles.sorted.inOrderOfNames(\.name)
        if let q = try request.queryValue("q"), !q.isEmpty {
            let pattern = LikePattern(containing: q)
            rows = rows.filter {
                [$0.id, $0.name, $0.description].contains(where: pattern.matches)
            }
        }
        let shown = tenant
        return try request.page(of: rows) { shown.listed($0) }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body(createSchema)
        let name = body["name"]?.stringValue ?? ""
        let scopes = (body["organizationScopeIds"] ?? .null).texts
        let resourceScopes = (body["resourceScopeIds"] ?? .null).texts
        if tenant.organizationRole(named: name) != nil { throw .duplicate }
        try ColumnLimit.checkIDs(scopes)
        try ColumnLimit.checkIDs(resourceScopes)
        guard scopes.allSatisfy({ tenant.organizationScopes.contains($0) }),
            resourceScopes.allSatisfy({ tenant.resourceScopes.contains($0) })
        else { throw .foreignKey }
        let row = OrganizationRole(
            id: request.ids.long(), name: name, description: body["description"]?.storedText,
            type: body["type"]?.stringValue.flatMap(RoleType.init) ?? .user)
        tenant.organizationRoles.put(row)
        tenant.roleOrganizationScopes.replace(row.id, with: scopes)
        tenant.roleResourceScopes.replace(row.id, with: resourceScopes)
        return .created(tenant.json(row))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard let row = tenant.organizationRoles[try request.parameter("id")] else {
            throw .notFound
        }
        return .ok(tenant.json(row))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body(changeSchema)
        if body.members.isEmpty { throw .nothingToSet }
        guard var row = tenant.organizationRoles[id] else {
            throw .notExists("organization_role")
        }
        if let other = body["tenantId"]?.stringValue, !other.isExactly(tenant.id) {
            throw .internalError
        }
        if let name = body["name"]?.stringValue {
            if let other = tenant.organizationRole(named: name), !other.id.isExactly(id) {
                throw .duplicate
            }
            row.name = name
        }
        if let value = body["description"] { row.description = value.storedText }
        if let type = body["type"]?.stringValue.flatMap(RoleType.init) { row.type = type }
        tenant.organizationRoles.put(row)
        return .ok(tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard tenant.removeOrganizationRole(try request.parameter("id")) else { throw .notFound }
        return .noContent
    }
}

/// The four routes that tie scopes to a role of the template, for either kind of scope.
struct RoleScopeRoutes: Sendable {
    /// Which scopes the routes are about.
    enum Kind: Sendable {
        case organizationScopes
        case resourceScopes
    }

    let routes: [ManagementRoute]

    init(_ path: StaticString, _ item: StaticString, body: String, relation: Kind) {
        let schema = [Schema.Member.required(body, .ids(atLeast: 1))]
        let laxSchema = [Schema.Member.required(body, .ids())]
        routes = [
            ManagementRoute(.get, path) { (tenant, request) throws(LogtoProblem) in
                let id = try request.parameter("id")
                guard tenant.organizationRoles.contains(id) else { throw .notFound }
                let shown = tenant
                let ids = tenant[keyPath: relation.pairs].rights(of: id)
                return try request.list(of: ids) { relation.json($0, in: shown) }
            },
            ManagementRoute(.post, path) { (tenant, request) throws(LogtoProblem) in
                let id = try request.parameter("id")
                let scopes = (try request.body(schema)[body] ?? .null).texts
                try relation.check(scopes, of: id, in: tenant)
                for scope in scopes { tenant[keyPath: relation.pairs].insert(id, scope) }
                return .createdText
            },
            ManagementRoute(.put, path) { (tenant, request) throws(LogtoProblem) in
                let id = try request.parameter("id")
                let scopes = (try request.body(laxSchema)[body] ?? .null).texts
                if scopes.isEmpty {
                    tenant[keyPath: relation.pairs].removeAll(of: id)
                    return .noContent
                }
                try relation.check(scopes, of: id, in: tenant)
                guard Set(scopes.map(ExactText.init)).count == scopes.count else {
                    throw .duplicate
                }
                tenant[keyPath: relation.pairs].replace(id, with: scopes)
                return .noContent
            },
            ManagementRoute(.delete, item) { (tenant, request) throws(LogtoProblem) in
                let id = try request.parameter("id")
                let scope = try request.parameter("scopeId")
                guard tenant[keyPath: relation.pairs].remove(id, scope) else { throw .notFound }
                return .noContent
            },
        ]
    }
}

extension RoleScopeRoutes.Kind {
    var pairs: WritableKeyPath<Tenant, Relation<ExactText>> {
        switch self {
        case .organizationScopes: \.roleOrganizationScopes
        case .resourceScopes: \.roleResourceScopes
        }
    }

    func json(_ id: String, in tenant: Tenant) -> JSONValue {
        switch self {
        case .organizationScopes: tenant.organizationScopes[id].map { tenant.json($0) } ?? .null
        case .resourceScopes: tenant.resourceScopes[id].map { tenant.json($0) } ?? .null
        }
    }

    func check(_ scopes: [String], of role: String, in tenant: Tenant) throws(LogtoProblem) {
        try ColumnLimit.check(role, limit: 21)
        try ColumnLimit.checkIDs(scopes)
        let isKnown = scopes.allSatisfy {
            switch self {
            case .organizationScopes: tenant.organizationScopes.contains($0)
            case .resourceScopes: tenant.resourceScopes.contains($0)
            }
        }
        guard isKnown, tenant.organizationRoles.contains(role) else { throw .foreignKey }
    }
}

extension Array {
    /// By name without regard to case, as the database's collation orders them; then by bytes.
    func inOrderOfNames(_ name: KeyPath<Element, String>) -> [Element] {
        sorted { left, right in
            let (first, second) = (left[keyPath: name], right[keyPath: name])
            let (low, high) = (ExactText(first.lowercased()), ExactText(second.lowercased()))
            return low == high ? ExactText(first) < ExactText(second) : low < high
        }
    }
}
