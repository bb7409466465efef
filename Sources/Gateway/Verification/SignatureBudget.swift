/// How much a loop checks by itself: signatures that take little, and not for long in one tick.
///
/// Handing a token to another thread and back takes as long as two checks by an RSA key, so that a loop
/// does better to check those itself. What it must not do is let the other connections wait for it.
struct SignatureBudget {
    /// The dearest check that a loop makes.
    static let dearest = Duration.microseconds(60)
    /// The time that the checks of one tick may take: what a hot request waits longer at most.
    static let perTick = Duration.milliseconds(2)

    private var tick: UInt64 = 0
    private var left = Self.perTick

    /// Whether a check of this cost may be made on the loop in this tick; takes it off if so.
    ///
    /// - Parameters:
    ///   - cost: measured when the key was loaded.
    ///   - number: counts the loop's ticks.
    mutating func allows(_ cost: Duration, inTick number: UInt64) -> Bool {
        if number != tick {
            tick = number
            left = Self.perTick
        }
        // A key that was measured as nothing costs something all the same.
        let charge = max(cost, .microseconds(10))
        guard cost <= Self.dearest, charge <= left else { return false }
        left -= charge
        return true
    }
}
