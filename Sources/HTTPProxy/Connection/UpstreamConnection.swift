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
    private var isInPool = false

    init(proxy: ProxyLoop, pool: UpstreamPool) {
        self.proxy = proxy
        self.pool = pool
    }

    /// Gives it the stream that is being connected.
    func attach(_ stream: ByteStream) { self.stream = stream }

    /// It came out of the pool for its next request.
    func leased() {
        isInPool = false
        machine.leased()
    }

    /// Begins to serve an exchange.
    func serve(_ exchange: Exchange) { self.exchange = exchange }

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
        setDeadline(proxy.deadlines.responseIdle)
        stream.resumeReading()
    }

    /// It must take what waits within the time for writing.
    func startWriteDeadline() {
        setDeadline(proxy.deadlines.write)
    }

    func opened(_ stream: ByteStream) {
        switch machine.opened() {
        case .startResponseDeadline: startResponseDeadline()
        case .wait: if stream.wantsPause { startWriteDeadline() }
        }
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
            case .ignore:
                return bytes.count
            }
        }
        if let exchange {
            // The answer goes on: the next part of it is due.
            if machine.isInBody { setDeadline(proxy.deadlines.responseIdle) }
            exchange.flushAnswer()
        }
        return offset
    }

    func writable(_ stream: ByteStream) {
        stream.deadline = nil
        if machine.awaitsAnswer { startResponseDeadline() }
        exchange?.upstreamWritable()
    }

    func ended(_ stream: ByteStream) {
        if body.endsWithConnection, exchange != nil {
            answerEnded(isExact: true)
            return
        }
        fail(machine.ended(), .closedBeforeResponse)
    }

    func failed(_ stream: ByteStream, _ failure: TransportFailure) {
        fail(
            machine.ended(),
            failure == .connectTimedOut ? .connectTimeout : .closedBeforeResponse)
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
                if proxy.responseHead.status == 101 { throw .upgrade }
                switch machine.interimArrived(
                    limit: proxy.configuration.limits.interimResponses)
                {
                case .skip: return true
                case .fail: throw .tooManyInterim
                }
            }
            finalHead(rest)
            offset += end
            if body.remaining == 0 {
                answerEnded(isExact: offset == bytes.count)
                return false
            }
            return true
        } catch {
            offset = bytes.count
            giveUp(.badFraming(error))
            return false
        }
    }

    private func finalHead(_ bytes: Span<UInt8>) {
        guard let exchange else { return }
        let framing = proxy.responseHead.body(answeringHead: exchange.isHead)
        body = BodyReader(framing)
        machine.headArrived(keepsAlive: proxy.responseHead.keepsAlive && framing != .untilClose)
        exchange.answerStarted(in: bytes, framing: framing, status: proxy.responseHead.status)
    }

    private func readBody(_ bytes: Span<UInt8>, at offset: inout Int) -> Bool {
        guard let exchange else { return false }
        do throws(BodyFault) {
            switch try body.next(bytes, at: &offset) {
            case .data(let range): exchange.answerBody(bytes, range)
            case .trailer(let field): exchange.answerTrailer(field, in: bytes)
            case .needMore: return false
            case .end:
                answerEnded(isExact: offset == bytes.count)
                return false
            }
            if body.remaining == 0 {
                answerEnded(isExact: offset == bytes.count)
                return false
            }
            return true
        } catch {
            offset = bytes.count
            giveUp(.badFraming(.body))
            return false
        }
    }

    /// The answer is complete.
    private func answerEnded(isExact: Bool) {
        let exchange = exchange
        self.exchange = nil
        body = BodyReader(ResponseFraming.none)
        switch machine.answerEnded(isExact: isExact) {
        case .intoPool where pool.takeBack(self):
            isInPool = true
            setDeadline(pool.idleTime)
        case .intoPool, .close:
            machine.cancelled()
            leavePool()
            stream?.close()
            stream = nil
        }
        exchange?.answerEnded()
    }

    private func fail(_ action: UpstreamStateMachine.EndAction, _ failure: UpstreamFailure) {
        let exchange = exchange
        self.exchange = nil
        leavePool()
        stream?.close()
        stream = nil
        switch action {
        case .leavePool, .ignore:
            break
        case .failBeforeAnswer(let mayRetry):
            exchange?.upstreamFailed(failure, mayRetry: mayRetry)
        case .failConnecting:
            exchange?.upstreamFailed(
                failure == .connectTimeout ? failure : .refused, mayRetry: false)
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
        isInPool = false
        pool.left(self)
    }

    private func startResponseDeadline() {
        setDeadline(exchange?.rules.responseTime ?? pool.responseTime)
    }

    private func setDeadline(_ nanoseconds: UInt64) {
        stream?.deadline = proxy.loop.now.monotonic.advanced(byNanoseconds: nanoseconds)
    }
}
