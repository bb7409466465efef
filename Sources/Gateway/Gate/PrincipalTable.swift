import JOSE
import PolicyEngine
import Values

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
        /// When the token ends, or the roles in it are to be asked for again.
        var until: MonotonicTime
        var principal: Principal?
    }

    private var slots: [Slot] = []
    /// Grows with every rule set and every change of roles; an older principal is compiled anew.
    private(set) var generation: UInt64 = 0

    /// Forgets every principal: their rule set was replaced, or somebody's roles have changed.
    mutating func invalidate() {
        generation += 1
    }

    /// The principal of a cache entry, or nil where it must be compiled, or looked at again because
    /// something was revoked since, or because its roles have ended.
    func find(
        _ entry: TokenCache.Entry, revocations: UInt64, at now: MonotonicTime
    ) -> Principal? {
        // Field by field: a copy of the slot would hold on to its principal.
        let (slots, index) = (slots.span, entry.index)
        guard index < slots.count, slots[index].stamp == entry.stamp,
            slots[index].generation == generation, slots[index].revocations == revocations,
            now < slots[index].until
        else { return nil }
        return slots[index].principal
    }

    /// The principal of a cache entry whose token was found clean once more, or nil where it must be
    /// compiled.
    mutating func findAgain(
        _ entry: TokenCache.Entry, revocations: UInt64, at now: MonotonicTime
    ) -> Principal? {
        guard entry.index < slots.count else { return nil }
        let slot = slots[entry.index]
        guard slot.stamp == entry.stamp, slot.generation == generation, now < slot.until else {
            return nil
        }
        slots[entry.index].revocations = revocations
        return slot.principal
    }

    /// Until when the principal of a cache entry counts that was just found.
    func end(of entry: TokenCache.Entry) -> MonotonicTime? {
        let slots = slots.span
        return entry.index < slots.count ? slots[entry.index].until : nil
    }

    /// Keeps the principal of a cache entry whose token was found clean, until the token or its roles
    /// end.
    mutating func keep(
        _ principal: Principal, for entry: TokenCache.Entry, revocations: UInt64,
        until: MonotonicTime
    ) {
        while slots.count <= entry.index {
            slots.append(
                Slot(
                    stamp: 0, generation: 0, revocations: 0, until: MonotonicTime(nanoseconds: 0),
                    principal: nil))
        }
        slots[entry.index] = Slot(
            stamp: entry.stamp, generation: generation, revocations: revocations,
            until: until, principal: principal)
    }
}
