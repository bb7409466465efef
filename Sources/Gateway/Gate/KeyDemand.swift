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
    func isStillLooked(for keyID: KeyID) -> Bool
}

/// Hands the loops' questions to the refresher and resumes the requests that wait.
final class KeyDemandService: KeyDemand, Service {
    private struct Question: Sendable {
        let keyID: KeyID
        let ticket: ExchangeTicket
    }

    let name = "key demand"
    private let refresher: KeyRefresher
    private let questions: AsyncStream<Question>
    private let intake: AsyncStream<Question>.Continuation
    /// Keys that were looked for without an end; bounded, the oldest go first.
    private let unsettled = Mutex<[KeyID]>([])
    private let capacity: Int

    init(refresher: KeyRefresher, capacity: Int = 1024) {
        self.refresher = refresher
        self.capacity = capacity
        (questions, intake) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    }

    func ask(for keyID: KeyID, issuer: String, ticket: ExchangeTicket) -> Bool {
        guard issuer.isExactly(refresher.issuer) else { return false }
        switch intake.yield(Question(keyID: keyID, ticket: ticket)) {
        case .enqueued: return true
        case .dropped, .terminated: return false
        @unknown default: return false
        }
    }

    func isStillLooked(for keyID: KeyID) -> Bool {
        unsettled.withLock { $0.contains(keyID) }
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
        let outcome = await refresher.keysNeeded(question.keyID)
        unsettled.withLock { keys in
            keys.removeAll { $0 == question.keyID }
            switch outcome {
            case .present, .absent: break
            case .refreshing, .unavailable:
                keys.append(question.keyID)
                if keys.count > capacity { keys.removeFirst(keys.count - capacity) }
            }
        }
        question.ticket.resume()
    }
}
