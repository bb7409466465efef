import Documents
import Values

/// `/api/organizations/{id}/jit`: who joins an organization by signing up, and with which roles.
///
/// The settings are kept; nobody signs up at the emulator, so nothing follows from them.
enum JitRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organizations/:id/jit/email-domains", listDomains),
        ManagementRoute(.post, "organizations/:id/jit/email-domains", addDomain),
        ManagementRoute(.put, "organizations/:id/jit/email-domains", replaceDomains),
        ManagementRoute(.delete, "organizations/:id/jit/email-domains/:domain", removeDomain),
        ManagementRoute(.get, "organizations/:id/jit/roles", listRoles),
        ManagementRoute(.post, "organizations/:id/jit/roles", addRoles),
        ManagementRoute(.put, "organizations/:id/jit/roles", replaceRoles),
        ManagementRoute(.delete, "organizations/:id/jit/roles/:roleId", removeRole),
        ManagementRoute(.get, "organizations/:id/jit/sso-connectors", listConnectors),
        ManagementRoute(.post, "organizations/:id/jit/sso-connectors", addConnectors),
        ManagementRoute(.put, "organizations/:id/jit/sso-connectors", replaceConnectors),
        ManagementRoute(
            .delete, "organizations/:id/jit/sso-connectors/:connectorId", removeConnector),
    ]

    private static func listDomains(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        try request.checkPagination()
        let domains = tenant.jitDomains.rights(of: id)
        // A real Logto stores an empty domain, and then cannot show the list.
        if domains.contains(where: \.isEmpty) { throw .internalError }
        let tenantID = tenant.id
        return try request.list(of: domains) { json($0, of: id, tenantID) }
    }

    private static func addDomain(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("emailDomain", .text([.atLeast(1)]))])
        let domain = body["emailDomain"]?.stringValue ?? ""
        try check([domain], of: id, tenant)
        if tenant.jitDomains.contains(id, domain) { throw .duplicate }
        tenant.jitDomains.insert(id, domain)
        return .created(json(domain, of: id, tenant.id))
    }

    private static func replaceDomains(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body([.required("emailDomains", .list(.text([]), atLeast: 0))])
        let domains = (body["emailDomains"] ?? .null).texts
        if !domains.isEmpty { try check(domains, of: id, tenant) }
        guard domains.areDistinct else { throw .duplicate }
        tenant.jitDomains.replace(id, with: domains)
        return .noContent
    }

    private static func removeDomain(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard tenant.jitDomains.remove(id, try request.parameter("domain")) else {
            throw .notFound
        }
        return .noContent
    }

    private static func check(
        _ domains: [String], of organization: String, _ tenant: Tenant
    ) throws(LogtoProblem) {
        try ColumnLimit.checkIDs(domains, limit: 128)
        guard tenant.organizations.contains(organization) else { throw .foreignKey }
    }

    private static func json(
        _ domain: String, of organization: String, _ tenant: String
    ) -> JSONValue {
        [
            "tenantId": .string(tenant), "organizationId": .string(organization),
            "emailDomain": .string(domain),
        ]
    }
}

extension JitRoutes {
    private static func listRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard tenant.organizations.contains(id) else {
            throw .notExists("organizations", id: id)
        }
        let shown = tenant
        let roles = tenant.organizationRoles(of: tenant.jitRoles.rights(of: id))
        return try request.list(of: roles) { shown.json($0) }
    }

    private static func addRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let roles = try roles(of: id, tenant, request, atLeast: 1)
        for role in roles { tenant.jitRoles.insert(id, role) }
        return .createdText
    }

    private static func replaceRoles(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let roles = try roles(of: id, tenant, request, atLeast: 0)
        guard roles.areDistinct else { throw .duplicate }
        tenant.jitRoles.replace(id, with: roles)
        return .noContent
    }

    private static func removeRole(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard tenant.jitRoles.remove(id, try request.parameter("roleId")) else {
            throw .notFound
        }
        return .noContent
    }

    /// The roles of a body; their type is not looked at here.
    private static func roles(
        of organization: String, _ tenant: Tenant, _ request: ManagementRequest,
        atLeast count: Int
    ) throws(LogtoProblem) -> [String] {
        let body = try request.body([.required("organizationRoleIds", .ids(atLeast: count))])
        let roles = (body["organizationRoleIds"] ?? .null).texts
        try ColumnLimit.checkIDs(roles)
        if roles.isEmpty { return [] }
        guard tenant.organizations.contains(organization),
            roles.allSatisfy({ tenant.organizationRoles.contains($0) })
        else { throw .foreignKey }
        return roles
    }

    // There are no single sign-on connectors, so none can be named.

    private static func listConnectors(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.list(of: [String]()) { .string($0) }
    }

    private static func addConnectors(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        _ = try request.body([.required("ssoConnectorIds", .ids(atLeast: 1))])
        throw .foreignKey
    }

    private static func replaceConnectors(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("ssoConnectorIds", .ids())])
        guard (body["ssoConnectorIds"] ?? .null).texts.isEmpty else { throw .foreignKey }
        return .noContent
    }

    private static func removeConnector(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        throw .notFound
    }
}

extension [String] {
    /// Whether no text occurs twice.
    var areDistinct: Bool { Set(map(ExactText.init)).count == count }
}
