import HTTPProxy
import Synchronization
import Transport
import Values

/// The exchanges of one loop that wait for a signature, and what came out for them.
///
/// A rejection lies here, and nowhere else, until its exchange has read it.
struct SignatureWaits {
    /// One wait of one exchange.
    struct Wait: Sendable {
        fileprivate let id: ExchangeID
        /// How often the exchange has waited, this wait included.
        let round: Int
    }

    private struct Entry {
        var round: Int
        var outcome: VerificationOutcome?
    }

    private var entries: [ExchangeID: Entry] = [:]

    /// How many exchanges are known.
    var count: Int { entries.count }

    /// An exchange begins to wait. Nil where it did so twice: the second time the keys had changed
    /// meanwhile, a third time would be no chance.
    mutating func begin(_ id: ExchangeID) -> Wait? {
        let round = (entries[id]?.round ?? 0) + 1
        guard round <= 2 else { return nil }
        entries[id] = Entry(round: round, outcome: nil)
        return Wait(id: id, round: round)
    }

    /// Keeps what came out, if the exchange is still there.
    mutating func settle(_ wait: Wait, _ outcome: VerificationOutcome) {
        guard entries[wait.id]?.round == wait.round else { return }
        entries[wait.id]?.outcome = outcome
    }

    /// What came out for an exchange; nil where it did not wait.
    func outcome(for id: ExchangeID) -> VerificationOutcome? {
        entries.isEmpty ? nil : entries[id]?.outcome
    }

    /// The exchange is over, or needs what came out no more.
    mutating func end(_ id: ExchangeID) {
        if !entries.isEmpty { entries[id] = nil }
    }
}

/// Holds a place in a loop's inbox until the answer for it comes.
final class LoopAnswer: Sendable {
    private let place: Mutex<InboxPlace?>

    init(_ place: consuming sending InboxPlace) {
        self.place = Mutex(consume place)
    }

    /// Tells the loop, the first time it is called.
    func post(_ work: @escaping Inbox.Work) {
        _ = place.withLock { $0.take() }?.post(work)
    }
}
