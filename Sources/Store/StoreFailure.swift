/// Why the store could not do what it was asked.
package enum StoreFailure: Error, Equatable, Sendable {
    /// The file could not be opened or made.
    case cannotOpen(path: String, reason: String)
    /// The file is an SQLite database of another program.
    case foreignFile(path: String)
    /// The file is no database, or its pages contradict each other.
    case damaged(path: String, detail: String)
    /// A later version of Gatehouse has written the file.
    case newerSchema(path: String, found: Int64, known: Int64)
    /// Another process has the file open.
    case inUse(path: String)
    /// The disk, or the bound on the file's size, is reached.
    case full(path: String)
    /// The file or its directory may not be written.
    case readOnly(path: String)
    /// The disk failed.
    case inputOutput(path: String, detail: String)
    /// There is no memory left.
    case outOfMemory
    /// More work waits than the queue holds.
    case overloaded
    /// The store is closed.
    case closed
    /// A table has reached its bound of rows.
    case tooManyRows(table: String)
    /// SQLite said something that this version does not expect.
    case unexpected(code: Int32, detail: String)

    /// Stable name: log field and metric label.
    package var code: String {
        switch self {
        case .cannotOpen: "store-cannot-open"
        case .foreignFile: "store-foreign-file"
        case .damaged: "store-damaged"
        case .newerSchema: "store-newer-schema"
        case .inUse: "store-in-use"
        case .full: "store-full"
        case .readOnly: "store-read-only"
        case .inputOutput: "store-input-output"
        case .outOfMemory: "store-out-of-memory"
        case .overloaded: "store-overloaded"
        case .closed: "store-closed"
        case .tooManyRows: "store-too-many-rows"
        case .unexpected: "store-unexpected"
        }
    }

    /// What is wrong, as a headline: lower case, no full stop.
    package var message: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the store `\(path)`: \(reason)"
        case .foreignFile(let path): "`\(path)` is a database of another program"
        case .damaged(let path, let detail): "the store `\(path)` is damaged: \(detail)"
        case .newerSchema(let path, let found, let known):
            "the store `\(path)` has version \(found), this Gatehouse knows versions up to \(known)"
        case .inUse(let path): "the store `\(path)` is in use by another process"
        case .full(let path): "no room left for the store `\(path)`"
        case .readOnly(let path): "the store `\(path)` may not be written"
        case .inputOutput(let path, let detail): "the disk of the store `\(path)` failed: \(detail)"
        case .outOfMemory: "no memory left for the store"
        case .overloaded: "more work waits for the store than its queue holds"
        case .closed: "the store is closed"
        case .tooManyRows(let table): "the table `\(table)` of the store has reached its bound"
        case .unexpected(let code, let detail): "the store failed with \(code): \(detail)"
        }
    }

    /// What to do about it, or nil where nothing but trying again helps.
    package var help: String? {
        switch self {
        case .cannotOpen:
            "check that the directory exists and that this user may write to it"
        case .foreignFile:
            "name another file under `store: {sqlite: …}`"
        case .damaged(let path, _):
            "restore a copy, or move `\(path)` and `\(path)-wal` away and start again with an empty"
                + " store; half-made organizations stay recognisable by their mark in Logto"
        case .newerSchema(let path, _, _):
            "start the version that wrote `\(path)`, or a later one; versions never go back"
        case .inUse:
            "stop the other process, or give each gateway a store of its own"
        case .full:
            "free disk space; nothing was written"
        case .readOnly:
            "let this user write to the file and to its directory"
        case .inputOutput:
            "look at the kernel's log for the disk"
        case .outOfMemory, .overloaded, .closed, .tooManyRows, .unexpected:
            nil
        }
    }
}
