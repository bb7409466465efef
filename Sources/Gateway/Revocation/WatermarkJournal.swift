import Store
import Values

/// Where watermarks outlive the process.
protocol WatermarkJournal: Sendable {
    /// Keeps watermarks; when it returns the disk has them.
    ///
    /// - Parameter ended: those up to there concern no token any more.
    func save(_ watermarks: [Watermark], forgettingUntil ended: UnixTime) async throws(StoreFailure)

    /// What was kept, without what has ended.
    func load(after ended: UnixTime) async throws(StoreFailure) -> [Watermark]

    /// Forgets what has ended, a bounded number at a time.
    func forget(until ended: UnixTime) async throws(StoreFailure)
}

/// The journal in the embedded store.
struct StoredWatermarks: WatermarkJournal {
    let store: EmbeddedStore

    func save(
        _ watermarks: [Watermark], forgettingUntil ended: UnixTime
    ) async throws(StoreFailure) {
        try await store.perform { database throws(StoreFailure) in
            try database.raise(watermarks, forgettingUntil: ended)
        }
    }

    func load(after ended: UnixTime) async throws(StoreFailure) -> [Watermark] {
        try await store.perform { database throws(StoreFailure) in
            try database.watermarks(after: ended)
        }
    }

    func forget(until ended: UnixTime) async throws(StoreFailure) {
        try await store.perform { database throws(StoreFailure) in
            _ = try database.forgetWatermarks(until: ended)
        }
    }
}
