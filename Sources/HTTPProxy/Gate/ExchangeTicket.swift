package import Transport

/// Names one held exchange from any thread.
package struct ExchangeTicket: Sendable {
    let inbox: Inbox
    let server: Int
    let slot: Int
    let generation: UInt64

    /// Lets the gate be asked again on the exchange's loop. Does nothing where the exchange has
    /// ended.
    package func resume() {
        let (server, slot, generation) = (server, slot, generation)
        _ = inbox.post { loop in
            ProxyLoop.of(loop, server: server)?.resume(slot: slot, generation: generation)
        }
    }

    /// The same for whoever is on the exchange's loop already, at once.
    package func resume(on loop: EventLoop) {
        ProxyLoop.of(loop, server: server)?.resume(slot: slot, generation: generation)
    }

    /// Keeps room for one message to the exchange's loop; nil where too much waits there.
    package func reservePlace() -> InboxPlace? { inbox.reserve() }
}
