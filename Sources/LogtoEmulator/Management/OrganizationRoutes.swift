import Documents
import Values

/// `/api/organizations`.
enum OrganizationRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.post, "organizations", create),
        ManagementRoute(.get, "organizations", list),
        ManagementRoute(.get, "organizations/:id", read),
        ManagementRoute(.patch, "organizations/:id", change),
        ManagementRoute(.delete, "organizations/:id", remove),
    ]

    /// The members of a body, in the order in which a real Logto complains about them.
    private static func schema(isNameRequired: Bool) -> [Schema.Member] {
        let color: Schema = .text([.pattern(isColor)])
        return [
            .optional("tenantId", .text([.atMost(21)])),
            isNameRequired ? .required("name", .name(128)) : .optional("name", .name(128)),
            .optional("description", .nullable(.text([.atMost(256)]))),
            .optional("customData", .anyObject),
            .optional("isMfaRequired", .flag),
            .optional(
                "color",
                .object([
                    .optional("primaryColor", color),
                    .optional("isDarkModeEnabled", .flag),
                    .optional("darkPrimaryColor", color),
                ])),
            .optional(
                "branding",
                .object(
                    ["logoUrl", "darkLogoUrl", "favicon", "darkFavicon"].map {
                        .optional($0, .text([.url]))
                    })),
            .optional("customCss", .nullable(.text([]))),
            .optional("createdAt", .number),
        ]
    }

    private static let createSchema = schema(isNameRequired: true)
    private static let changeSchema = schema(isNameRequired: false)

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body(createSchema)
        try checkCustomData(body, request)
        var row = Organization(
            id: request.ids.short(), name: body["name"]?.stringValue ?? "",
            createdAt: Double(request.milliseconds))
        apply(body, to: &row)
        tenant.organizations.put(row)
        return .created(try tenant.json(row))
    }

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        try request.checkPagination()
        let isFeatured = try request.querySwitch("showFeatured")
        var rows = tenant.organizations.sorted
        if let q = try request.queryValue("q"), !q.isEmpty {
            let pattern = LikePattern(containing: q)
            rows = rows.filter { pattern.matches($0.id) || pattern.matches($0.name) }
        }
        let shown = tenant
        return try request.page(of: rows) { (row) throws(LogtoProblem) in
            guard isFeatured else { return try shown.json(row) }
            let users = shown.members.rights(of: row.id)
            let featured = users.prefix(3).compactMap { shown.users[$0] }.map { user in
                JSONValue.members(
                    ("id", .string(user.id)), ("avatar", .optional(user.avatar)),
                    ("name", .optional(user.name)))
            }
            return try shown.json(
                row,
                adding: [
                    (name: "usersCount", value: .integer(Int64(users.count))),
                    (name: "featuredUsers", value: .array(featured)),
                ])
        }
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        guard let row = tenant.organizations[id] else {
            throw .notExists("organizations", id: id)
        }
        return .ok(try tenant.json(row))
    }

    private static func change(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let id = try request.parameter("id")
        let body = try request.body(changeSchema)
        if body.members.isEmpty { throw .nothingToSet }
        try checkCustomData(body, request)
        guard var row = tenant.organizations[id] else { throw .notExists("organization") }
        if let other = body["tenantId"]?.stringValue, !other.isExactly(tenant.id) {
            throw .internalError
        }
        if let name = body["name"]?.stringValue { row.name = name }
        if let createdAt = body["createdAt"]?.doubleValue {
            // The column takes infinity, but no number of milliseconds beyond its range.
            if createdAt.isFinite, createdAt.magnitude > 9.2e15 { throw .internalError }
            row.createdAt = createdAt.rounded(.towardZero)
        }
        apply(body, to: &row)
        // A real Logto checks its answer after the commit: what it cannot show is written all the
        // same.
        tenant.organizations.put(row)
        return .ok(try tenant.json(row))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard tenant.removeOrganization(try request.parameter("id")) else { throw .notFound }
        return .noContent
    }

    private static func apply(_ body: JSONObject, to row: inout Organization) {
        if let value = body["description"] { row.description = value.storedText }
        if let value = body["customData"]?.objectValue { row.customData = value.asStored }
        if let value = body["isMfaRequired"]?.boolValue { row.isMfaRequired = value }
        if let value = body["color"]?.objectValue { row.color = value }
        if let value = body["branding"]?.objectValue { row.branding = value }
        if let value = body["customCss"] { row.customCss = value.storedText }
    }

    private static func checkCustomData(
        _ body: JSONObject, _ request: ManagementRequest
    ) throws(LogtoProblem) {
        if request.hasLoneSurrogate, body["customData"]?.containsReplacement == true {
            throw .invalidValue
        }
    }

    /// `#rgb` or `#rrggbb`.
    private static func isColor(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (bytes.count == 4 || bytes.count == 7) && bytes[0] == UInt8(ascii: "#")
            && bytes.dropFirst().allSatisfy { Hexadecimal.value(of: $0) != nil }
    }
}

extension JSONValue {
    /// A text as its column keeps it: an empty one is null.
    var storedText: String? {
        guard let text = stringValue, !text.isEmpty else { return nil }
        return text
    }
}
