import Synchronization
package import Telemetry
import Values

/// How many calls of the Management API may be made: Logto Cloud refuses a tenant that calls too
/// often, for all its applications together.
///
/// A bucket that holds the calls of one period and fills evenly. What can go on without an answer
/// asks first (`take`); what cannot is only counted (`spend`). When Logto says "too often" (429),
/// nobody asks before the time that it names.
package final class RequestBudget: Sendable {
    /// The pause after a 429 that names none.
    static let pause = Duration.seconds(2)

    private struct State {
        /// When the bucket will be full again.
        var fullAt = MonotonicTime(nanoseconds: 0)
        var pausedUntil = MonotonicTime(nanoseconds: 0)
    }

    private let period: Duration
    private let interval: Duration
    private let clock: ServiceClock
    private let refused: Counter
    private let state = Mutex(State())

    /// - Parameters:
    ///   - calls: how many in one period, at least 1. After a quiet time as many again may follow
    ///     at once, so that the first period can see twice as many.
    ///   - period: how long it takes to fill the empty bucket.
    package init(
        calls: Int = 100, per period: Duration = .seconds(10), clock: ServiceClock,
        metrics: Metrics
    ) {
        self.period = period
        interval = period / max(calls, 1)
        self.clock = clock
        // Look-ups that were not made because the budget was spent.
        refused = metrics.counter(
            "gatehouse_management_over_budget_total",
            help: "Calls of the Management API that were not made: the budget was spent.")
    }

    /// Takes one call, if there is one.
    package func take() -> Bool {
        let now = clock.monotonic()
        let isTaken = state.withLock { state in
            guard now >= state.pausedUntil else { return false }
            let next = max(state.fullAt, now).advanced(by: interval)
            guard next <= now.advanced(by: period) else { return false }
            state.fullAt = next
            return true
        }
        if !isTaken { refused.add() }
        return isTaken
    }

    /// Counts a call that is made in any case. It leaves the bucket empty at worst.
    package func spend() {
        let now = clock.monotonic()
        state.withLock { state in
            let next = max(state.fullAt, now).advanced(by: interval)
            state.fullAt = min(next, now.advanced(by: period))
        }
    }

    /// Logto answered 429: nobody takes a call before this time has passed.
    package func pause(for time: Duration?) {
        let until = clock.monotonic().advanced(by: time ?? Self.pause)
        state.withLock { $0.pausedUntil = max($0.pausedUntil, until) }
    }
}
