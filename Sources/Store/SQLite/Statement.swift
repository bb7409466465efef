import CSQLite

/// A value that is bound to a statement.
enum SQLValue {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case null

    /// A text, or `NULL`.
    static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
}

/// One compiled statement; finalised exactly once, on every path.
@safe struct Statement: ~Copyable {
    private let raw: OpaquePointer
    private let database: OpaquePointer
    private let path: String

    init(owning raw: OpaquePointer, of database: OpaquePointer, path: String) {
        unsafe self.raw = raw
        unsafe self.database = database
        self.path = path
    }

    deinit { unsafe sqlite3_finalize(raw) }

    /// Binds the values to the parameters, in order.
    func bind(_ values: [SQLValue]) throws(StoreFailure) {
        for (offset, value) in values.enumerated() {
            try bind(value, at: Int32(truncatingIfNeeded: offset + 1))
        }
    }

    /// Goes to the next row.
    ///
    /// - Returns: false at the end.
    func step() throws(StoreFailure) -> Bool {
        let code = unsafe sqlite3_step(raw)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code)
        }
    }

    /// The number in a column of this row.
    func integer(_ column: Int32) throws(StoreFailure) -> Int64 {
        try expect(SQLITE_INTEGER, at: column)
        return unsafe sqlite3_column_int64(raw, column)
    }

    /// The text in a column of this row.
    func text(_ column: Int32) throws(StoreFailure) -> String {
        try expect(SQLITE_TEXT, at: column)
        guard let start = unsafe sqlite3_column_text(raw, column) else { throw .outOfMemory }
        let count = Int(unsafe sqlite3_column_bytes(raw, column))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self
        )
    }

    /// The text in a column of this row, or nil for `NULL`.
    func optionalText(_ column: Int32) throws(StoreFailure) -> String? {
        unsafe sqlite3_column_type(raw, column) == SQLITE_NULL ? nil : try text(column)
    }

    /// The bytes in a column of this row.
    func blob(_ column: Int32) throws(StoreFailure) -> [UInt8] {
        try expect(SQLITE_BLOB, at: column)
        let count = Int(unsafe sqlite3_column_bytes(raw, column))
        guard count > 0 else { return [] }
        guard let start = unsafe sqlite3_column_blob(raw, column) else { throw .outOfMemory }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The failure for a row that was not written by us.
    func damaged(_ detail: String) -> StoreFailure { .damaged(path: path, detail: detail) }

    private func bind(_ value: SQLValue, at index: Int32) throws(StoreFailure) {
        let code: Int32
        switch value {
        case .integer(let number):
            code = unsafe sqlite3_bind_int64(raw, index, number)
        case .text(let text):
            let count = Int32(clamping: text.utf8.count)
            code = unsafe text.withCString { start in
                unsafe gatehouse_sqlite_bind_text(raw, index, start, count)
            }
        case .blob(let bytes) where bytes.isEmpty:
            code = unsafe sqlite3_bind_zeroblob(raw, index, 0)
        case .blob(let bytes):
            code = unsafe bytes.withUnsafeBytes { buffer in
                unsafe gatehouse_sqlite_bind_blob(
                    raw, index, buffer.baseAddress, Int32(clamping: buffer.count)
                )
            }
        case .null:
            code = unsafe sqlite3_bind_null(raw, index)
        }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// A column of another type than ours was not written by us.
    private func expect(_ type: Int32, at column: Int32) throws(StoreFailure) {
        guard unsafe sqlite3_column_type(raw, column) == type else {
            throw damaged("a column holds a value of the wrong type")
        }
    }

    private func failure(_ code: Int32) -> StoreFailure {
        let detail =
            unsafe sqlite3_errmsg(database).map { unsafe String(cString: $0) } ?? "no reason given"
        return ResultCode.failure(code, detail: detail, path: path)
    }
}
