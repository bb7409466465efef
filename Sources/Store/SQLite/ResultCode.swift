import CSQLite

/// What SQLite's result codes mean to us.
enum ResultCode {
    /// The failure for a result code other than `SQLITE_OK`, `SQLITE_ROW` and `SQLITE_DONE`.
    static func failure(_ code: Int32, detail: String, path: String) -> StoreFailure {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .inUse(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(path: path, detail: detail)
        case SQLITE_FULL: .full(path: path)
        case SQLITE_READONLY, SQLITE_PERM: .readOnly(path: path)
        case SQLITE_CANTOPEN: .cannotOpen(path: path, reason: detail)
        case SQLITE_IOERR: .inputOutput(path: path, detail: detail)
        case SQLITE_NOMEM: .outOfMemory
        default: .unexpected(code: code, detail: detail)
        }
    }
}
