import Synchronization

/// Wakes the one who waits until every loop of a server has drained.
final class DrainWaiter: Sendable {
    private struct State {
        var loops: Int
        var continuation: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(loops: Int) {
        state = Mutex(State(loops: loops))
    }

    /// Tells that one more loop has no connection left.
    func loopEnded() {
        let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.loops -= 1
            guard state.loops <= 0 else { return nil }
            return state.continuation.take()
        }
        continuation?.resume()
    }

    /// Returns when all loops have.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.loops <= 0 { return true }
                state.continuation = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
