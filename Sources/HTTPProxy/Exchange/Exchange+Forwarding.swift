import Transport
import Values

/// The way of a request to an upstream, and of the answer back.
extension Exchange {
    /// Writes the head for the upstream into the loop's buffer.
    func forward(
        _ request: borrowing NormalizedRequest, in bytes: Span<UInt8>, to index: Int,
        _ rules: ForwardRules, _ lines: [UInt8]
    ) -> Answer {
        guard proxy.pools.indices.contains(index) else { return .decided(.fail(.unknown)) }
        let pool = proxy.pools[index]
        guard pool.hasPrefixes else { return .decided(.fail(.unknown)) }
        if self.pool !== pool { self.pool = pool }
        upstreamIndex = index
        if self.rules !== rules { self.rules = rules }
        source = .upstream
        maxBodyBytes = rules.maxBodyBytes ?? proxy.configuration.limits.bodyBytes
        mayRetry = request.body == .none && request.method.isIdempotent
        triedAddresses = 0
        pool.requestBegan()
        if let total = rules.totalTime ?? pool.totalTime {
            end(at: startedAt.monotonic.advanced(byNanoseconds: total), because: .total)
        }
        keepForReview(request, in: bytes)
        proxy.toUpstream.removeAll()
        do throws(RequestFault) {
            try RequestHeadWriter.write(
                request, in: bytes, rules: rules, authority: pool.settings.authority,
                rewrite: pool.rewrite, edge: proxy.edge, lines: lines,
                to: &proxy.toUpstream)
        } catch {
            return .decided(.fault(error))
        }
        return .forward
    }

    /// A part of the request's body.
    func requestBody(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        bodyFollows()
        requestBodyBytes &+= range.count
        switch phase {
        case .forwarding:
            guard requestBodyBytes <= maxBodyBytes else {
                requestBroke(.bodyTooLarge)
                return
            }
            guard let stream = upstream?.stream else { return }
            BodyWriter.write(
                bytes, range, isChunked: body == .chunked, pending: &proxy.toUpstream, to: stream)
        case .collecting:
            guard requestBodyBytes <= maxBodyBytes else {
                refuse(.bodyTooLarge)
                return
            }
            guard collect(bytes, range) else {
                refuse(.overloaded)
                return
            }
        case .asking, .held, .serving, .answered, .over:
            break
        }
    }

    /// A trailer field of the request.
    func requestTrailer(_ field: FieldLine, in bytes: Span<UInt8>) {
        guard case .forwarding = phase,
            HeaderRules.passesTrailer(
                field, in: bytes, protected: proxy.gate.protectedHeaders.names),
            !rules.removedRequestNames.contains(field, in: bytes)
        else { return }
        requestTrailers.append(bytes, field.line)
    }

    /// The request is complete.
    func requestEnded() {
        guard !requestIsComplete else { return }
        requestIsComplete = true
        switch phase {
        case .forwarding:
            if body == .chunked {
                proxy.toUpstream.append("0\r\n")
                proxy.toUpstream.append(requestTrailers)
                proxy.toUpstream.append("\r\n")
            }
            flushRequest()
            upstream?.requestEnded()
        case .collecting:
            serve()
        case .asking, .held, .serving, .answered, .over:
            break
        }
    }

    /// The body is malformed or too slow.
    func requestBroke(_ fault: RequestFault) {
        guard status == 0 else {
            // The answer is under way: there is no other way to say that something is wrong.
            dropUpstream()
            client?.cutAnswer()
            finish(isComplete: false)
            return
        }
        refuse(fault)
    }

    /// The upstream has taken what waited.
    func upstreamWritable() { client?.resumeBody() }

    /// The client has taken what waited.
    func clientWritable() { upstream?.resumeReading() }

    /// The head of an interim answer is in the loop's `responseHead`.
    func interimAnswer(in bytes: Span<UInt8>) {
        client?.sendInterim(in: bytes, self)
    }

    /// The head of the final answer is in the loop's `responseHead`.
    func answerStarted(in bytes: Span<UInt8>, framing: ResponseFraming, status: Int) {
        self.status = status
        firstByteAt = proxy.loop.now.monotonic
        mayRetry = false
        client?.startAnswer(in: bytes, framing: framing, self)
    }

    /// A part of the answer's body.
    func answerBody(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        responseBodyBytes &+= range.count
        client?.writeAnswer(bytes, range)
    }

    /// A trailer field of the answer.
    func answerTrailer(_ field: FieldLine, in bytes: Span<UInt8>) {
        guard
            HeaderRules.passesTrailer(
                field, in: bytes, protected: rules.removedResponseNames)
        else { return }
        trailers.append(bytes, field.line)
    }

    /// Sends what waits for the client.
    func flushAnswer() {
        guard let client else { return }
        client.flushAnswer()
        if client.wantsPause { upstream?.pauseReading() }
    }

    /// The answer is complete, and its connection is taken care of.
    func answerEnded() {
        upstream = nil
        phase = .answered
        client?.endAnswer(self)
        finish(isComplete: true)
    }
}
