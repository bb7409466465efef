import Transport
import Values

/// One request and its answer: asks the gate, forwards or serves, and tells the gate what became of
/// it.
///
/// Knows no framing: under HTTP/1.1 a connection has one at a time. Exchanges are used again, so
/// that a request costs no allocation; a ticket names one by slot and generation.
final class Exchange {
    /// Where the exchange stands.
    enum Phase {
        /// The gate was not asked yet, or wants to be asked again.
        case asking
        case held
        /// The body goes to the upstream.
        case forwarding
        /// The body is collected for a local service.
        case collecting
        /// The local service has the request.
        case serving
        /// The answer is given; what is left of the body is dropped.
        case answered
        /// Not in use.
        case over
    }

    let proxy: ProxyLoop
    let slot: Int
    /// Counts the uses: a ticket of an earlier one does nothing.
    private(set) var generation: UInt64 = 0

    var phase = Phase.over
    var client: DownstreamConnection?
    var upstream: UpstreamConnection?

    // The request.
    private(set) var id = ExchangeID(seed: 0, number: 0)
    private(set) var startedAt = LoopTime(
        monotonic: .init(nanoseconds: 0), wall: .init(seconds: 0))
    private(set) var isHead = false
    private(set) var clientIsVersion11 = true
    /// The client waits for `100 Continue`, and has not been told.
    private(set) var clientAwaitsContinue = false
    /// Of the last use that was forwarded, until there is another.
    var rules = ForwardRules.standard
    var body = BodyFraming.none
    var mayRetry = false
    var requestIsComplete = false
    /// The head, kept until there is a connection, and while it may have to be sent again.
    var sentHead = ByteBuffer()
    /// Whether the head waits there for the connection.
    var headWaits = false
    /// A bit for each address of the upstream that was tried.
    var triedAddresses: UInt64 = 0
    /// The head as it came, for the gate to look at again; empty where nothing was forwarded.
    var reviewedHead = ByteBuffer()
    /// How many reviews had no outcome, one after the other.
    var undecidedReviews = 0
    /// Why the exchange is ended at the time that `ProxyLoop.ends` has for it.
    var endReason: EndReason?
    var responseLines: [UInt8] = []
    var requestTrailers: [UInt8] = []
    var trailers: [UInt8] = []
    /// The same.
    var pool: UpstreamPool?
    var localRequest: LocalRequestHead?
    /// The service that the body is collected for.
    var localService: (any LocalService)?
    var collected: [UInt8] = []
    var maxBodyBytes = Int.max

    // The record.
    var tag = -1
    var source = ExchangeRecord.Source.clientLeft
    var status = 0
    var code = ""
    var upstreamIndex: Int?
    var requestBodyBytes = 0
    var responseBodyBytes = 0
    var firstByteAt: MonotonicTime?
    private var isFinished = false
    private var holds: [HoldID] = []

    init(proxy: ProxyLoop, slot: Int) {
        self.proxy = proxy
        self.slot = slot
    }

    /// Begins another use.
    func start(for client: DownstreamConnection, id: ExchangeID, at time: LoopTime) {
        generation &+= 1
        phase = .asking
        self.client = client
        self.id = id
        startedAt = time
        isHead = false
        clientIsVersion11 = true
        clientAwaitsContinue = false
        body = .none
        mayRetry = false
        requestIsComplete = false
        headWaits = false
        tag = -1
        source = .clientLeft
        status = 0
        if !code.isEmpty { code = "" }
        upstreamIndex = nil
        requestBodyBytes = 0
        responseBodyBytes = 0
        firstByteAt = nil
        isFinished = false
        if !holds.isEmpty { holds = [] }
    }

    /// The outcome of asking the gate.
    enum Answer {
        /// The gate wants to be asked again about the same head.
        case held
        /// The request goes on; its head is written.
        case forward
        case decided(Verdict)
    }

    /// What was decided otherwise, with the head already copied.
    enum Verdict {
        case refuse(Refusal)
        case fail(UpstreamFailure)
        case fault(RequestFault)
        case serve
    }

    /// Asks the gate. The head and its bytes are needed here only.
    func ask(_ request: borrowing NormalizedRequest, in bytes: Span<UInt8>) -> Answer {
        isHead = request.method == .head
        clientIsVersion11 = request.isVersion11
        clientAwaitsContinue = request.expectsContinue && request.body != .none
        body = request.body
        let edits = proxy.edits
        edits.clear()
        edits.tag = tag
        edits.slot = slot
        edits.generation = generation
        edits.resumedHold = holds.last
        if request.maxForwards == 0
            || request.target.count == 1 && bytes[request.target.lowerBound] == UInt8(ascii: "*")
        {
            return .decided(.refuse(.emptyOptions))
        }
        let admission = proxy.gate.admit(request, in: bytes, edits: edits)
        tag = edits.tag
        if !edits.responseLines.isEmpty { swap(&responseLines, &edits.responseLines) }
        switch consume admission {
        case .forward(let index, let rules):
            return forward(request, in: bytes, to: index, rules, edits.requestLines)
        case .refuse(let refusal):
            source = .gate
            return .decided(.refuse(refusal))
        case .handOff(let service):
            source = .local
            maxBodyBytes = service.bodyLimit
            localRequest = LocalRequestHead(request, in: bytes, lines: edits.requestLines)
            localService = service
            return .decided(.serve)
        case .hold(let hold):
            return keep(hold)
        }
    }

    private func keep(_ hold: HoldID) -> Answer {
        guard !holds.contains(hold), holds.count < 4 else { return .decided(.fault(.heldTooOften)) }
        guard proxy.waiting < proxy.configuration.limits.waitingExchanges else {
            return .decided(.fault(.overloaded))
        }
        holds.append(hold)
        phase = .held
        proxy.waiting += 1
        return .held
    }

    /// A part of the body came with the head: the client waits for nothing.
    func bodyFollows() { clientAwaitsContinue = false }

    /// The request goes to its upstream.
    func beginForwarding() {
        phase = .forwarding
        if case .length(let length) = body, length > maxBodyBytes {
            refuse(.bodyTooLarge)
            return
        }
        allowBody()
    }

    /// Acts on what was decided.
    func begin(_ verdict: Verdict) {
        switch verdict {
        case .serve:
            if case .length(let length) = body, length > maxBodyBytes {
                refuse(.bodyTooLarge)
                return
            }
            phase = .collecting
            allowBody()
        case .refuse(let refusal):
            give(refusal)
        case .fail(let failure):
            source = .upstreamFailure(failure)
            give(proxy.gate.refusal(for: failure, requestID: id))
        case .fault(let fault):
            refuse(fault)
        }
    }

    private func allowBody() {
        guard clientAwaitsContinue else { return }
        clientAwaitsContinue = false
        client?.sendContinue()
    }

    /// Refuses the request because of a fault of its own; whatever was begun is given up.
    func refuse(_ fault: RequestFault) {
        source = .fault(fault)
        var refusal = proxy.gate.refusal(for: fault, requestID: id)
        // After a fault in the syntax nobody knows where the next request begins.
        if fault.endsConnection { refusal.closes = true }
        give(refusal)
    }

    /// Answers with a refusal.
    func give(_ refusal: Refusal) {
        endWait()
        dropUpstream()
        guard let client else { return }
        phase = .answered
        status = refusal.status
        code = refusal.code
        responseBodyBytes = isHead ? 0 : refusal.body.count
        client.answer(refusal, self)
        finish(isComplete: true)
    }

    /// The exchange waits no longer for somebody else.
    func endWait() {
        switch phase {
        case .held, .serving:
            proxy.waiting -= 1
            phase = .asking
        case .asking, .forwarding, .collecting, .answered, .over:
            break
        }
    }

    /// The time for a decision or for a local service's answer is over.
    func waitedTooLong() {
        if case .held = phase { refuse(.holdTimeout) } else { refuse(.serviceTimeout) }
    }

    /// Gives up the upstream, and what was to be sent to it.
    func dropUpstream() {
        if case .forwarding = phase { proxy.toUpstream.removeAll() }
        upstream.take()?.cancel()
    }

    /// The client is gone.
    func clientLeft() {
        endWait()
        dropUpstream()
        client = nil
        if status == 0 { source = .clientLeft }
        finish(isComplete: false)
    }

    /// Tells the gate, and makes the object free for another exchange.
    func finish(isComplete: Bool) {
        guard !isFinished else { return }
        isFinished = true
        phase = .over
        let now = proxy.loop.now.monotonic
        proxy.gate.finished(
            ExchangeRecord(
                id: id, tag: tag, source: source, status: status, code: code,
                upstream: upstreamIndex, requestBodyBytes: requestBodyBytes,
                responseBodyBytes: responseBodyBytes, isComplete: isComplete,
                startedAt: startedAt.wall,
                nanoseconds: now.nanoseconds(since: startedAt.monotonic),
                nanosecondsToFirstByte: firstByteAt.map {
                    $0.nanoseconds(since: startedAt.monotonic)
                }))
        if endReason != nil { forgetEnd() }
        client = nil
        upstream = nil
        if localService != nil || localRequest != nil { forgetService() }
        if pool?.isRetired == true { forgetRoute() }
        if !responseLines.isEmpty { responseLines.removeAll(keepingCapacity: true) }
        if !requestTrailers.isEmpty { requestTrailers.removeAll(keepingCapacity: true) }
        if !trailers.isEmpty { trailers.removeAll(keepingCapacity: true) }
        sentHead.removeAll()
        if !reviewedHead.isEmpty {
            reviewedHead.removeAll()
            proxy.reviews.clear(slot)
        }
        dropCollected()
        proxy.recycle(self)
    }

    private func forgetService() {
        localService = nil
        localRequest = nil
    }

    /// Lets go of an upstream that may be gone.
    func forgetRoute() {
        pool = nil
        rules = .standard
    }

    /// Frees the memory that an unused exchange keeps.
    func shrink() {
        sentHead.removeAll(keepingAtMost: 0)
        reviewedHead.removeAll(keepingAtMost: 0)
        responseLines = []
        requestTrailers = []
        trailers = []
        forgetRoute()
    }
}

extension Refusal {
    /// The answer to `OPTIONS *`, and to an OPTIONS request that may not be passed on: both concern
    /// the server itself.
    static var emptyOptions: Refusal {
        Refusal(status: 204, code: "", contentType: "")
    }
}

extension RequestFault {
    /// Whether the bytes that follow cannot be read as a request.
    var endsConnection: Bool {
        switch self {
        case .malformed, .pathNotNormal, .badBody, .targetTooLong, .headTooLarge, .tooManyFields,
            .unknownTransferCoding, .unsupportedVersion, .unsupportedMethod, .unmetExpectation,
            .protectedNameInConnection, .forwarding, .loop, .headTimeout, .bodyTimeout,
            .holdTimeout,
            .serviceTimeout:
            true
        case .bodyTooLarge, .heldTooOften, .overloaded, .unanswered, .outsidePrefix:
            false
        }
    }
}
