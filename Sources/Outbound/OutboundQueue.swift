import Synchronization

/// The calls that wait for the driver's thread, bounded, and its order to stop.
final class OutboundQueue: Sendable {
    enum Entrance { case accepted, full, stopped }

    private struct State {
        var waiting: [OutboundCall] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let maxQueued: Int

    init(maxQueued: Int) {
        self.maxQueued = maxQueued
    }

    /// Puts a call at the end, if it may wait.
    func enter(_ call: OutboundCall) -> Entrance {
        state.withLock { state in
            if state.isStopping { return .stopped }
            if state.waiting.count > maxQueued { return .full }
            state.waiting.append(call)
            return .accepted
        }
    }

    /// Takes up to `room` calls to start, and every call that ended while it waited.
    func take(room: Int, isOver: (OutboundCall) -> Bool) -> (
        start: [OutboundCall], over: [OutboundCall], waiting: Int, isStopping: Bool
    ) {
        state.withLock { state in
            var over: [OutboundCall] = []
            state.waiting.removeAll { call in
                guard state.isStopping || isOver(call) else { return false }
                over.append(call)
                return true
            }
            let start = Array(state.waiting.prefix(room))
            state.waiting.removeFirst(start.count)
            return (start, over, state.waiting.count, state.isStopping)
        }
    }

    /// No further call enters; the driver ends those that are there.
    func stop() {
        state.withLock { $0.isStopping = true }
    }
}
