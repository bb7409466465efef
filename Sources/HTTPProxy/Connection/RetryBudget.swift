import Values

/// How many requests of one loop may be sent again to one upstream: one for each five that came, and
/// a few a second in any case. An upstream in trouble is not asked twice for everything.
struct RetryBudget {
    /// What a retry costs; each request brings one.
    private static let cost = 5
    /// What there is at least at the beginning of each second.
    private static let floor = 3 * cost
    /// What can be saved up.
    private static let limit = 256 * cost
    private static let second: UInt64 = 1_000_000_000

    private var credit = floor
    private var nextFloor = MonotonicTime(nanoseconds: 0)

    /// A request came.
    @inline(__always)
    mutating func requestBegan() {
        if credit < Self.limit { credit &+= 1 }
    }

    /// Pays for a retry; false where there is nothing left.
    mutating func take(at now: MonotonicTime) -> Bool {
        if now >= nextFloor {
            nextFloor = now.advanced(byNanoseconds: Self.second)
            credit = max(credit, Self.floor)
        }
        guard credit >= Self.cost else { return false }
        credit -= Self.cost
        return true
    }
}
