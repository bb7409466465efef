import Synchronization

/// A number that goes up and down, for services.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the value.
    package func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// The value last set; 0 before the first.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
