package import Values

/// Time and chance, as the parts of this module are handed them.
package struct ServiceClock: Sendable {
    /// The clock that never jumps.
    package let monotonic: @Sendable () -> MonotonicTime
    /// The clock on the wall.
    package let wall: @Sendable () -> UnixTime
    /// Suspends for this long, or until the task is cancelled.
    package let sleep: @Sendable (Duration) async -> Void
    /// A number from 0 up to 1, for jitter.
    package let random: @Sendable () -> Double

    package init(
        monotonic: @escaping @Sendable () -> MonotonicTime,
        wall: @escaping @Sendable () -> UnixTime,
        sleep: @escaping @Sendable (Duration) async -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.monotonic = monotonic
        self.wall = wall
        self.sleep = sleep
        self.random = random
    }
}
