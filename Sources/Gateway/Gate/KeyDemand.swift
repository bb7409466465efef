import HTTPProxy
import JOSE
import Logto
import Synchronization
import System
import Values

/// Takes requests for keys that nobody has seen, from the loops.
protocol KeyDemand: Sendable {
    /// Asks for a key; the ticket is resumed when it is known whether there is one. False where no
    /// more requests may wait.
    func ask(for keyID: KeyID, issuer: String, ticket: ExchangeTicket) -> Bool

    /// Whether the last answer for this key was "not known yet", which is no fault of the token.
    func isStillLooked(for keyID: KeyID, issuer: String) -> Bool
}

/// Hands the loops' questions to the refreshers and resumes the requests that wait.
final class KeyDemandService: KeyDemand, Service {
    private struct Question: Sendable {
        let wanted: Wanted
        let refresher: KeyRefresher
        let ticket: ExchangeTicket
    }

    /// A key is known by issuer and name: two issuers may use one name.
    private struct Wanted: Hashable, Sendable {
        let keyID: KeyID
        let issuer: ExactText
    }

    let name = "key demand"
    private let refreshers: [ExactText: KeyRefresher]
    private let questions: AsyncStream<Question>
    private let intake: AsyncStream<Question>.Continuation
    /// Keys that were looked for without an end. Loops ask for them while they are attacked, so the
    /// answer must not take longer the more there are.
    private let unsettled: Mutex<RecentSet<Wanted>>

    /// - Parameters:
    ///   - refreshers: all of them; each serves its issuer and those that share its keys.
    ///   - capacity: the most requests that wait here, and the most keys that are remembered.
    init(refreshers: [KeyRefresher], capacity: Int = 1024) {
        let named = refreshers.flatMap { refresher in
            refresher.issuers.map { (ExactText($0), refresher) }
        }
        self.refreshers = Dictionary(named, uniquingKeysWith: { first, _ in first })
        unsettled = Mutex(RecentSet(capacity: capacity))
        (questions, intake) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    }

    func ask(for keyID: KeyID, issuer: String, ticket: ExchangeTicket) -> Bool {
        let issuer = ExactText(issuer)
        guard let refresher = refreshers[issuer] else { return false }
        let wanted = Wanted(keyID: keyID, issuer: issuer)
        switch intake.yield(Question(wanted: wanted, refresher: refresher, ticket: ticket)) {
        case .enqueued: return true
        case .dropped, .terminated: return false
        @unknown default: return false
        }
    }

    func isStillLooked(for keyID: KeyID, issuer: String) -> Bool {
        let wanted = Wanted(keyID: keyID, issuer: ExactText(issuer))
        return unsettled.withLock { $0.contains(wanted) }
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await question in questions {
                group.addTask { [self] in await settle(question) }
            }
        }
    }

    func stop() async {
        intake.finish()
    }

    private func settle(_ question: Question) async {
        let outcome = await question.refresher.keysNeeded(question.wanted.keyID)
        unsettled.withLock { keys in
            switch outcome {
            case .present, .absent: keys.remove(question.wanted)
            case .refreshing, .unavailable: keys.insert(question.wanted)
            }
        }
        question.ticket.resume()
    }
}
