import CSQLite

/// One connection to SQLite; closed exactly once, on every path.
///
/// It is used on the store's own thread only. SQL is always a literal of this module: values reach
/// it through binding and nothing else.
@safe package struct Database: ~Copyable {
    /// The file, as shown to people; `:memory:` without one.
    package let path: String

    private let raw: OpaquePointer

    /// Opens or makes a database.
    ///
    /// - Parameters:
    ///   - path: a file, or `:memory:`.
    init(path: String) throws(StoreFailure) {
        // A name that begins with `file:` would be read as a URI: the directory keeps it a path.
        let name = path.hasPrefix("/") || path == ":memory:" ? path : "./" + path
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
        guard let database = unsafe opened else { throw .outOfMemory }
        guard code == SQLITE_OK else {
            let detail = unsafe Self.message(of: database)
            unsafe sqlite3_close_v2(database)
            throw ResultCode.failure(code, detail: detail, path: path)
        }
        unsafe raw = database
        self.path = path
        unsafe sqlite3_extended_result_codes(database, 1)
        // SECURITY: a database file is input. Its schema may call no function that has effects, and
        // no statement may write into SQLite's own tables.
        unsafe gatehouse_sqlite_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1)
        unsafe gatehouse_sqlite_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    }

    deinit { unsafe sqlite3_close_v2(raw) }

    /// Compiles one statement.
    func prepare(_ sql: StaticString) throws(StoreFailure) -> Statement {
        try prepare(text: "\(sql)")
    }

    /// Runs one statement to its end.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ sql: StaticString, _ values: SQLValue...) throws(StoreFailure) -> Int64 {
        let statement = try prepare(sql)
        try statement.bind(values)
        while try statement.step() {}
        return unsafe sqlite3_changes64(raw)
    }

    /// Runs one statement and reads its first row, or nil where it has none.
    func first<Value>(
        _ sql: StaticString, _ values: SQLValue...,
        read: (borrowing Statement) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value? {
        let statement = try prepare(sql)
        try statement.bind(values)
        return try statement.step() ? try read(statement) : nil
    }

    /// Runs one statement and reads all its rows; its SQL says `LIMIT`.
    func all<Value>(
        _ sql: StaticString, _ values: SQLValue...,
        read: (borrowing Statement) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> [Value] {
        let statement = try prepare(sql)
        try statement.bind(values)
        var rows: [Value] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// Sets a pragma that takes a number.
    func set(pragma name: StaticString, to value: Int64) throws(StoreFailure) {
        let statement = try prepare(text: "PRAGMA \(name) = \(value)")
        while try statement.step() {}
    }

    /// Runs work in one transaction: all of it, or nothing.
    func transaction<Value>(
        _ work: (borrowing Database) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value {
        try run("BEGIN IMMEDIATE")
        do throws(StoreFailure) {
            let value = try work(self)
            try run("COMMIT")
            return value
        } catch {
            // SQLite has ended the transaction itself after some failures (a full disk, say).
            if unsafe sqlite3_get_autocommit(raw) == 0 { _ = try? run("ROLLBACK") }
            throw error
        }
    }

    private func prepare(text: String) throws(StoreFailure) -> Statement {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(raw, text, -1, &prepared, nil)
        guard code == SQLITE_OK, let statement = unsafe prepared else {
            throw ResultCode.failure(code, detail: unsafe Self.message(of: raw), path: path)
        }
        return unsafe Statement(owning: statement, of: raw, path: path)
    }

    private static func message(of database: OpaquePointer) -> String {
        unsafe sqlite3_errmsg(database).map { unsafe String(cString: $0) } ?? "no reason given"
    }
}
