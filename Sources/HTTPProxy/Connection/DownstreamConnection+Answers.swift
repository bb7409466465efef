import Transport
import Values

/// What an exchange asks of the connection that its request came on.
extension DownstreamConnection {
    /// Whether the client is behind with reading.
    var wantsPause: Bool { stream.wantsPause }

    /// Stops reading the body until `resumeBody`.
    func pauseBody() {
        stream.pauseReading()
        stream.deadline = nil
    }

    /// Reads the body on.
    func resumeBody() {
        guard machine.bytesArrived() == .readBody else { return }
        setBodyDeadline()
        stream.resumeReading()
    }

    /// Tells a client that waits for it to send the body.
    func sendContinue() {
        stream.write(Self.continueLine.span)
    }

    private static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Whether what is left of the body is so little that it may be dropped to keep the connection.
    private func canDrain(_ exchange: Exchange) -> Bool {
        guard machine.bytesArrived() == .readBody else { return false }
        guard let remaining = body.remaining, !exchange.clientAwaitsContinue else { return false }
        return remaining <= proxy.configuration.limits.drainedBytes
    }

    /// Writes the head of an upstream's interim answer. Clients of HTTP/1.0 know none.
    func sendInterim(in bytes: Span<UInt8>, _ exchange: Exchange) {
        guard exchange.clientIsVersion11 else { return }
        HeaderRules.removeUnforwardable(from: &proxy.responseHead, in: bytes)
        InterimAnswer.write(
            proxy.responseHead, in: bytes, rules: exchange.rules, to: &proxy.toClient)
    }

    /// Writes the head of an upstream's answer.
    func startAnswer(in bytes: Span<UInt8>, framing: ResponseFraming, _ exchange: Exchange) {
        let closes = machine.answerStarts(canDrain: canDrain(exchange))
        answerIsChunked =
            exchange.clientIsVersion11 && (framing == .chunked || framing == .untilClose)
        // The head that answers HEAD says how the body would have come.
        let saysChunked =
            answerIsChunked
            || (exchange.isHead && exchange.clientIsVersion11 && proxy.responseHead.isChunked)
        HeaderRules.removeUnforwardable(from: &proxy.responseHead, in: bytes)
        ResponseHeadWriter.write(
            proxy.responseHead, in: bytes, rules: exchange.rules, isChunked: saysChunked,
            closes: closes, edge: proxy.edge, lines: exchange.responseLines,
            date: proxy.responseHead.hasDate ? [] : proxy.dateLine(), to: &proxy.toClient)
    }

    /// Writes a part of the answer's body.
    func writeAnswer(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        BodyWriter.write(
            bytes, range, isChunked: answerIsChunked, pending: &proxy.toClient, to: stream)
    }

    /// Sends what waits in the loop's buffer.
    func flushAnswer() {
        BodyWriter.flush(&proxy.toClient, to: stream)
        if stream.wantsPause { setDeadline(proxy.deadlines.write) }
    }

    /// The answer is complete.
    func endAnswer(_ exchange: Exchange) {
        if answerIsChunked {
            proxy.toClient.append("0\r\n")
            proxy.toClient.append(exchange.trailers)
            proxy.toClient.append("\r\n")
        }
        flushAnswer()
        afterAnswer()
    }

    /// The answer cannot be completed: the client must see that it is cut.
    func cutAnswer() {
        proxy.toClient.removeAll()
        machine.broke()
        leave()
        exchange = nil
        // SECURITY: an orderly end would look like the end of a body that only the close delimits.
        stream.abort()
    }

    /// Writes a whole refusal.
    func answer(_ refusal: Refusal, _ exchange: Exchange) {
        let mustClose = machine.answerStarts(canDrain: canDrain(exchange) && !refusal.closes)
        if refusal.closes { machine.mustClose() }
        ResponseHeadWriter.write(
            refusal, answersHead: exchange.isHead, closes: mustClose || refusal.closes,
            lines: exchange.responseLines, date: proxy.dateLine(), to: &proxy.toClient)
        flushAnswer()
        afterAnswer()
    }

    /// Writes the whole answer of a local service; false where it may not be sent, and then nothing
    /// is.
    func answer(_ response: LocalResponse, _ exchange: Exchange) -> Bool {
        let closes = machine.answerStarts(canDrain: canDrain(exchange))
        guard
            ResponseHeadWriter.write(
                response, answersHead: exchange.isHead, closes: closes,
                lines: exchange.responseLines, date: proxy.dateLine(), to: &proxy.toClient)
        else { return false }
        flushAnswer()
        afterAnswer()
        return true
    }

    private func afterAnswer() {
        switch machine.answerEnded() {
        case .readNextRequest:
            exchange = nil
            readNextRequest()
        case .drain:
            exchange = nil
            setDeadline(proxy.deadlines.bodyWindow)
            stream.resumeReading()
        case .close:
            exchange = nil
            leave()
            stream.close()
        case .closeLingering:
            exchange = nil
            leave()
            stream.closeLingering()
        }
    }
}
