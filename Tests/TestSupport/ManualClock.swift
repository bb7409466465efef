import Synchronization
package import Values

/// A clock that only moves when a test says so; whoever sleeps is woken by `advance`.
package final class ManualClock: Sendable {
    private struct Sleeper {
        let id: UInt64
        let wakesAt: MonotonicTime
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
        var wall: UnixTime
        var nextID: UInt64 = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var watchers: [(wanted: Duration, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    package init(wall: UnixTime = UnixTime(seconds: 1_772_445_600)) {
        state = Mutex(State(wall: wall))
    }

    package var now: MonotonicTime { state.withLock { $0.now } }
    package var wall: UnixTime { state.withLock { $0.wall } }

    /// Suspends until the clock has moved so far, or the task is cancelled.
    package func sleep(_ duration: Duration) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, ready) = state.withLock { state in
                    if state.cancelled.remove(id) != nil || duration <= .zero {
                        return (true, [CheckedContinuation<Void, Never>]())
                    }
                    state.sleepers.append(
                        Sleeper(
                            id: id, wakesAt: state.now.advanced(by: duration),
                            continuation: continuation))
                    return (false, Self.readyWatchers(&state))
                }
                for watcher in ready { watcher.resume() }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let sleeper: Sleeper? = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume()
        }
    }

    /// Moves both clocks on, and wakes whose time has come.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            state.wall = state.wall.advanced(byMilliseconds: duration.wholeMilliseconds)
            let now = state.now
            let due = state.sleepers.filter { $0.wakesAt <= now }
            state.sleepers.removeAll { $0.wakesAt <= now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Waits until somebody sleeps for exactly this much longer.
    package func sleeper(for duration: Duration) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.watchers.append((duration, continuation))
                return Self.readyWatchers(&state)
            }
            for watcher in ready { watcher.resume() }
        }
    }

    /// How much longer everybody sleeps, shortest first.
    package var sleeping: [Duration] {
        state.withLock { state in
            state.sleepers.map { $0.wakesAt.duration(since: state.now) }.sorted()
        }
    }

    private static func readyWatchers(
        _ state: inout State
    ) -> [CheckedContinuation<Void, Never>] {
        let lengths = state.sleepers.map { $0.wakesAt.duration(since: state.now) }
        let ready = state.watchers.filter { lengths.contains($0.wanted) }
        state.watchers.removeAll { lengths.contains($0.wanted) }
        return ready.map(\.continuation)
    }
}
