/// What the gate decided about a request.
package enum Admission {
    /// Send it to the upstream of that index in `HTTPServerConfiguration.upstreams`.
    case forward(to: Int, rules: ForwardRules)
    /// Answer it with this; the upstream learns nothing.
    case refuse(Refusal)
    /// Read its body and give it to a service of this process.
    case handOff(any LocalService)
    /// Wait until `ExchangeTicket.resume()`, then ask `admit` again on the same loop.
    case hold(HoldID)
}

/// The cause of a hold, chosen by the gate.
///
/// INVARIANT: one cause holds a request once; `Exchange` answers a second hold of the same cause
/// with `RequestFault.heldTooOften`.
package struct HoldID: Hashable, Sendable {
    /// The gate's own number for the cause.
    package let number: UInt64

    /// A cause by its number.
    package init(_ number: UInt64) {
        self.number = number
    }
}
