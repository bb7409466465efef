import Transport
import Values

/// One connection to an upstream: carries a request, reads its answer, and goes back into the pool.
///
/// What it decides is in `UpstreamStateMachine`; this class acts.
final class UpstreamConnection: StreamHandler {
    let proxy: ProxyLoop
    let pool: UpstreamPool
    private(set) var stream: ByteStream?

    private var machine = UpstreamStateMachine()
    private var body = BodyReader(ResponseFraming.none)
    private var exchange: Exchange?
    /// Which of the upstream's addresses it goes to.
    private let address: Int

    init(proxy: ProxyLoop, pool: UpstreamPool, address: Int) {
        self.proxy = proxy
        self.pool = pool
        self.address = address
    }

    /// Gives it the stream that is being connected.
    func attach(_ stream: ByteStream) { self.stream = stream }

    /// It came out of the pool for its next request. Its time there is over: a slow upload may last
    /// longer.
    ///
    /// - Parameter sendsAll: whether all of the request is sent next, and the time for an answer begins.
    func leased(sendsAll: Bool) {
        machine.leased()
        if !sendsAll { stream?.deadline = nil }
    }

    /// Begins to serve an exchange.
    func serve(_ exchange: Exchange) { self.exchange = exchange }

    /// Whether it is still being made: nothing may be sent, since that may fail.
    var isConnecting: Bool { machine.isConnecting }

    /// Whether the upstream is behind with reading.
    var wantsPause: Bool { stream?.wantsPause ?? false }

    /// The exchange gives it up in the middle.
    func cancel() {
        machine.cancelled()
        exchange = nil
        leavePool()
        stream?.abort()
        stream = nil
    }

    /// Closes it while it is idle.
    func evict() {
        machine.cancelled()
        leavePool()
        stream?.close()
        stream = nil
    }

    /// The head of the request is handed to the stream of a new connection.
    func requestBegan() { machine.requestBegan() }

    /// All of the request was handed to the stream.
    func requestEnded() {
        if case .startResponseDeadline = machine.requestEnded() { startResponseDeadline() }
    }

    /// The client is behind with reading.
    func pauseReading() {
        stream?.pauseReading()
        stream?.deadline = nil
    }

    /// The client has caught up.
    func resumeReading() {
        guard let stream, stream.isReadingPaused else { return }
        setBodyDeadline()
        stream.resumeReading()
    }

    /// It must take what waits within the time for writing.
    func startWriteDeadline() {
        setDeadline(proxy.deadlines.write)
    }

    func opened(_ stream: ByteStream) {
        machine.opened()
        pool.connected(address)
        exchange?.upstreamOpened()
    }

    func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
        var offset = 0
        reading: while offset < bytes.count {
            switch machine.bytesArrived() {
            case .readHead:
                guard readHead(bytes, at: &offset) else { break reading }
            case .readBody:
                guard readBody(bytes, at: &offset) else { break reading }
            case .leavePool:
                // Bytes that nobody asked for: the next answer would begin with them.
                evict()
                return bytes.count
            case .refuse:
                giveUp(.badFraming(.early))
                return bytes.count
            case .ignore:
                return bytes.count
            }
        }
        if let exchange {
            // The answer goes on: the next part of it is due.
            if machine.isInBody { setBodyDeadline() }
            exchange.flushAnswer()
        }
        return offset
    }

    func writable(_ stream: ByteStream) {
        stream.deadline = nil
        if machine.awaitsAnswer { startResponseDeadline() }
        if machine.isInBody, !stream.isReadingPaused { setBodyDeadline() }
        exchange?.upstreamWritable()
    }

    func ended(_ stream: ByteStream) {
        // SECURITY: under TLS an end that the peer did not announce may be somebody else's work.
        if body.endsWithConnection, exchange != nil, stream.endedCleanly {
            answerEnded()
            return
        }
        fail(machine.ended(), .closedBeforeResponse)
    }

    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        // Whose connection had come about never sees the last two.
        switch failure {
        case .connectTimedOut: fail(machine.ended(), .connectTimeout)
        case .tls(let reason, _): fail(machine.ended(), .insecure(reason))
        case .refused, .unreachable, .timedOut, .reset, .addressInUse, .addressNotAvailable,
            .notPermitted, .noDescriptors, .inputLimit, .outputLimit, .bufferLimit, .stopped,
            .other:
            fail(machine.ended(), .closedBeforeResponse)
        }
    }

    func deadlinePassed(_ stream: ByteStream) {
        switch machine.deadlinePassed() {
        case .leavePool: evict()
        case .timeOut: giveUp(.responseTimeout)
        case .stall: giveUp(.stalled)
        case .ignore: break
        }
    }
}

extension UpstreamConnection {
    /// Reads a head, interim or final; false where nothing more can be read now.
    private func readHead(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        let rest = offset == 0 ? bytes : bytes.extracting(offset..<bytes.count)
        do throws(ResponseFault) {
            guard
                try ResponseHeadScanner.scan(
                    rest, limits: proxy.configuration.limits.responseHead,
                    into: &proxy.responseHead)
            else { return false }
            let end = proxy.responseHead.end
            if proxy.responseHead.status < 200 {
                offset += end
                try interimHead(rest)
                return true
            }
            try finalHead(rest)
            offset += end
            if body.remaining == 0 {
                answerEnded()
                return false
            }
            return true
        } catch {
            offset = bytes.count
            giveUp(.badFraming(error))
            return false
        }
    }

    private func interimHead(_ bytes: Span<UInt8>) throws(ResponseFault) {
        let action = machine.interimArrived(
            status: proxy.responseHead.status,
            limit: proxy.configuration.limits.interimResponses)
        switch action {
        case .passOn:
            try InterimAnswer.check(proxy.responseHead)
            exchange?.interimAnswer(in: bytes)
        case .drop: try InterimAnswer.check(proxy.responseHead)
        case .fail(let fault): throw fault
        }
    }

    private func finalHead(_ bytes: Span<UInt8>) throws(ResponseFault) {
        guard let exchange else { return }
        let framing = try AnswerFraming.read(
            proxy.responseHead, answeringHead: exchange.isHead,
            followedBy: bytes.count &- proxy.responseHead.end)
        body = BodyReader(framing)
        machine.headArrived(keepsAlive: proxy.responseHead.keepsAlive && framing != .untilClose)
        exchange.answerStarted(in: bytes, framing: framing, status: proxy.responseHead.status)
    }

    private func readBody(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        guard let exchange else { return false }
        do throws(BodyFault) {
            var isAtEnd = false
            switch try body.next(bytes, at: &offset) {
            case .data(let range):
                isAtEnd = body.remaining == 0
                // SECURITY: what follows an answer is no part of it, and nobody asked for another.
                if isAtEnd, offset < bytes.count { break }
                exchange.answerBody(bytes, range)
            case .trailer(let field): exchange.answerTrailer(field, in: bytes)
            case .needMore: return false
            case .end: isAtEnd = true
            }
            guard isAtEnd else { return true }
            if offset < bytes.count {
                offset = bytes.count
                giveUp(.badFraming(.excess))
            } else {
                answerEnded()
            }
            return false
        } catch {
            offset = bytes.count
            giveUp(.badFraming(.body))
            return false
        }
    }

    /// The answer is complete.
    private func answerEnded() {
        let exchange = exchange.take()
        body = BodyReader(ResponseFraming.none)
        let stream = stream
        let isSent = stream?.unsentBytes == 0
        switch machine.answerEnded(isExact: isSent) {
        case .intoPool where pool.takeBack(self):
            stream?.deadline = proxy.loop.now.monotonic.advanced(byNanoseconds: pool.idleTime)
        case .intoPool, .close:
            machine.cancelled()
            leavePool()
            stream?.close()
            self.stream = nil
        }
        exchange?.answerEnded()
    }

    private func fail(_ action: UpstreamStateMachine.EndAction, _ failure: UpstreamFailure) {
        let exchange = exchange.take()
        leavePool()
        stream?.close()
        stream = nil
        switch action {
        case .leavePool, .ignore:
            break
        case .failBeforeAnswer(let mayRetry):
            exchange?.upstreamFailed(failure, mayRetry: mayRetry)
        case .failConnecting:
            pool.connectFailed(address, at: proxy.loop.now.monotonic)
            exchange?.connectFailed(failure == .closedBeforeResponse ? .refused : failure)
        case .failInBody:
            exchange?.upstreamFailed(.closedMidResponse, mayRetry: false)
        }
    }

    /// The upstream broke a rule or was too slow.
    private func giveUp(_ failure: UpstreamFailure) {
        let exchange = exchange
        cancel()
        exchange?.upstreamFailed(failure, mayRetry: false)
    }

    private func leavePool() {
        guard stream != nil else { return }
        pool.left(self)
    }

    private func startResponseDeadline() {
        setDeadline(exchange?.rules.responseTime ?? pool.responseTime)
    }

    private func setBodyDeadline() {
        setDeadline(exchange?.rules.bodyIdleTime ?? pool.bodyIdleTime)
    }

    private func setDeadline(_ nanoseconds: UInt64) {
        stream?.deadline = proxy.loop.now.monotonic.advanced(byNanoseconds: nanoseconds)
    }
}
