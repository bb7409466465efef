import Synchronization

/// A number that only grows, for services. Loops count with `LoopCounters` instead.
package final class Counter: Sendable {
    private let total = Atomic<UInt64>(0)

    init() {}

    /// Adds `amount`; a total beyond 64 bits wraps around, as scrapers expect of a restart.
    package func add(_ amount: UInt64 = 1) {
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The total.
    package var value: UInt64 { total.load(ordering: .relaxed) }
}
