import Values

/// Why an exchange is ended before its answer ends.
package enum EndReason: Sendable, Equatable {
    /// The time that it may take altogether is over.
    case total
}

/// When the exchanges of a loop end at the latest, by their slots. Looked at with the loop's sweep: a
/// time costs a store, and no timer.
struct EndTimes {
    private static let never = UInt64.max

    private var times: [UInt64] = []
    /// How many exchanges have one.
    private(set) var count = 0

    /// When the exchange ends; nil: when it ends by itself.
    subscript(slot: Int) -> MonotonicTime? {
        guard times.indices.contains(slot), times[slot] != Self.never else { return nil }
        return MonotonicTime(nanoseconds: times[slot])
    }

    /// Sets when an exchange ends.
    mutating func set(_ slot: Int, to time: MonotonicTime) {
        while times.count <= slot { times.append(Self.never) }
        if times[slot] == Self.never { count &+= 1 }
        times[slot] = min(time.nanoseconds, Self.never &- 1)
    }

    /// The exchange is over, or has no end of its own any more.
    mutating func clear(_ slot: Int) {
        guard times.indices.contains(slot), times[slot] != Self.never else { return }
        times[slot] = Self.never
        count &-= 1
    }

    /// The next exchange from a slot on whose time is over; moves the slot behind it.
    func nextPassed(from slot: inout Int, now: MonotonicTime) -> Int? {
        guard count > 0 else { return nil }
        while slot < times.count {
            defer { slot &+= 1 }
            if times[slot] <= now.nanoseconds { return slot }
        }
        return nil
    }
}
