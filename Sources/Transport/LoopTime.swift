package import Values

/// The time of one tick of a loop: both clocks, read once.
package struct LoopTime: Sendable {
    /// For deadlines and durations.
    package let monotonic: MonotonicTime
    /// For tokens and log lines.
    package let wall: UnixTime

    /// A time by its two clocks.
    package init(monotonic: MonotonicTime, wall: UnixTime) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
