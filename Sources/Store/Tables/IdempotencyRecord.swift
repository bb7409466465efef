package import Values

/// The name of a request that may come twice: whose it is and for what, and a digest of the key.
package struct IdempotencyKey: Hashable, Sendable {
    /// Actor and action.
    package let scope: String
    /// A digest of the key that the client chose, or of what stands in for it.
    package let digest: [UInt8]

    /// A key within its scope.
    package init(scope: String, digest: [UInt8]) {
        self.scope = scope
        self.digest = digest
    }
}

/// A request that wants to be carried out once.
package struct IdempotencyClaim: Sendable {
    /// Its name.
    package let key: IdempotencyKey
    /// A digest of what it asks for: the same key with another one is refused.
    package let fingerprint: [UInt8]
    /// The creation that carries it out, if it is fresh.
    package let creation: CreationID
    /// When an unfinished record is forgotten.
    package let expires: UnixTime

    /// A claim; `expires` is for a record that is never finished.
    package init(
        key: IdempotencyKey, fingerprint: [UInt8], creation: CreationID, expires: UnixTime
    ) {
        self.key = key
        self.fingerprint = fingerprint
        self.creation = creation
        self.expires = expires
    }
}

/// What the store knows about a claim.
package enum IdempotencyOutcome: Equatable, Sendable {
    /// Nobody has asked before.
    case fresh
    /// It was carried out, with this answer.
    case replay(StoredAnswer)
    /// The key was used for something else.
    case differentPayload
    /// It was begun and has no answer yet: by a process that is gone, by one whose outcome is not
    /// settled, or by the caller itself.
    case resume(CreationID)
}

extension Database {
    /// The most records kept; the oldest go after their time only, so a full table refuses.
    static var maxIdempotencyRecords: Int64 { 200_000 }

    /// Claims a request. Of several claims with one key exactly one is `fresh`.
    ///
    /// The process that owns the file knows which of its own claims are under way; the file does not.
    package func begin(
        _ claim: IdempotencyClaim, now: UnixTime
    ) throws(StoreFailure) -> IdempotencyOutcome {
        try forgetExpired(now: now)
        guard let known = try record(of: claim.key) else {
            try insert(claim, now: now)
            return .fresh
        }
        guard known.fingerprint == claim.fingerprint else { return .differentPayload }
        return known.answer.map { .replay($0) } ?? .resume(known.creation)
    }

    /// Keeps the answer of a claim until `expires`.
    package func finish(
        _ key: IdempotencyKey, with answer: StoredAnswer, expires: UnixTime
    ) throws(StoreFailure) {
        try run(
            """
            UPDATE idempotency SET state = 'finished', status = ?, headers = ?, body = ?, expires = ?
            WHERE scope = ? AND key = ?
            """,
            .integer(Int64(answer.status)), .text(answer.headerLines), .blob(answer.body),
            .integer(expires.milliseconds), .text(key.scope), .blob(key.digest)
        )
    }

    /// Forgets a claim that had no effect: the same key may try again.
    package func abandon(_ key: IdempotencyKey) throws(StoreFailure) {
        try run(
            "DELETE FROM idempotency WHERE scope = ? AND key = ? AND state <> 'finished'",
            .text(key.scope), .blob(key.digest)
        )
    }

    private typealias Record = (
        fingerprint: [UInt8], creation: CreationID, answer: StoredAnswer?
    )

    private func record(of key: IdempotencyKey) throws(StoreFailure) -> Record? {
        try first(
            """
            SELECT fingerprint, state, creation, status, headers, body FROM idempotency
            WHERE scope = ? AND key = ?
            """,
            .text(key.scope), .blob(key.digest)
        ) { row throws(StoreFailure) in
            let isFinished = try row.text(1) == "finished"
            let answer = StoredAnswer(
                status: Int(try row.integer(3)),
                headers: StoredAnswer.headers(ofLines: try row.text(4)), body: try row.blob(5)
            )
            return (
                try row.blob(0), CreationID(try row.text(2)), isFinished ? answer : nil
            )
        }
    }

    private func insert(_ claim: IdempotencyClaim, now: UnixTime) throws(StoreFailure) {
        let count = try first("SELECT count(*) FROM idempotency") { row throws(StoreFailure) in
            try row.integer(0)
        }
        guard (count ?? 0) < Self.maxIdempotencyRecords else {
            throw .tooManyRows(table: "idempotency")
        }
        try run(
            """
            INSERT INTO idempotency (scope, key, fingerprint, state, creation, created, expires)
            VALUES (?, ?, ?, 'started', ?, ?, ?)
            """,
            .text(claim.key.scope), .blob(claim.key.digest), .blob(claim.fingerprint),
            .text(claim.creation.text), .integer(now.milliseconds),
            .integer(claim.expires.milliseconds)
        )
    }

    private func forgetExpired(now: UnixTime) throws(StoreFailure) {
        try run("DELETE FROM idempotency WHERE expires <= ?", .integer(now.milliseconds))
    }
}
