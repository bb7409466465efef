import Synchronization
import Transport

/// The right to answer one request, exactly once, from any thread. Dropped unanswered it is a 500.
package struct Responder: ~Copyable, Sendable {
    private let reply: Reply

    init(server: Int, slot: Int, generation: UInt64, place: consuming InboxPlace) {
        reply = Reply(server: server, slot: slot, generation: generation, place: place)
    }

    /// Sends the answer. Nothing happens where the client has left meanwhile.
    package consuming func answer(_ response: LocalResponse) {
        reply.post { $0.answer(response, slot: $1, generation: $2) }
    }

    /// Closes the connection without an answer: for services that play a failing peer in tests.
    package consuming func abandon() {
        reply.post { $0.abandon(slot: $1, generation: $2) }
    }
}

/// The room that is kept for the answer in the loop's inbox.
private final class Reply: Sendable {
    private let server: Int
    private let slot: Int
    private let generation: UInt64
    private let place: Mutex<InboxPlace?>

    init(server: Int, slot: Int, generation: UInt64, place: consuming sending InboxPlace) {
        self.server = server
        self.slot = slot
        self.generation = generation
        self.place = Mutex(place)
    }

    func post(_ work: @escaping @Sendable (ProxyLoop, Int, UInt64) -> Void) {
        let place = place.withLock { $0.take() }
        guard let place else { return }
        let (server, slot, generation) = (server, slot, generation)
        _ = place.post { loop in
            guard let proxy = ProxyLoop.of(loop, server: server) else { return }
            work(proxy, slot, generation)
        }
    }

    deinit {
        post { $0.answer(nil, slot: $1, generation: $2) }
    }
}
