import Transport
package import Values

/// What the gate adds to an exchange. One per loop: cleared before each `admit`, read after it.
package final class RequestEdits {
    /// Complete `Name: value\r\n` lines for the upstream. The writer of a line keeps CR and LF out
    /// of its value; `ValueBytes.append` does.
    package var requestLines: [UInt8] = []
    /// Complete `Name: value\r\n` lines for the answer, whoever gives it.
    package var responseLines: [UInt8] = []
    /// Free for the gate; handed back in `ExchangeRecord`. After a hold it is what the gate left there.
    package var tag = -1
    /// When the gate wants to be asked again about an exchange that it lets go on (`review`); nil:
    /// when its `standing` changes.
    package var reviewAt: MonotonicTime?
    /// The hold that this admission comes after; nil for the first.
    package internal(set) var resumedHold: HoldID?
    /// Resumes this exchange after a `hold`, from any thread.
    package var ticket: ExchangeTicket {
        ExchangeTicket(
            inbox: inbox, server: server, slot: slot, generation: generation)
    }

    let inbox: Inbox
    let server: Int
    var slot = 0
    var generation: UInt64 = 0

    init(inbox: Inbox, server: Int) {
        self.inbox = inbox
        self.server = server
        requestLines.reserveCapacity(1024)
        responseLines.reserveCapacity(256)
    }

    /// Makes everything empty for the next request and keeps the memory.
    func clear() {
        // Also an empty array costs something to empty.
        if !requestLines.isEmpty { requestLines.removeAll(keepingCapacity: true) }
        if !responseLines.isEmpty { responseLines.removeAll(keepingCapacity: true) }
        tag = -1
        reviewAt = nil
        resumedHold = nil
    }
}
