import Documents
import Values

/// `/api/applications/{id}/secrets`.
enum SecretRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "applications/:id/secrets", list),
        ManagementRoute(.post, "applications/:id/secrets", create),
        ManagementRoute(.patch, "applications/:id/secrets/:name", rename),
        ManagementRoute(.delete, "applications/:id/secrets/:name", remove),
    ]

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let row = try ApplicationRoutes.application(tenant, request)
        let shown = tenant
        return .ok(
            .array(
                row.secrets.sorted { ExactText($0.name) < ExactText($1.name) }
                    .map { shown.json($0, of: row.id) }))
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .required("name", .name(256)), .optional("expiresAt", .nullable(.number)),
        ])
        var row = try ApplicationRoutes.application(tenant, request)
        let expiresAt = body["expiresAt"]?.whole
        if let expiresAt, expiresAt <= request.milliseconds {
            throw .refusal(
                400, "request.invalid_input",
                "Input is invalid. The value of `expiresAt` must be in the future.")
        }
        guard row.type.isConfidential else { throw .constraint }
        let name = body["name"]?.stringValue ?? ""
        try checkName(name, of: row)
        let secret = ApplicationSecret(
            name: name, value: request.ids.secret(), createdAt: request.milliseconds,
            expiresAt: expiresAt)
        row.secrets.append(secret)
        tenant.applications.put(row)
        return .created(tenant.json(secret, of: row.id))
    }

    private static func rename(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([.required("name", .name(256))])
        let old = try request.parameter("name")
        let id = try request.parameter("id")
        guard var row = tenant.applications[id],
            let place = row.secrets.firstIndex(where: { $0.name.isExactly(old) })
        else { throw .notExists("application_secret") }
        let name = body["name"]?.stringValue ?? ""
        if !name.isExactly(old) { try checkName(name, of: row) }
        row.secrets[place].name = name
        tenant.applications.put(row)
        return .ok(tenant.json(row.secrets[place], of: row.id))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let name = try request.parameter("name")
        var row = try ApplicationRoutes.application(tenant, request)
        guard let place = row.secrets.firstIndex(where: { $0.name.isExactly(name) }) else {
            throw .notFound
        }
        row.secrets.remove(at: place)
        tenant.applications.put(row)
        return .noContent
    }

    private static func checkName(
        _ name: String, of row: Application
    ) throws(LogtoProblem) {
        if row.secrets.contains(where: { $0.name.isExactly(name) }) {
            throw .refusal(
                422, "application.secret_name_exists", "Secret name already exists.")
        }
    }
}
