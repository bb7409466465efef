import Transport
import Values

/// The head of a request for a local service, copied when the gate decided.
struct LocalRequestHead {
    let method: HTTPMethod
    let path: String
    let query: String?
    let headers: HeaderList
    let peer: SocketAddress
    let isSecure: Bool

    /// Copies the head; `lines` are complete lines that the gate added.
    init(_ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, lines: [UInt8]) {
        method = request.method
        path = bytes.text(request.path)
        query = request.query.map { bytes.text($0) }
        peer = request.client
        isSecure = request.isSecure
        var headers = HeaderList()
        for field in request.fields {
            headers.append(bytes.text(field.name), bytes.text(field.value))
        }
        var offset = 0
        let added = lines.span
        while case .field(let field)? = try? FieldLineScanner.next(
            added, at: &offset, limit: lines.count)
        {
            headers.append(added.text(field.name), added.text(field.value))
        }
        self.headers = headers
    }
}

/// The way of a request to a local service, and of its answer back.
extension Exchange {
    /// Keeps a part of the body for the service; false where the loop has no room for it.
    ///
    /// SECURITY: whoever is asked judges the whole body, so that anybody may send one. Without a
    /// bound for all of them together, slow clients would fill the memory.
    func collect(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let limits = proxy.configuration.limits
        let more = sharedBytes(of: collected.count + range.count) - sharedBytes(of: collected.count)
        guard more == 0 || proxy.collectedBytes + more <= limits.collectedBytes else {
            return false
        }
        proxy.collectedBytes += more
        collected.append(bytes, range)
        return true
    }

    /// The body is collected no longer.
    func dropCollected() {
        guard !collected.isEmpty else { return }
        proxy.collectedBytes -= sharedBytes(of: collected.count)
        collected = []
    }

    /// How many bytes of a body count against the bound of all.
    private func sharedBytes(of count: Int) -> Int {
        max(0, count - proxy.configuration.limits.collectedBytesOfEach)
    }

    /// Gives the complete request to the service.
    func serve() {
        guard let service = localService, let head = localRequest else { return }
        guard proxy.waiting < proxy.configuration.limits.waitingExchanges,
            let place = proxy.loop.inbox.reserve()
        else {
            refuse(.overloaded)
            return
        }
        localService = nil
        phase = .serving
        proxy.waiting += 1
        localRequest = nil
        let request = LocalRequest(
            method: head.method, path: head.path, query: head.query, headers: head.headers,
            body: collected, requestID: RequestID(id.text), peer: head.peer,
            isSecure: head.isSecure, receivedAt: startedAt.wall)
        dropCollected()
        client?.setDeadline(proxy.deadlines.service)
        service.respond(
            to: request,
            Responder(server: proxy.server, slot: slot, generation: generation, place: place))
    }

    /// The service answered; nil: it dropped its responder.
    func serviceAnswered(_ response: LocalResponse?) {
        guard case .serving = phase, let client else { return }
        endWait()
        client.stream.deadline = nil
        guard let response else {
            refuse(.unanswered)
            return
        }
        status = response.status
        responseBodyBytes = isHead ? 0 : response.body.count
        guard client.answer(response, self) else {
            refuse(.unanswered)
            return
        }
        phase = .answered
        finish(isComplete: true)
    }

    /// The hold is over: the head is read and judged again.
    func holdEnded() {
        guard case .held = phase else { return }
        endWait()
        client?.askAgain()
    }
}
