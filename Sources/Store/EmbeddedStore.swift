import Synchronization
import System

/// What must outlive the process, in one SQLite file that one process owns.
///
/// All work runs on the store's own thread, one unit after the other, each in one transaction.
package final class EmbeddedStore: Sendable {
    /// Where the tables are kept.
    package enum Place: Sendable {
        /// In a file, made with mode 0600 where it is absent.
        case file(String)
        /// In memory: gone with the process.
        case inMemory
    }

    /// The bounds of a store.
    package struct Limits: Sendable {
        /// The most that the file may grow to; beyond, writes fail as on a full disk.
        package var maxBytes: Int64
        /// The most units of work that may wait.
        package var maxWaiting: Int

        /// 1 GiB and 1,024 units, unless told otherwise.
        package init(maxBytes: Int64 = 1 << 30, maxWaiting: Int = 1_024) {
            self.maxBytes = maxBytes
            self.maxWaiting = maxWaiting
        }
    }

    private let database: Mutex<Database?>
    private let waiting: Mailbox<@Sendable () -> Void>
    private let isClosing = Atomic(false)
    private let thread: OwnedThread

    private init(
        _ database: consuming sending Database, limits: Limits
    ) throws(SystemFailure) {
        self.database = Mutex(consume database)
        let waiting = Mailbox<@Sendable () -> Void>(capacity: limits.maxWaiting)
        self.waiting = waiting
        thread = try OwnedThread(name: "store") {
            while let work = waiting.receive() { work() }
        }
    }

    deinit { waiting.close() }

    /// Opens a store, or makes it, and brings its tables to this version.
    ///
    /// Blocks while the file is checked; called while the process starts.
    /// - Throws: `StoreFailure`, whose message names the file and whose help says what to do.
    package static func open(
        _ place: Place, limits: Limits = Limits()
    ) throws(StoreFailure) -> EmbeddedStore {
        let path: String
        switch place {
        case .inMemory: path = ":memory:"
        case .file(let file):
            path = file
            try StoreFile.prepare(file)
        }
        let database = try Database(path: path)
        try database.prepareForUse(maxPages: max(limits.maxBytes / 4096, 1))
        do throws(SystemFailure) {
            return try EmbeddedStore(database, limits: limits)
        } catch {
            throw .cannotOpen(path: path, reason: error.description)
        }
    }

    /// Runs one unit of work on the store's thread: all that it writes is kept, or nothing.
    ///
    /// When it returns the disk has it. The work must not block on anything but the database.
    package func perform<Value: Sendable>(
        _ work: @escaping @Sendable (borrowing Database) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
            let isAccepted = waiting.send { [self] in
                continuation.resume(returning: run(work))
            }
            if !isAccepted {
                let isClosing = isClosing.load(ordering: .acquiring)
                continuation.resume(returning: .failure(isClosing ? .closed : .overloaded))
            }
        }
        return try result.get()
    }

    /// Finishes what waits and closes the file. Later work fails with `closed`.
    package func close() async {
        isClosing.store(true, ordering: .releasing)
        waiting.close()
        await thread.finished()
        database.withLock { $0 = nil }
    }

    private func run<Value: Sendable>(
        _ work: @Sendable (borrowing Database) throws(StoreFailure) -> Value
    ) -> Result<Value, StoreFailure> {
        database.withLock { database in
            do throws(StoreFailure) {
                guard let value = try database?.transaction(work) else { throw .closed }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
    }
}
