import Transport
import Values

/// One client connection under HTTP/1.1: reads requests, one at a time and in order, and writes
/// answers.
///
/// What it decides is in `DownstreamStateMachine`; this class acts. It owns no buffer: what is not
/// consumed waits in the stream.
final class DownstreamConnection: StreamHandler {
    let proxy: ProxyLoop
    let stream: ByteStream
    /// Where it stands in `ProxyLoop.connections`.
    var index = 0

    var machine = DownstreamStateMachine()
    var body = BodyReader(BodyFraming.none)
    /// The request under way.
    var exchange: Exchange?
    /// How many bytes of an incomplete head were looked at.
    private var seenHeadBytes = 0
    /// Whether bytes of the body were left in the stream until there is an upstream connection.
    private(set) var keepsBody = false
    /// Bytes of the body since its deadline was set.
    private var windowBytes = 0
    /// What is the same for all requests of the client.
    let origin: ConnectionOrigin
    /// Whether the answer's body is written in chunks.
    var answerIsChunked = false

    init(proxy: ProxyLoop, stream: ByteStream) {
        self.proxy = proxy
        self.stream = stream
        origin = ConnectionOrigin(peer: stream.peer, tls: stream.tls, edge: proxy.edge)
        setDeadline(proxy.deadlines.firstByte)
    }

    func opened(_ stream: ByteStream) {}

    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        var offset = 0
        reading: while offset < bytes.count {
            switch machine.bytesArrived() {
            case .readHead:
                // Answers that the client does not read are not added to.
                if stream.wantsPause {
                    stream.pauseReading()
                    break reading
                }
                guard readHead(bytes, at: &offset) else { break reading }
            case .readBody:
                guard readBody(bytes, at: &offset) else { break reading }
            case .dropBody:
                guard dropBody(bytes, at: &offset) else { break reading }
            case .wait:
                stream.pauseReading()
                break reading
            case .ignore:
                offset = bytes.count
            }
        }
        // What belongs to a complete request is sent already.
        if let exchange, !exchange.requestIsComplete { exchange.flushRequest() }
        return offset
    }

    func writable(_ stream: ByteStream) {
        if machine.bytesArrived() == .readHead {
            // The next head may have waited for the client to read.
            if machine.isIdle { setDeadline(proxy.deadlines.idle) }
            stream.resumeReading()
        } else {
            setBodyDeadline()
            exchange?.clientWritable()
        }
    }

    func ended(_ stream: ByteStream) {
        switch machine.peerEnded() {
        case .close:
            leave()
            stream.close()
        case .abandon:
            leave()
            stream.close()
            takeExchange()?.clientLeft()
        case .answerThenClose, .ignore:
            break
        }
    }

    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        machine.broke()
        leave()
        takeExchange()?.clientLeft()
    }

    func deadlinePassed(_ stream: ByteStream) {
        switch machine.deadlinePassed() {
        case .close:
            leave()
            stream.close()
        case .refuseHead:
            refuseHead(.headTimeout)
        case .checkBody:
            checkBody()
        case .checkAnswer:
            if stream.wantsPause || machine.isAnswering {
                abandon()
            } else {
                exchange?.waitedTooLong()
            }
        }
    }

    /// The server drains already: one request is served.
    func acceptedLate() { machine.acceptedLate() }

    /// The server takes no more requests. One that is on its way to an idle connection is answered:
    /// closing at once would lose it.
    func drain() {
        switch machine.drain() {
        case .closeSoon: setDeadline(proxy.deadlines.drain)
        case .finishFirst: break
        }
    }

    /// Cuts the connection.
    func abandon() {
        machine.broke()
        leave()
        stream.abort()
        takeExchange()?.clientLeft()
    }

    /// The exchange under way, which the connection lets go of.
    func takeExchange() -> Exchange? {
        exchange.take()
    }

    func leave() { proxy.remove(self) }

    func setDeadline(_ nanoseconds: UInt64) {
        stream.deadline = proxy.loop.now.monotonic.advanced(byNanoseconds: nanoseconds)
    }
}

extension DownstreamConnection {
    /// Reads a head; false where it is incomplete, held, or refused for its syntax.
    private func readHead(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        let rest = offset == 0 ? bytes : bytes.extracting(offset..<bytes.count)
        let limits = proxy.configuration.limits.head
        if seenHeadBytes > 0,
            !HeadScanner.shouldScan(rest, seen: seenHeadBytes, limits: limits)
        {
            seenHeadBytes = rest.count
            return false
        }
        do throws(RequestFault) {
            guard try HeadScanner.scan(rest, limits: limits, into: &proxy.head) else {
                seenHeadBytes = rest.count
                if case .startHeadDeadline = machine.headIncomplete() {
                    setDeadline(proxy.deadlines.head)
                }
                return false
            }
            seenHeadBytes = 0
            let exchange = exchange ?? proxy.beginExchange(for: self)
            self.exchange = exchange
            let request = try NormalizedRequest.normalize(
                &proxy.head, in: rest, protected: proxy.gate.protectedHeaders, from: origin,
                edge: proxy.edge, id: exchange.id, at: exchange.startedAt)
            return admit(request, in: rest, exchange, at: &offset)
        } catch {
            offset = bytes.count
            refuseHead(error)
            return false
        }
    }

    /// Asks the gate; false where the head stays, to be asked about again.
    private func admit(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, _ exchange: Exchange,
        at offset: inout Int
    ) -> Bool {
        switch exchange.ask(request, in: bytes) {
        case .held:
            machine.headHeld()
            stream.pauseReading()
            setDeadline(proxy.deadlines.hold)
            return false
        case .forward:
            headEnded(request, in: bytes, exchange, at: &offset)
            exchange.beginForwarding()
        case .decided(let verdict):
            headEnded(request, in: bytes, exchange, at: &offset)
            exchange.begin(verdict)
        }
        // A refusal has ended the exchange already, and has set the deadline of an idle connection.
        if request.body == .none, self.exchange === exchange { requestEnded(exchange) }
        return true
    }

    /// The head is consumed.
    @inline(__always)
    private func headEnded(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, _ exchange: Exchange,
        at offset: inout Int
    ) {
        offset += request.end
        body = BodyReader(request.body)
        keepsBody = false
        machine.headCompleted(
            hasBody: request.body != .none, keepsAlive: request.keepsAlive)
        if request.body == .none { stream.deadline = nil } else { setBodyDeadline() }
        if offset < bytes.count { exchange.bodyFollows() }
    }

    /// Reads the body and gives it to the exchange; false where nothing more can be read now.
    private func readBody(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        guard let exchange else {
            offset = bytes.count
            return false
        }
        keepsBody = !exchange.takesBody()
        if keepsBody {
            pauseBody()
            return false
        }
        // Without an upstream the request has been answered.
        guard self.exchange === exchange else { return true }
        do throws(BodyFault) {
            let start = offset
            defer { windowBytes &+= offset &- start }
            switch try body.next(bytes, at: &offset) {
            case .data(let range):
                exchange.requestBody(bytes, range)
            case .trailer(let field):
                exchange.requestTrailer(field, in: bytes)
            case .needMore:
                return false
            case .end:
                requestEnded(exchange)
            }
            if body.remaining == 0 { requestEnded(exchange) }
            return true
        } catch {
            offset = bytes.count
            exchange.requestBroke(.badBody(error))
            return false
        }
    }

    private func requestEnded(_ exchange: Exchange) {
        switch machine.requestEnded() {
        case .waitForAnswer:
            if exchange.body != .none, !stream.wantsPause { stream.deadline = nil }
            exchange.requestEnded()
        case .readNextRequest:
            readNextRequest()
        }
    }

    /// Reads the rest of a body whose answer is complete.
    private func dropBody(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        do throws(BodyFault) {
            switch try body.next(bytes, at: &offset) {
            case .data, .trailer: break
            case .needMore: return false
            case .end: _ = machine.requestEnded()
            }
            if body.remaining == 0 {
                _ = machine.requestEnded()
                readNextRequest()
            }
            return true
        } catch {
            offset = bytes.count
            machine.broke()
            leave()
            stream.closeLingering()
            return false
        }
    }

    /// Refuses a head because of its syntax. The connection ends: where the next one begins is
    /// unknown.
    private func refuseHead(_ fault: RequestFault) {
        seenHeadBytes = 0
        let exchange = exchange ?? proxy.beginExchange(for: self)
        self.exchange = exchange
        machine.headRefused()
        exchange.refuse(fault)
    }

    /// The time for a part of the body is over.
    private func checkBody() {
        guard let exchange else { return }
        if machine.isAnswering, stream.wantsPause {
            abandon()
        } else if stream.isReadingPaused
            || windowBytes >= proxy.configuration.deadlines.bodyMinimumBytes
        {
            setBodyDeadline()
        } else {
            exchange.requestBroke(.bodyTimeout)
        }
    }

    /// Starts the window in which a part of the body must arrive, where one is awaited.
    func setBodyDeadline() {
        windowBytes = 0
        if stream.wantsPause {
            setDeadline(proxy.deadlines.write)
        } else if machine.bytesArrived() == .readBody {
            setDeadline(proxy.deadlines.bodyWindow)
        } else if machine.bytesArrived() == .wait, machine.isAnswering {
            stream.deadline = nil
        }
    }

    /// The connection is free for the next request.
    func readNextRequest() {
        setDeadline(machine.isLast ? proxy.deadlines.drain : proxy.deadlines.idle)
        if stream.isReadingPaused { stream.resumeReading() }
    }

    /// A hold is over: the head, which the stream kept, is read again.
    func askAgain() {
        machine.holdEnded()
        stream.deadline = nil
        stream.resumeReading()
    }
}
