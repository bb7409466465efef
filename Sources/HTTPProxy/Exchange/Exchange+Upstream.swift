import Transport
import Values

/// The connection that a request is sent on: had when there is something to send, and had again where
/// the first one fails before anything was sent.
extension Exchange {
    /// Whether the body may be read on: not while a connection is being made. What was read is gone,
    /// and where one address fails, the next one must get all of it.
    @inline(__always)
    func takesBody() -> Bool {
        guard case .forwarding = phase else { return true }
        if upstream == nil { lease(fresh: false) }
        return !headWaits || takesWaitingHead()
    }

    private func takesWaitingHead() -> Bool {
        guard let upstream, !upstream.isConnecting else { return upstream == nil }
        headWaits = false
        sentHead.withSpan { proxy.toUpstream.append($0) }
        upstream.requestBegan()
        return true
    }

    /// Sends what waits for the upstream.
    func flushRequest() {
        guard case .forwarding = phase else { return }
        if upstream == nil, !proxy.toUpstream.isEmpty { lease(fresh: false) }
        guard !headWaits, let upstream, let stream = upstream.stream else { return }
        if mayRetry, !proxy.toUpstream.isEmpty { keepHead() }
        BodyWriter.flush(&proxy.toUpstream, to: stream)
        if stream.wantsPause, !requestIsComplete {
            client?.pauseBody()
            upstream.startWriteDeadline()
        }
    }

    /// Takes a connection; one that is still being made gets the head when it is there.
    private func lease(fresh: Bool) {
        guard let pool else { return }
        do throws(UpstreamFailure) {
            let connection = try pool.lease(
                on: proxy, rules: rules, fresh: fresh, sendsAll: requestIsComplete,
                tried: &triedAddresses)
            connection.serve(self)
            let isConnecting = connection.isConnecting
            upstream = consume connection
            guard isConnecting else { return }
            headWaits = true
            guard sentHead.isEmpty else { return }
            keepHead()
            proxy.toUpstream.removeAll()
        } catch {
            upstreamFailed(error, mayRetry: false)
        }
    }

    @inline(__always)
    private func keepHead() {
        sentHead.removeAll()
        proxy.toUpstream.withSpan { sentHead.append($0) }
    }

    /// The connection that was being made is there.
    func upstreamOpened() {
        guard headWaits, case .forwarding = phase, let upstream, let stream = upstream.stream else {
            return
        }
        // A body that waits goes into the same write: it is read when this tick ends.
        if client?.keepsBody != true {
            headWaits = false
            upstream.requestBegan()
            BodyWriter.send(sentHead, to: stream)
            if requestIsComplete { upstream.requestEnded() }
        }
        client?.resumeBody()
    }

    /// No connection came about, so that nothing was sent: another address may get the request.
    func connectFailed(_ failure: UpstreamFailure) {
        upstream = nil
        if let pool, pool.mayTryAnother(after: triedAddresses, at: proxy.loop.now.monotonic) {
            lease(fresh: true)
        } else {
            upstreamFailed(failure, mayRetry: false)
        }
    }

    /// The upstream will give no answer, or no more of it.
    func upstreamFailed(_ failure: UpstreamFailure, mayRetry connectionAllows: Bool) {
        upstream = nil
        if connectionAllows, mayRetry, !sentHead.isEmpty,
            pool?.mayRetry(at: proxy.loop.now.monotonic) == true
        {
            // Once only: the next connection is a new one, whose failure is final.
            mayRetry = false
            lease(fresh: true)
            return
        }
        pool?.failed(failure)
        source = .upstreamFailure(failure)
        guard status == 0 else {
            code = failure.code
            phase = .answered
            client?.cutAnswer()
            finish(isComplete: false)
            return
        }
        give(proxy.gate.refusal(for: failure, requestID: id))
    }
}

/// The end that an exchange has besides the one that its peers give it.
extension Exchange {
    /// Ends the exchange at an instant, if nothing ends it before.
    func end(at time: MonotonicTime, because reason: EndReason) {
        if let other = proxy.ends[slot], other <= time { return }
        endReason = reason
        proxy.ends.set(slot, to: time)
    }

    /// The instant is there.
    func timeIsOver() {
        guard let reason = endReason else { return }
        forgetEnd()
        switch reason {
        case .total:
            dropUpstream()
            upstreamFailed(.totalTimeout, mayRetry: false)
        }
    }

    /// The exchange has no end of its own any more.
    func forgetEnd() {
        endReason = nil
        proxy.ends.clear(slot)
    }
}
