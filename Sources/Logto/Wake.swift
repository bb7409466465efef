import Synchronization

/// A bell for one sleeper: `wake` is remembered until the next `wait`.
package final class Wake: Sendable {
    private enum State {
        case quiet, rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    package init() {}

    /// Ends the present or the next `wait`.
    package func wake() {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            if case .awaited(let continuation) = state {
                state = .quiet
                return continuation
            }
            state = .rung
            return nil
        }
        waiting?.resume()
    }

    /// Suspends until `wake`, or until the task is cancelled. One caller at a time.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .quiet = state, !Task.isCancelled {
                        state = .awaited(continuation)
                        return false
                    }
                    state = .quiet
                    return true
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }
}
