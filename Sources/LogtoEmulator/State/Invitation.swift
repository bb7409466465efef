import Documents
import Values

/// An invitation into an organization.
struct Invitation: Row {
    /// What became of it. `expired` is never stored: it is what a pending one reads as after its
    /// end.
    enum Status: String {
        case pending = "Pending"
        case accepted = "Accepted"
        case expired = "Expired"
        case revoked = "Revoked"
    }

    let id: String
    /// Grows with each invitation: lists show the newest first.
    let order: Int
    let inviterID: String?
    /// The address as it was given.
    let invitee: String
    let organizationID: String
    let createdAt: Int64
    var updatedAt: Int64
    let expiresAt: Int64
    var acceptedUserID: String?
    var stored = Status.pending

    /// The status at a time.
    func status(at now: Int64) -> Status {
        stored == .pending && expiresAt < now ? .expired : stored
    }
}

extension Tenant {
    /// Adds an invitation behind the others.
    mutating func putNewInvitation(_ row: Invitation) {
        invitations.put(row)
        countOne()
    }

    /// Removes an invitation with its roles.
    mutating func removeInvitation(_ id: String) -> Bool {
        guard invitations.remove(id) else { return false }
        invitationRoles.removeAll(of: id)
        return true
    }

    /// Removes every invitation that answers to a condition.
    mutating func removeInvitations(where condition: (Invitation) -> Bool) {
        for id in invitations.removeAll(where: condition) { invitationRoles.removeAll(of: id) }
    }

    /// An invitation as the Management API shows it; 500 where its end is no date of JavaScript,
    /// although it was written.
    func json(_ row: Invitation, now: Int64) throws(LogtoProblem) -> JSONValue {
        guard row.expiresAt <= 8_640_000_000_000_000 else { throw .internalError }
        return [
            "tenantId": .string(id), "id": .string(row.id),
            "inviterId": .optional(row.inviterID), "invitee": .string(row.invitee),
            "acceptedUserId": .optional(row.acceptedUserID),
            "organizationId": .string(row.organizationID),
            "status": .string(row.status(at: now).rawValue),
            "createdAt": .integer(row.createdAt), "updatedAt": .integer(row.updatedAt),
            "expiresAt": .integer(row.expiresAt),
            "organizationRoles": roleNames(invitationRoles.rights(of: row.id)),
        ]
    }
}
