import System

/// The file of a store, before SQLite sees it.
enum StoreFile {
    /// Makes the file for its owner alone, or sees to it that it is.
    ///
    /// SQLite gives its log the mode of the database, so that one look is enough.
    static func prepare(_ path: String) throws(StoreFailure) {
        guard let facts = FileSystem.facts(path) else {
            do throws(SystemFailure) {
                return try FileSystem.makeFile(path, mode: 0o600)
            } catch {
                throw .cannotOpen(path: path, reason: error.reason)
            }
        }
        guard facts.isRegular else {
            throw .cannotOpen(path: path, reason: "it is no regular file")
        }
        // SECURITY: the answers kept there are for their users; who may read is for the operator
        // to say, not for us to change silently.
        guard facts.mode & 0o077 == 0 else {
            throw .cannotOpen(
                path: path, reason: "others than its owner may use it; `chmod 600` it")
        }
    }
}
