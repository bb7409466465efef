import JOSE
import PolicyEngine

/// Principals compiled from the tokens of one loop's cache, beside the cache's entries.
///
/// A principal is compiled once for each token and rule set: afterwards a request finds it by the
/// number of its cache entry.
struct PrincipalTable {
    private struct Slot {
        var stamp: UInt32
        var generation: UInt64
        /// The version of the revocations under which the caller was found clean.
        var revocations: UInt64
        var principal: Principal?
    }

    private var slots: [Slot] = []
    /// Grows with every rule set; a principal of an older one is compiled anew.
    private(set) var generation: UInt64 = 0

    /// Forgets every principal: their rule set was replaced.
    mutating func invalidate() {
        generation += 1
    }

    /// The principal of a cache entry, or nil where it must be compiled, or looked at again because
    /// something was revoked since.
    func find(_ entry: TokenCache.Entry, revocations: UInt64) -> Principal? {
        guard entry.index < slots.count else { return nil }
        let slot = slots[entry.index]
        guard slot.stamp == entry.stamp, slot.generation == generation,
            slot.revocations == revocations
        else { return nil }
        return slot.principal
    }

    /// The principal of a cache entry whose token was found clean once more, or nil where it must be
    /// compiled.
    mutating func findAgain(_ entry: TokenCache.Entry, revocations: UInt64) -> Principal? {
        guard entry.index < slots.count else { return nil }
        let slot = slots[entry.index]
        guard slot.stamp == entry.stamp, slot.generation == generation else { return nil }
        slots[entry.index].revocations = revocations
        return slot.principal
    }

    /// Keeps the principal of a cache entry whose token was found clean.
    mutating func keep(
        _ principal: Principal, for entry: TokenCache.Entry, revocations: UInt64
    ) {
        while slots.count <= entry.index {
            slots.append(Slot(stamp: 0, generation: 0, revocations: 0, principal: nil))
        }
        slots[entry.index] = Slot(
            stamp: entry.stamp, generation: generation, revocations: revocations,
            principal: principal)
    }
}
