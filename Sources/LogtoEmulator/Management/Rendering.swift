import Documents
import Values

// The rows as the Management API shows them: every member, in the order of a real Logto.
extension Tenant {
    /// An organization; 500 where its `createdAt` is no number.
    func json(_ row: Organization) throws(LogtoProblem) -> JSONValue {
        .object(try members(of: row))
    }

    /// An organization with what the caller adds behind it.
    func json(
        _ row: Organization, adding extra: [(name: String, value: JSONValue)]
    ) throws(LogtoProblem) -> JSONValue {
        .object(JSONObject(try members(of: row).members + extra))
    }

    private func members(of row: Organization) throws(LogtoProblem) -> JSONObject {
        guard let createdAt = Int64(exactly: row.createdAt) else { throw .internalError }
        return JSONObject([
            (name: "tenantId", value: .string(id)), (name: "id", value: .string(row.id)),
            (name: "name", value: .string(row.name)),
            (name: "description", value: .optional(row.description)),
            (name: "customData", value: .object(row.customData)),
            (name: "isMfaRequired", value: .bool(row.isMfaRequired)),
            (name: "color", value: .object(row.color)),
            (name: "branding", value: .object(row.branding)),
            (name: "customCss", value: .optional(row.customCss)),
            (name: "createdAt", value: .integer(createdAt)),
        ])
    }

    /// A person with what the caller adds behind it.
    func json(_ row: User, adding extra: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(
            JSONObject(
                [
                    (name: "id", value: .string(row.id)),
                    (name: "username", value: .optional(row.username)),
                    (name: "primaryEmail", value: .optional(row.primaryEmail)),
                    (name: "primaryPhone", value: .optional(row.primaryPhone)),
                    (name: "name", value: .optional(row.name)),
                    (name: "avatar", value: .optional(row.avatar)),
                    (name: "customData", value: .object(row.customData)),
                    (name: "identities", value: .object(JSONObject([]))),
                    (name: "lastSignInAt", value: .optional(row.lastSignInAt)),
                    (name: "createdAt", value: .integer(row.createdAt)),
                    (name: "updatedAt", value: .integer(row.updatedAt)),
                    (name: "profile", value: .object(row.profile)),
                    (name: "applicationId", value: .optional(row.applicationID)),
                    (name: "cimdClientId", value: .null),
                    (name: "isSuspended", value: .bool(row.isSuspended)),
                ] + extra))
    }

    /// A person as the user routes show it.
    func json(_ row: User) -> JSONValue {
        json(row, adding: [(name: "hasPassword", value: .bool(row.hasPassword))])
    }

    /// A role of the template.
    func json(_ row: OrganizationRole) -> JSONValue { .object(JSONObject(members(of: row))) }

    private func members(of row: OrganizationRole) -> [(name: String, value: JSONValue)] {
        [
            (name: "tenantId", value: .string(id)), (name: "id", value: .string(row.id)),
            (name: "name", value: .string(row.name)),
            (name: "description", value: .optional(row.description)),
            (name: "type", value: .string(row.type.rawValue)),
        ]
    }

    /// A role of the template with its scopes, as lists show it.
    func listed(_ row: OrganizationRole) -> JSONValue {
        let scopes = roleOrganizationScopes.rights(of: row.id)
            .compactMap { organizationScopes[$0] }
            .map { JSONValue.members(("id", .string($0.id)), ("name", .string($0.name))) }
        let resourceScopes = roleResourceScopes.rights(of: row.id)
            .compactMap { self.resourceScopes[$0] }
            .map { scope in
                JSONValue.members(
                    ("id", .string(scope.id)), ("name", .string(scope.name)),
                    (
                        "resource",
                        .members(
                            ("id", .string(scope.resourceID)),
                            ("name", .string(resources[scope.resourceID]?.name ?? "")))
                    ))
            }
        return .object(
            JSONObject(
                members(of: row) + [
                    (name: "scopes", value: .array(scopes)),
                    (name: "resourceScopes", value: .array(resourceScopes)),
                ]))
    }

    /// The short form of a seat's roles, by name.
    func roleNames(_ ids: [String]) -> JSONValue {
        .array(
            organizationRoles(of: ids).sorted { ExactText($0.name) < ExactText($1.name) }
                .map { .members(("id", .string($0.id)), ("name", .string($0.name))) })
    }

    /// A permission of the template.
    func json(_ row: OrganizationScope) -> JSONValue {
        .members(
            ("tenantId", .string(id)), ("id", .string(row.id)), ("name", .string(row.name)),
            ("description", .optional(row.description)))
    }

    /// An API.
    func json(_ row: Resource, scopes: [ResourceScope]? = nil) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = [
            (name: "tenantId", value: .string(id)), (name: "id", value: .string(row.id)),
            (name: "name", value: .string(row.name)),
            (name: "indicator", value: .string(row.indicator)),
            (name: "isDefault", value: .bool(row.isDefault)),
            (name: "accessTokenTtl", value: .integer(row.accessTokenTtl)),
        ]
        if let scopes { members.append((name: "scopes", value: .array(scopes.map(json)))) }
        return .object(JSONObject(members))
    }

    /// A permission of an API.
    func json(_ row: ResourceScope) -> JSONValue {
        .members(
            ("tenantId", .string(id)), ("id", .string(row.id)),
            ("resourceId", .string(row.resourceID)), ("name", .string(row.name)),
            ("description", .optional(row.description)), ("createdAt", .integer(row.createdAt)))
    }

    /// A role of the tenant.
    func json(_ row: TenantRole) -> JSONValue {
        .members(
            ("tenantId", .string(id)), ("id", .string(row.id)), ("name", .string(row.name)),
            ("description", .string(row.description)), ("type", .string(row.type.rawValue)),
            ("isDefault", .bool(row.isDefault)))
    }

    /// An application with what the caller adds behind it.
    func json(
        _ row: Application, adding extra: [(name: String, value: JSONValue)] = []
    ) -> JSONValue {
        .object(
            JSONObject(
                [
                    (name: "tenantId", value: .string(id)), (name: "id", value: .string(row.id)),
                    (name: "name", value: .string(row.name)),
                    (name: "description", value: .optional(row.description)),
                    (name: "type", value: .string(row.type.rawValue)),
                    (name: "oidcClientMetadata", value: .object(row.oidcClientMetadata)),
                    (name: "customClientMetadata", value: .object(row.customClientMetadata)),
                    (name: "protectedAppMetadata", value: .null),
                    (name: "customData", value: .object(row.customData)),
                    (name: "isThirdParty", value: .bool(row.isThirdParty)),
                    (name: "appLevelAccessControlEnabled", value: .bool(false)),
                    (name: "createdAt", value: .integer(row.createdAt)),
                ] + extra))
    }

    /// A secret of an application.
    func json(_ row: ApplicationSecret, of application: String) -> JSONValue {
        .members(
            ("tenantId", .string(id)), ("applicationId", .string(application)),
            ("name", .string(row.name)), ("value", .string(row.value)),
            ("createdAt", .integer(row.createdAt)), ("expiresAt", .optional(row.expiresAt)))
    }
}
