/// The tables, as the steps that made them: a released step is never edited, only followed.
enum Schema {
    /// Marks the file as ours: "Gate" in ASCII.
    static let applicationID: Int64 = 0x4761_7465

    /// The version that the steps lead to.
    static var version: Int64 { Int64(steps.count) }

    /// Step `n` leads from version `n` to version `n + 1`.
    static let steps: [[StaticString]] = [
        [
            """
            CREATE TABLE idempotency (
                scope TEXT NOT NULL,
                key BLOB NOT NULL,
                fingerprint BLOB NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('started', 'finished')),
                creation TEXT,
                status INTEGER NOT NULL DEFAULT 0,
                headers TEXT NOT NULL DEFAULT '',
                body BLOB NOT NULL DEFAULT x'',
                created INTEGER NOT NULL,
                expires INTEGER NOT NULL,
                PRIMARY KEY (scope, key)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX idempotency_by_expiry ON idempotency (expires)",
            """
            CREATE TABLE creation (
                id TEXT NOT NULL PRIMARY KEY,
                user TEXT NOT NULL,
                name TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('started', 'organization_created',
                    'member_added', 'finished', 'compensated', 'needs_repair')),
                organization TEXT,
                key_scope TEXT NOT NULL,
                key BLOB NOT NULL,
                wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
                last_error TEXT,
                created INTEGER NOT NULL,
                updated INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX creation_by_state ON creation (state, updated)",
        ],
        [
            // `organization` and `holder` are empty where the kind has none.
            """
            CREATE TABLE watermark (
                kind TEXT NOT NULL CHECK (kind IN ('everybody', 'user', 'organization', 'member',
                    'client')),
                organization TEXT NOT NULL,
                holder TEXT NOT NULL,
                not_before INTEGER NOT NULL,
                PRIMARY KEY (kind, organization, holder)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX watermark_by_time ON watermark (not_before)",
        ],
    ]
}

extension Database {
    /// Makes the connection the only owner of a sound file of ours, in our settings and version.
    ///
    /// Nothing is written before the file is known to be ours and not newer than this version.
    func prepareForUse(maxPages: Int64) throws(StoreFailure) {
        // One process owns the file: with a lock for good there is no shared memory beside the
        // write-ahead log, and a second process is told at once.
        _ = try first("PRAGMA locking_mode = EXCLUSIVE") { _ in }
        let version = try number("PRAGMA user_version")
        try checkOwner(version: version)
        guard version <= Schema.version else {
            throw .newerSchema(path: path, found: version, known: Schema.version)
        }
        try checkPages()
        _ = try first("PRAGMA journal_mode = WAL") { _ in }
        // An answer is given after the disk has the record of it.
        try set(pragma: "synchronous", to: 2)
        try set(pragma: "journal_size_limit", to: 16 << 20)
        try set(pragma: "max_page_count", to: maxPages)
        try migrate(from: version)
    }

    private func checkOwner(version: Int64) throws(StoreFailure) {
        let owner = try number("PRAGMA application_id")
        if owner == Schema.applicationID { return }
        let tables = try number("SELECT count(*) FROM sqlite_schema")
        guard owner == 0, version == 0, tables == 0 else { throw .foreignFile(path: path) }
    }

    private func checkPages() throws(StoreFailure) {
        let verdict = try first("PRAGMA quick_check(1)") { row throws(StoreFailure) in
            try row.text(0)
        }
        guard verdict == "ok" else {
            throw .damaged(path: path, detail: verdict ?? "the check gave no answer")
        }
    }

    private func migrate(from version: Int64) throws(StoreFailure) {
        for (offset, step) in Schema.steps.enumerated() where Int64(offset) >= version {
            try transaction { database throws(StoreFailure) in
                for statement in step { try database.run(statement) }
                try database.set(pragma: "application_id", to: Schema.applicationID)
                try database.set(pragma: "user_version", to: Int64(offset) + 1)
            }
        }
    }

    private func number(_ sql: StaticString) throws(StoreFailure) -> Int64 {
        try first(sql) { row throws(StoreFailure) in try row.integer(0) } ?? 0
    }
}
