package import Values

extension Database {
    /// The most watermarks kept.
    package static var maxWatermarks: Int64 { 200_000 }

    /// How many watermarks that have ended are forgotten at a time.
    static var watermarksForgottenAtOnce: Int64 { 1_000 }

    /// Keeps watermarks. None is ever lowered, and one that another makes needless goes.
    ///
    /// - Parameter ended: those up to there concern no living token any more.
    /// - Throws: `tooManyRows` where there is no room for one more; then none of these was kept.
    package func raise(
        _ watermarks: [Watermark], forgettingUntil ended: UnixTime
    ) throws(StoreFailure) {
        try forgetWatermarks(until: ended)
        for watermark in watermarks { try raise(watermark) }
        let count = try first("SELECT count(*) FROM watermark") { row throws(StoreFailure) in
            try row.integer(0)
        }
        guard (count ?? 0) <= Self.maxWatermarks else { throw .tooManyRows(table: "watermark") }
    }

    /// Every watermark later than `ended`, the latest first.
    package func watermarks(after ended: UnixTime) throws(StoreFailure) -> [Watermark] {
        try all(
            """
            SELECT kind, organization, holder, not_before FROM watermark WHERE not_before > ?
            ORDER BY not_before DESC LIMIT ?
            """,
            .integer(ended.seconds), .integer(Self.maxWatermarks), read: Self.watermark(of:))
    }

    /// Forgets watermarks that concern no living token any more, a bounded number at a time.
    ///
    /// - Returns: how many are gone.
    @discardableResult
    package func forgetWatermarks(until ended: UnixTime) throws(StoreFailure) -> Int64 {
        try run(
            """
            DELETE FROM watermark WHERE (kind, organization, holder) IN (
                SELECT kind, organization, holder FROM watermark WHERE not_before <= ?
                ORDER BY not_before LIMIT ?)
            """,
            .integer(ended.seconds), .integer(Self.watermarksForgottenAtOnce))
    }

    private func raise(_ watermark: Watermark) throws(StoreFailure) {
        let row = WatermarkRow(watermark.subject)
        let seconds = SQLValue.integer(watermark.notBefore.seconds)
        try run(
            """
            INSERT INTO watermark (kind, organization, holder, not_before) VALUES (?, ?, ?, ?)
            ON CONFLICT (kind, organization, holder)
            DO UPDATE SET not_before = excluded.not_before
            WHERE excluded.not_before > watermark.not_before
            """,
            .text(row.kind), .text(row.organization), .text(row.holder), seconds)
        switch watermark.subject {
        case .everybody:
            try run(
                "DELETE FROM watermark WHERE kind <> 'everybody' AND not_before <= ?", seconds)
        case .organization(let organization):
            try run(
                """
                DELETE FROM watermark WHERE kind = 'member' AND organization = ? AND not_before <= ?
                """,
                .text(organization.text), seconds)
        case .user, .member, .client: break
        }
    }

    private static func watermark(
        of row: borrowing Statement
    ) throws(StoreFailure) -> Watermark {
        let stored = WatermarkRow(
            kind: try row.text(0), organization: try row.text(1), holder: try row.text(2))
        guard let subject = stored.subject else {
            throw row.damaged("a watermark is of an unknown kind")
        }
        return Watermark(subject, notBefore: UnixTime(seconds: try row.integer(3)))
    }
}

/// The subject of a watermark as the columns of its row.
private struct WatermarkRow {
    let kind: String
    let organization: String
    let holder: String

    init(kind: String, organization: String, holder: String) {
        self.kind = kind
        self.organization = organization
        self.holder = holder
    }

    init(_ subject: Watermark.Subject) {
        switch subject {
        case .everybody: self.init(kind: "everybody", organization: "", holder: "")
        case .user(let user): self.init(kind: "user", organization: "", holder: user.text)
        case .organization(let organization):
            self.init(kind: "organization", organization: organization.text, holder: "")
        case .member(let organization, let user):
            self.init(kind: "member", organization: organization.text, holder: user.text)
        case .client(let client): self.init(kind: "client", organization: "", holder: client.text)
        }
    }

    /// What the columns mean; nil for a kind that this version does not know.
    var subject: Watermark.Subject? {
        switch kind {
        case "everybody": .everybody
        case "user": .user(UserID(holder))
        case "organization": .organization(OrganizationID(organization))
        case "member": .member(OrganizationID(organization), UserID(holder))
        case "client": .client(ClientID(holder))
        default: nil
        }
    }
}
