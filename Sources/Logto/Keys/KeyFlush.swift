/// What came of flushing an issuer's keys.
package enum KeyFlush: Equatable, Sendable {
    /// So many keys were fetched; they are in force.
    case fetched(keys: Int)
    /// The fetch failed: the issuer has no keys, and fetching is tried on.
    case failed(KeyFetchFailure)
    /// The refresher does not run: it has not begun, or the process ends.
    case notRunning
}
