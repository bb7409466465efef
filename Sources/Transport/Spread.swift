import Synchronization

/// How many accepted connections each loop of a group has, so that none has many more than another.
///
/// The kernel spreads the connections of a port by chance, and those of a socket in the file system
/// to whichever loop wakes first. A loop that accepts one while it has noticeably more than another
/// hands it over: a message, once in a connection's life.
final class Spread: Sendable {
    private final class Load: Sendable {
        let count = Atomic<Int>(0)
    }

    /// The ways to the loops.
    let inboxes: [Inbox]
    private let loads: [Load]

    init(_ inboxes: [Inbox]) {
        self.inboxes = inboxes
        loads = inboxes.map { _ in Load() }
    }

    func came(_ index: Int) { loads[index].count.add(1, ordering: .relaxed) }

    func left(_ index: Int) { loads[index].count.subtract(1, ordering: .relaxed) }

    /// The loop that should take a connection which another accepted; nil when that one may keep it.
    func better(than index: Int) -> Int? {
        guard loads.count > 1 else { return nil }
        let own = loads[index].count.load(ordering: .relaxed)
        guard own >= Self.slack else { return nil }
        var best = index
        var least = own
        for other in loads.indices {
            let count = loads[other].count.load(ordering: .relaxed)
            if count < least { (best, least) = (other, count) }
        }
        return own >= least + least / 8 + Self.slack ? best : nil
    }

    /// A difference that is not worth a message.
    private static var slack: Int { 8 }
}
