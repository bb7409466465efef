/// How many signatures a loop checks by itself: those that take little, and few of them at a time,
/// so that no tick becomes long.
struct SignatureBudget {
    /// The dearest check that a loop makes.
    static let dearest = Duration.microseconds(60)
    /// The most checks in one tick.
    static let checksPerTick = 8

    private var tick: UInt64 = 0
    private var left = Self.checksPerTick

    /// Whether the loop may make a check of that cost in this tick; counts it if so.
    mutating func allows(_ cost: Duration, inTick number: UInt64) -> Bool {
        guard cost <= Self.dearest else { return false }
        if tick != number {
            tick = number
            left = Self.checksPerTick
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
