import Documents
import Values

/// `/api/applications`: clients and their secrets.
enum ApplicationRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "applications", list),
        ManagementRoute(.post, "applications", create),
        ManagementRoute(.get, "applications/:id", read),
        ManagementRoute(.patch, "applications/:id", change),
        ManagementRoute(.delete, "applications/:id", remove),
        ManagementRoute(.patch, "applications/:id/custom-data", changeCustomData),
        ManagementRoute(.get, "applications/:id/roles", listRoles),
        ManagementRoute(.post, "applications/:id/roles", addRoles),
        ManagementRoute(.put, "applications/:id/roles", replaceRoles),
        ManagementRoute(.delete, "applications/:id/roles/:roleId", removeRole),
        ManagementRoute(.get, "applications/:id/organizations", organizations),
    ]

    private static let metadata: Schema = .object([
        .required("redirectUris", .list(.text([.custom(isAddress)]), atLeast: 0)),
        .required("postLogoutRedirectUris", .list(.text([.custom(isAddress)]), atLeast: 0)),
        .optional("backchannelLogoutUri", .text([])),
        .optional("backchannelLogoutSessionRequired", .flag),
    ])

    private static let common: [Schema.Member] = [
        .optional("description", .nullable(.text([]))),
        .optional("oidcClientMetadata", metadata),
        .optional("customClientMetadata", .anyObject),
        .optional("customData", .anyObject),
        .optional("isThirdParty", .flag),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let names = ApplicationType.allCases.map(\.rawValue)
        let types = request.query.all("types")
        if let wrong = types.first(where: { type in !names.contains(where: type.isExactly) }) {
            var issues: [SchemaIssue] = []
            let choice: Schema = .choice(names)
            let either = Schema.either([Schema.list(choice, atLeast: 0), choice])
            _ = either.cleaned(.string(wrong), at: [.name("types")], issues: &issues)
            throw .invalid("query", issues)
        }
        let search = request.query.all("search").filter { !$0.isEmpty }
            .map { LikePattern($0) }
        let organization = try request.queryValue("excludeOrganizationId") ?? ""
        let shown = tenant
        let rows = tenant.applications.sorted.filter { row in
            if row.isBuiltIn || shown.machines.contains(organization, row.id) { return false }
            let isOfType = types.contains { row.type.rawValue.isExactly($0) }
            let texts: [String?] = [row.id, row.name, row.description]
            let isFound = search.contains { texts.contains(where: $0.matches) }
            return (types.isEmpty || isOfType) && (search.isEmpty || isFound)
        }
        return try request.list(of: rows) { shown.json($0) }
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body(
            [
                .required("name", .name(256)),
                .required("type", .choice(ApplicationType.allCases.map(\.rawValue))),
            ] + common)
        let type = body["type"]?.stringValue.flatMap(ApplicationType.init) ?? .spa
        if type == .saml {
            throw .refusal(
                400, "application.saml.use_saml_app_api",
                "Use `[METHOD] /saml-applications(/.*)?` API to operate SAML app.")
        }
        let isThirdParty = body["isThirdParty"]?.boolValue ?? false
        if isThirdParty, type == .machine || type == .protected {
            throw .refusal(
                400, "application.invalid_third_party_application_type",
                "Only traditional web, single-page, and native applications can be marked as "
                    + "third-party apps.")
        }
        var row = Application(
            id: request.ids.long(), name: body["name"]?.stringValue ?? "", type: type,
            createdAt: request.milliseconds)
        apply(body, to: &row)
        row.isThirdParty = isThirdParty
        if type.isConfidential {
            row.secrets = [
                ApplicationSecret(
                    name: "Default secret", value: request.ids.secret(),
                    createdAt: request.milliseconds)
            ]
        }
        tenant.applications.put(row)
        return .ok(tenant.json(row))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let row = try application(tenant, request)
        let scopes = tenant.scopes(
            ofMachine: row.id, for: tenant.managementIndicator, in: nil)
        let isAdmin = scopes.contains { $0.isExactly("all") }
        return .ok(tenant.json(row, adding: [(name: "isAdmin", value: .bool(isAdmin))]))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.optional("name", .name(256))] + common)
        var row = try application(tenant, request)
        if let name = body["name"]?.stringValue { row.name = name }
        apply(body, to: &row)
        tenant.applications.put(row)
        return .ok(tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try application(tenant, request).id
        _ = tenant.removeApplication(id)
        return .noContent
    }

    private static func changeCustomData(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard case .object(let data) = request.content else {
            throw .invalid(
                "body",
                [.type(expected: "object", received: SchemaIssue.kind(request.content), at: [])])
        }
        if request.content.containsNUL { throw .internalError }
        var row = try application(tenant, request)
        row.customData = row.customData.merging(data).asStored
        tenant.applications.put(row)
        return .ok(.object(row.customData))
    }

    private static func listRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let row = try application(tenant, request)
        let shown = tenant
        let roles = tenant.applicationRoles.rights(of: row.id).compactMap { shown.roles[$0] }
        return try request.page(of: roles) { shown.json($0) }
    }

    private static func addRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let ids = try TenantRoleRoutes.roleIDs(request)
        let row = try application(tenant, request)
        try TenantRoleRoutes.check(ids, for: .machine, tenant)
        let added = ids.filter { !tenant.applicationRoles.contains(row.id, $0) }
        for id in ids { tenant.applicationRoles.insert(row.id, id) }
        return .created(
            .members(("roleIds", .strings(ids)), ("addedRoleIds", .strings(added))))
    }

    private static func replaceRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let ids = try TenantRoleRoutes.roleIDs(request)
        let row = try application(tenant, request)
        try TenantRoleRoutes.check(ids, for: .machine, tenant)
        tenant.applicationRoles.replace(row.id, with: ids)
        return .ok(.members(("roleIds", .strings(ids))))
    }

    private static func removeRole(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let row = try application(tenant, request)
        guard tenant.applicationRoles.remove(row.id, try request.parameter("roleId")) else {
            throw .notFound
        }
        return .noContent
    }

    private static func organizations(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let row = try application(tenant, request)
        let shown = tenant
        let rows = tenant.machines.lefts(of: row.id).sorted()
            .compactMap { shown.organizations[$0.text] }
        return try request.list(of: rows) { (organization) throws(LogtoProblem) in
            let roles = shown.machineRoles.rights(of: Seat(organization.id, row.id))
            return try shown.json(
                organization,
                adding: [(name: "organizationRoles", value: shown.roleNames(roles))])
        }
    }

    /// The application of the path.
    static func application(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Application {
        let id = try request.parameter("id")
        guard let row = tenant.applications[id] else {
            throw .notExists("applications", id: id)
        }
        return row
    }

    private static func isAddress(_ text: String) -> Bool {
        text.contains(":") && !text.unicodeScalars.contains(where: \.properties.isWhitespace)
    }

    private static func apply(_ body: JSONObject, to row: inout Application) {
        if let value = body["description"] { row.description = value.storedText }
        if let value = body["oidcClientMetadata"]?.objectValue { row.oidcClientMetadata = value }
        if let value = body["customClientMetadata"]?.objectValue {
            row.customClientMetadata = value
        }
        if let value = body["customData"]?.objectValue { row.customData = value.asStored }
    }
}
