package import Values

/// The name of one creation of an organization; it also stands in the organization's own data.
package struct CreationID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// How far the creation of an organization has come.
package enum CreationState: String, Sendable {
    /// Begun; whether the organization exists is not known.
    case started
    /// The organization exists.
    case organizationCreated = "organization_created"
    /// Its creator is a member.
    case memberAdded = "member_added"
    /// The creator is a member with the creator role, and was told so.
    case finished
    /// Nothing is left of it.
    case compensated
    /// Something may be left of it, and what is not known or could not be removed.
    case needsRepair = "needs_repair"

    /// Whether nothing remains to be done.
    package var isSettled: Bool { self == .finished || self == .compensated }
}

/// One creation of an organization, from the first call to Logto to its settled end.
package struct CreationRecord: Equatable, Sendable {
    /// Its name.
    package let id: CreationID
    /// Whose it is.
    package let user: UserID
    /// The organization's name, as sent to Logto.
    package let name: String
    /// The request that it carries out.
    package let key: IdempotencyKey
    /// Whether the client named a key of its own, and so may come back for the result.
    package let isWanted: Bool
    /// How far it has come.
    package var state: CreationState
    /// The organization, once it is known.
    package var organization: OrganizationID?
    /// The code of the failure that stopped it.
    package var lastError: String?
    /// When it began.
    package let created: UnixTime
    /// When its state changed.
    package var updated: UnixTime

    /// A creation that begins.
    package init(
        id: CreationID, user: UserID, name: String, key: IdempotencyKey, isWanted: Bool,
        now: UnixTime
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.key = key
        self.isWanted = isWanted
        state = .started
        created = now
        updated = now
    }
}

extension Database {
    /// How long a settled creation is kept.
    static var settledCreationSeconds: Int64 { 30 * 86_400 }

    /// Writes a creation that begins.
    package func insert(_ creation: CreationRecord) throws(StoreFailure) {
        try run(
            "DELETE FROM creation WHERE state IN ('finished', 'compensated') AND updated < ?",
            .integer(
                creation.created.advanced(bySeconds: -Self.settledCreationSeconds).milliseconds
            )
        )
        try run(
            """
            INSERT INTO creation (id, user, name, state, organization, key_scope, key, wanted,
                last_error, created, updated)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(creation.id.text), .text(creation.user.text), .text(creation.name),
            .text(creation.state.rawValue), .optional(creation.organization?.text),
            .text(creation.key.scope), .blob(creation.key.digest),
            .integer(creation.isWanted ? 1 : 0), .optional(creation.lastError),
            .integer(creation.created.milliseconds), .integer(creation.updated.milliseconds)
        )
    }

    /// Writes how far a creation has come. A settled one stays as it is.
    package func update(_ creation: CreationRecord) throws(StoreFailure) {
        try run(
            """
            UPDATE creation SET state = ?, organization = ?, last_error = ?, updated = ?
            WHERE id = ? AND state NOT IN ('finished', 'compensated')
            """,
            .text(creation.state.rawValue), .optional(creation.organization?.text),
            .optional(creation.lastError), .integer(creation.updated.milliseconds),
            .text(creation.id.text)
        )
    }

    /// A creation by its name.
    package func creation(_ id: CreationID) throws(StoreFailure) -> CreationRecord? {
        try first(
            """
            SELECT id, user, name, state, organization, key_scope, key, wanted, last_error, created,
                updated
            FROM creation WHERE id = ?
            """,
            .text(id.text), read: Self.creation(of:)
        )
    }

    /// The creations that are not settled, the longest untouched first.
    package func openCreations(limit: Int) throws(StoreFailure) -> [CreationRecord] {
        try all(
            """
            SELECT id, user, name, state, organization, key_scope, key, wanted, last_error, created,
                updated
            FROM creation WHERE state NOT IN ('finished', 'compensated') ORDER BY updated LIMIT ?
            """,
            .integer(Int64(limit)), read: Self.creation(of:)
        )
    }

    private static func creation(
        of row: borrowing Statement
    ) throws(StoreFailure) -> CreationRecord {
        guard let state = CreationState(rawValue: try row.text(3)) else {
            throw row.damaged("a creation has an unknown state")
        }
        var creation = CreationRecord(
            id: CreationID(try row.text(0)), user: UserID(try row.text(1)), name: try row.text(2),
            key: IdempotencyKey(scope: try row.text(5), digest: try row.blob(6)),
            isWanted: try row.integer(7) == 1,
            now: UnixTime(milliseconds: try row.integer(9))
        )
        creation.state = state
        creation.organization = try row.optionalText(4).map { OrganizationID($0) }
        creation.lastError = try row.optionalText(8)
        creation.updated = UnixTime(milliseconds: try row.integer(10))
        return creation
    }
}
