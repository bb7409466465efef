import System

/// Work that may block, such as reading and syncing files, on a thread that is made for it: a slow
/// disk never holds up the pool of Swift's tasks.
enum BlockingWork {
    /// Does the work; nil where the process may not have another thread.
    static func run<Answer: Sendable>(
        _ name: String, _ work: @escaping @Sendable () -> Answer
    ) async -> Answer? {
        await withCheckedContinuation { continuation in
            do {
                _ = try OwnedThread(name: name) { continuation.resume(returning: work()) }
            } catch {
                continuation.resume(returning: nil)
            }
        }
    }
}
