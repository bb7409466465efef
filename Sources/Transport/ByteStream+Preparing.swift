import CSystem
import Values

/// What a connection is waiting for before its handler hears of it.
final class StreamPreparation {
    /// Who takes the connection; nil for one that we asked for.
    let reception: Reception?
    /// A PROXY header must come first.
    var awaitsHeader: Bool
    /// The stream waits for the loop to have time for its handshake.
    var isQueued = false
    /// What the handler wrote before the handshake was done.
    var early = OutputQueue()

    init(reception: Reception?, awaitsHeader: Bool) {
        self.reception = reception
        self.awaitsHeader = awaitsHeader
    }
}

extension ByteStream {
    /// Why an accepted connection never came to its handler, or an asked-for one failed.
    enum PreparationFailure {
        case slow, evicted, closed, badHeader
        case tls(TLSFailure)
        case transport(TransportFailure)
    }

    /// What epoll said of the descriptor before the connection is ready.
    func prepare(_ events: UInt32) {
        guard let preparation else { return }
        if events & gatehouse_event_error != 0 {
            preparingFailed(.transport(pendingError))
            return
        }
        if events & gatehouse_event_out != 0 { flush() }
        let mask =
            gatehouse_event_in | gatehouse_event_read_hang_up | gatehouse_event_hang_up
        guard phase == .preparing, outputFailure == nil, events & mask != 0 else { return }
        if preparation.awaitsHeader {
            readHeader(preparation)
        } else {
            loop.shakeHands(self)
        }
    }

    /// The connection that we asked for is there; TLS begins.
    func startHandshake() {
        phase = .preparing
        let latest = loop.now.monotonic.advanced(by: loop.limits.handshake)
        if let deadline = loop.deadline(of: slot), latest < deadline {
            loop.setDeadline(of: slot, to: latest)
        }
        disarm(gatehouse_event_out)
        loop.records.given(0)
        stepHandshake()
    }

    /// Reads what has come and goes on with the handshake. The loop says when there is time.
    func continueHandshake() {
        guard phase == .preparing, outputFailure == nil else { return }
        if input.count > 0 {
            // What came behind a PROXY header, never more than the loop's memory for records.
            let target = unsafe loop.records.input
            let count = min(input.count, target.count)
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.bytes[..<count]))
            input.consumed(count, pool: &loop.pool)
            loop.records.given(count)
            stepHandshake()
            return
        }
        let target = unsafe loop.records.input
        let answer = unsafe gatehouse_read(descriptor, target.baseAddress, target.count)
        if answer > 0 {
            countRead(answer)
            loop.records.given(answer)
            stepHandshake()
        } else if answer == 0 {
            preparingFailed(.closed)
        } else if answer != -Int(gatehouse_again) {
            preparingFailed(
                .transport(
                    TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "read")))
        }
    }

    private func stepHandshake() {
        if session == nil, let context = preparation?.reception?.settings.tls {
            session = TLSSession(server: context, records: loop.records)
        }
        guard let session else {
            preparingFailed(.tls(.outOfMemory))
            return
        }
        let step = session.shakeHands()
        switch step {
        case .needsMore: sendRecords()
        case .failed(let failure):
            sendRecords()
            preparingFailed(.tls(failure))
        case .done:
            sendRecords()
            count(session)
            // What came behind the handshake is opened before anybody else uses the loop's memory.
            let opened = openRecords(session)
            becomeReady()
            guard phase == .open else { return }
            deliverOpened(opened)
        }
    }

    private func count(_ session: TLSSession) {
        loop.counters.handshakes &+= 1
        if session.isResumed { loop.counters.handshakesResumed &+= 1 }
    }

    /// The handler is told of the connection.
    func becomeReady() {
        guard let preparation, outputFailure == nil else { return }
        self.preparation = nil
        loop.leaveHandshakes(self)
        phase = .open
        loop.setDeadline(of: slot, to: nil)
        if let reception = preparation.reception {
            let handler = reception.acceptor.accepted(self)
            if phase == .open { self.handler = handler }
            return
        }
        if let session {
            sendEarly(&preparation.early, session)
            if finishRequested { finishEarly(session) }
        }
        tellOpened()
    }

    /// The connection that was asked for is there. Output that waited for it may be gone already.
    func tellOpened() {
        handler?.opened(self)
        guard phase == .open, owesWritable, output.count < Self.lowMark, outputFailure == nil else {
            return
        }
        owesWritable = false
        handler?.writable(self)
    }

    private func readHeader(_ preparation: StreamPreparation) {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer[..<16_384])
        let answer = unsafe gatehouse_read(descriptor, target.baseAddress, target.count)
        guard answer > 0 else {
            if answer == 0 {
                preparingFailed(.closed)
            } else if answer != -Int(gatehouse_again) {
                preparingFailed(
                    .transport(
                        TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "read")))
            }
            return
        }
        countRead(answer)
        let bytes = unsafe UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(target)[..<answer])
        guard unsafe input.append(bytes, pool: &loop.pool) else {
            preparingFailed(.transport(.bufferLimit))
            return
        }
        switch ProxyHeader.parse(unsafe Span(_unsafeBytes: input.bytes)) {
        case .incomplete: break
        case .malformed: preparingFailed(.badHeader)
        case .complete(let source, let length):
            if let source { peer = source }
            input.consumed(length, pool: &loop.pool)
            preparation.awaitsHeader = false
            headerCame(preparation)
        }
    }

    private func headerCame(_ preparation: StreamPreparation) {
        if preparation.reception?.settings.tls != nil {
            if input.count > 0 { loop.shakeHands(self) }
            return
        }
        becomeReady()
        guard phase == .open, !isReadingPaused, input.count > 0 else { return }
        deliverKept()
    }

    /// The connection never becomes ready: it is counted, closed, and told to whoever asked for it.
    func preparingFailed(_ failure: PreparationFailure) {
        guard phase == .preparing else { return }
        let told: TransportFailure
        switch failure {
        case .badHeader:
            loop.counters.proxyHeadersRefused &+= 1
            told = .reset
        case .transport(let failure): told = failure
        case .tls(let failure): told = counted(failure)
        case .slow:
            told = counted(TLSFailure(.tooSlow, "the TLS handshake took too long"))
        case .evicted:
            told = counted(TLSFailure(.tooMany, "too many TLS handshakes are under way"))
        case .closed:
            told = counted(
                TLSFailure(.closedEarly, "the peer closed the connection in the TLS handshake"))
        }
        if isOutgoing { loop.counters.connectFailures &+= 1 }
        fail(told)
    }

    private func counted(_ failure: TLSFailure) -> TransportFailure {
        if preparation?.awaitsHeader == true {
            loop.counters.proxyHeadersRefused &+= 1
        } else {
            loop.counters.handshakeFailures.add(failure.reason)
        }
        return TransportFailure(failure)
    }

    /// The stream is gone, or ready.
    func leavePreparation() {
        guard let preparation else { return }
        preparation.early.drop(pool: &loop.pool)
        self.preparation = nil
        loop.leaveHandshakes(self)
    }
}
