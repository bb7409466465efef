import Documents
import Values

/// `/api/organization-invitations`. No mail is sent: a call that wants one is 501, as without a
/// connector.
enum InvitationRoutes {
    static let routes: [ManagementRoute] = [
        ManagementRoute(.get, "organization-invitations", list),
        ManagementRoute(.post, "organization-invitations", create),
        ManagementRoute(.get, "organization-invitations/:id", read),
        ManagementRoute(.delete, "organization-invitations/:id", remove),
        ManagementRoute(.post, "organization-invitations/:id/message", send),
        ManagementRoute(.put, "organization-invitations/:id/status", changeStatus),
    ]

    private static let payload: Schema = .object(
        ["link", "code", "locale", "uiLocales"].map { .optional($0, .text([])) })

    private static func list(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        // An empty filter is none: a real Logto then lists the whole tenant.
        let organization = try request.queryValue("organizationId") ?? ""
        let inviter = try request.queryValue("inviterId") ?? ""
        let invitee = (try request.queryValue("invitee") ?? "").lowercased()
        let shown = tenant
        let rows = tenant.invitations.sorted
            .filter { row in
                (organization.isEmpty || row.organizationID.isExactly(organization))
                    && (inviter.isEmpty || row.inviterID?.isExactly(inviter) == true)
                    && (invitee.isEmpty || row.invitee.lowercased().isExactly(invitee))
            }
            .sorted { $0.order > $1.order }
        return .ok(
            .array(
                try rows.rendered { (row) throws(LogtoProblem) in
                    try shown.json(row, now: request.milliseconds)
                }))
    }

    private static func create(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .optional("inviterId", .nullable(.text([.atMost(21)]))),
            .required("invitee", .text([.email])),
            .required("organizationId", .name(21)),
            .required("expiresAt", .number),
            .optional("organizationRoleIds", .list(.text([]), atLeast: 0)),
            .optional("messagePayload", .either([payload, .literal(false)])),
        ])
        let invitee = body["invitee"]?.stringValue ?? ""
        let organization = body["organizationId"]?.stringValue ?? ""
        let inviter = body["inviterId"]?.storedText
        let roles = (body["organizationRoleIds"] ?? .null).texts
        let end = body["expiresAt"]?.whole ?? .max
        if end <= request.milliseconds {
            throw invalid("The value of `expiresAt` must be in the future.")
        }
        guard end <= 9_220_000_000_000_000 else { throw .internalError }
        let isMember = tenant.members.rights(of: organization).contains {
            tenant.users[$0]?.primaryEmail?.isExactly(invitee) == true
        }
        if isMember {
            throw LogtoProblem(
                status: 422, code: "request.invalid_input",
                message: "Input is invalid. The invitee is already a member of the organization.")
        }
        try ColumnLimit.check(invitee, limit: 256)
        try ColumnLimit.checkIDs(roles)
        let isPending = tenant.invitations.all.contains { row in
            row.status(at: request.milliseconds) == .pending && row.invitee.isExactly(invitee)
                && row.organizationID.isExactly(organization)
        }
        if isPending { throw .duplicate }
        guard tenant.organizations.contains(organization),
            inviter.map({ tenant.users.contains($0) }) ?? true,
            roles.allSatisfy({ tenant.organizationRoles.contains($0) })
        else { throw .foreignKey }
        if body["messagePayload"]?.objectValue != nil { throw noConnector }
        let row = Invitation(
            id: request.ids.long(), order: tenant.nextOrder, inviterID: inviter,
            invitee: invitee, organizationID: organization, createdAt: request.milliseconds,
            updatedAt: request.milliseconds, expiresAt: end)
        tenant.putNewInvitation(row)
        tenant.invitationRoles.replace(row.id, with: roles)
        return .created(try tenant.json(row, now: request.milliseconds))
    }

    private static func read(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        .ok(try tenant.json(invitation(tenant, request), now: request.milliseconds))
    }

    private static func remove(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        guard tenant.removeInvitation(try request.parameter("id")) else { throw .notFound }
        return .noContent
    }

    private static func send(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        _ = try invitation(tenant, request)
        throw noConnector
    }

    private static func changeStatus(
        _ tenant: inout Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Answer {
        let body = try request.body([
            .optional("acceptedUserId", .nullable(.text([]))),
            .required("status", .choice(["Accepted", "Revoked"])),
        ])
        let status = body["status"]?.stringValue.flatMap(Invitation.Status.init) ?? .revoked
        let user = body["acceptedUserId"]?.stringValue
        if status == .accepted, user == nil {
            throw refused("The `acceptedUserId` is required when accepting an invitation.")
        }
        var row = try invitation(tenant, request)
        guard row.status(at: request.milliseconds) == .pending else {
            throw refused("The status of the invitation cannot be changed anymore.")
        }
        if status == .accepted, let user {
            guard let person = tenant.users[user] else { throw .notFound }
            let isSame =
                person.primaryEmail?.lowercased().isExactly(row.invitee.lowercased()) == true
            guard isSame else {
                throw refused("The accepted user must have the same email as the invitee.")
            }
            let roles = tenant.invitationRoles.rights(of: row.id)
            try MemberRoleRoutes.check(roles, for: .user, tenant)
            tenant.members.insert(row.organizationID, user)
            for role in roles {
                tenant.memberRoles.insert(Seat(row.organizationID, user), role)
            }
            row.acceptedUserID = user
        }
        row.stored = status
        row.updatedAt = request.milliseconds
        tenant.invitations.put(row)
        return .ok(try tenant.json(row, now: request.milliseconds))
    }

    private static func invitation(
        _ tenant: Tenant, _ request: ManagementRequest
    ) throws(LogtoProblem) -> Invitation {
        guard let row = tenant.invitations[try request.parameter("id")] else {
            throw .notFound
        }
        return row
    }

    private static let noConnector = LogtoProblem.refusal(
        501, "connector.not_found", "Cannot find any available connector for type: Email.")

    private static func invalid(_ reason: String) -> LogtoProblem {
        .refusal(400, "request.invalid_input", "Input is invalid. \(reason)")
    }

    private static func refused(_ reason: String) -> LogtoProblem {
        .refusal(422, "request.invalid_input", "Input is invalid. \(reason)")
    }
}
