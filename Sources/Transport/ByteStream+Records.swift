import CSystem

/// Bytes under TLS. Records are opened as soon as they are read and sealed as soon as bytes are
/// written: what waits in `input` is clear, what waits in `output` is sealed, and everything else
/// about a stream is as in clear text.
extension ByteStream {
    /// Reads records once and delivers what they hold. False when there is nothing more to read now.
    func readRecords(_ session: TLSSession) -> Bool {
        guard input.count < BlockPool.sizes[2] else {
            fail(.inputLimit)
            return false
        }
        let target = unsafe loop.records.input
        let answer = unsafe gatehouse_read(descriptor, target.baseAddress, target.count)
        if answer > 0 {
            countRead(answer)
            loop.records.given(answer)
            deliverOpened(openRecords(session))
            return true
        }
        if answer == 0 {
            hasEnded = true
            endedCleanly = session.hasSeenEnd
            handler?.ended(self)
        } else if answer != -Int(gatehouse_again) {
            fail(TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "read"))
        }
        return false
    }

    func countRead(_ count: Int) {
        bytesReceived &+= UInt64(count)
        loop.counters.bytesReceived &+= UInt64(count)
    }

    /// Opens the records that the loop holds, into the loop's buffer. Reading may make records of
    /// its own (an answer to a key update, an alert): they are sent.
    func openRecords(_ session: TLSSession) -> TLSSession.Opened {
        let opened = unsafe session.open(into: loop.readBuffer)
        sendRecords()
        return opened
    }

    /// Gives the handler what was opened, and tells what else the records said.
    func deliverOpened(_ opened: TLSSession.Opened) {
        if opened.count > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(
                rebasing: UnsafeRawBufferPointer(loop.readBuffer)[..<opened.count])
            if input.count == 0 {
                unsafe deliver(bytes)
            } else if unsafe input.append(bytes, pool: &loop.pool) {
                if !isReadingPaused { deliverKept() }
            } else {
                fail(.bufferLimit)
            }
        }
        guard phase == .open else { return }
        if let failure = opened.failure {
            fail(TransportFailure(failure))
        } else if opened.isEnd {
            owesEnd = true
            tellOwedEnd()
        }
    }

    /// The peer said that nothing follows, and the handler has heard everything before.
    func tellOwedEnd() {
        guard owesEnd, phase == .open, !isReadingPaused, !wantsRedelivery, !hasEnded else { return }
        owesEnd = false
        hasEnded = true
        endedCleanly = true
        handler?.ended(self)
    }

    /// Seals bytes and sends the records; before the handshake is done, keeps the bytes as they are.
    func writeRecords(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ session: TLSSession
    ) {
        if let preparation {
            unsafe keepEarly(first, preparation)
            unsafe keepEarly(second, preparation)
            return
        }
        guard unsafe !first.isEmpty, unsafe !second.isEmpty else {
            if unsafe first.isEmpty {
                unsafe sealAndSend(second, session)
            } else {
                unsafe sealAndSend(first, session)
            }
            return
        }
        // A head and what of its body fits travel in one record.
        let piece = unsafe loop.records.piece
        guard first.count < piece.count else {
            unsafe sealAndSend(first, session)
            unsafe sealAndSend(second, session)
            return
        }
        let part = min(second.count, piece.count - first.count)
        unsafe piece.copyMemory(from: first)
        unsafe UnsafeMutableRawBufferPointer(rebasing: piece[first.count...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: second[..<part]))
        let both = unsafe UnsafeRawBufferPointer(rebasing: piece[..<(first.count + part)])
        if let failure = unsafe session.seal(both) {
            outputFailed(TransportFailure(failure))
        } else {
            unsafe sealAndSend(UnsafeRawBufferPointer(rebasing: second[part...]), session)
        }
    }

    /// Seals bytes, a few records at a time, and sends them behind what was sealed before.
    private func sealAndSend(_ bytes: UnsafeRawBufferPointer, _ session: TLSSession) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty, outputFailure == nil {
            let part = unsafe UnsafeRawBufferPointer(
                rebasing: rest.prefix(4 * TLSRecords.recordBytes))
            if let failure = unsafe session.seal(part) {
                outputFailed(TransportFailure(failure))
                break
            }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
            if unsafe !rest.isEmpty { sendRecords() }
        }
        sendRecords()
    }

    /// Sends the records that the loop holds; keeps what the kernel does not take.
    func sendRecords() {
        let records = unsafe loop.records.output
        guard unsafe !records.isEmpty else { return }
        defer { loop.records.sent() }
        guard outputFailure == nil else { return }
        let taken = output.isEmpty ? unsafe send(records) : 0
        unsafe keep(records, from: taken)
    }

    /// Tells the peer under TLS that nothing follows.
    func endRecords(_ session: TLSSession) {
        // An upstream that has left reads no farewell.
        guard outputFailure == nil, !(isOutgoing && hasEnded) else { return }
        session.sealEnd()
        sendRecords()
    }

    private func keepEarly(_ bytes: UnsafeRawBufferPointer, _ preparation: StreamPreparation) {
        guard outputFailure == nil else { return }
        guard preparation.early.count + bytes.count <= loop.limits.unsentBytes else {
            outputFailed(.outputLimit)
            return
        }
        if unsafe !preparation.early.append(bytes, pool: &loop.pool) { outputFailed(.bufferLimit) }
        if unsentBytes > Self.highMark { owesWritable = true }
    }

    /// Seals what was written before the handshake was done.
    func sendEarly(_ early: inout OutputQueue, _ session: TLSSession) {
        while !early.isEmpty, outputFailure == nil {
            let front = unsafe early.front
            let count = front.count
            unsafe sealAndSend(front, session)
            early.sent(count, pool: &loop.pool)
        }
        early.drop(pool: &loop.pool)
    }

    /// The handler had nothing more to send before the handshake was done.
    func finishEarly(_ session: TLSSession) {
        endRecords(session)
        if output.isEmpty, outputFailure == nil { sendFinish() }
    }
}
