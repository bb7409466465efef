import Transport

/// The right to answer one request, exactly once, from any thread. Dropped unanswered it is a 500.
package struct Responder: ~Copyable, Sendable {
    private let ticket: ExchangeTicket
    private var isAnswered = false

    init(ticket: ExchangeTicket) {
        self.ticket = ticket
    }

    /// Sends the answer. Nothing happens where the client has left meanwhile.
    package consuming func answer(_ response: LocalResponse) {
        isAnswered = true
        Self.post(response, to: ticket)
    }

    /// Closes the connection without an answer: for services that play a failing peer in tests.
    package consuming func abandon() {
        isAnswered = true
        let (server, slot, generation) = (ticket.server, ticket.slot, ticket.generation)
        _ = ticket.inbox.post { loop in
            ProxyLoop.of(loop, server: server)?.abandon(slot: slot, generation: generation)
        }
    }

    deinit {
        if !isAnswered { Self.post(nil, to: ticket) }
    }

    private static func post(_ response: LocalResponse?, to ticket: ExchangeTicket) {
        let (server, slot, generation) = (ticket.server, ticket.slot, ticket.generation)
        _ = ticket.inbox.post { loop in
            ProxyLoop.of(loop, server: server)?.answer(
                response, slot: slot, generation: generation)
        }
    }
}
