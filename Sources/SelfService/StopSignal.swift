import Synchronization

/// Says once that a service is to end, and wakes the one that waits for it.
final class StopSignal: Sendable {
    private struct State {
        var isStopped = false
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Whether the end was asked for.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Asks for the end.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    /// Waits until the time is over, the end is asked for, or the task is cancelled. One caller.
    func wait(atMost time: Duration, _ wait: @escaping @Sendable (Duration) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await wait(time) }
            group.addTask { await self.untilWoken() }
            await group.next()
            group.cancelAll()
            wake()
        }
        state.withLock { $0.isWoken = $0.isStopped }
    }

    private func untilWoken() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWoken = state.withLock { state in
                    if !state.isWoken { state.waiter = continuation }
                    return state.isWoken
                }
                if isWoken { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        let waiter = state.withLock { state in
            state.isWoken = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
