import CSystem

extension ByteStream {
    /// What epoll said of the descriptor.
    func happened(_ events: UInt32) {
        switch phase {
        case .connecting: connected()
        case .preparing: prepare(events)
        case .open: happenedWhileOpen(events)
        case .flushing: happenedWhileFlushing(events)
        case .lingering: dropInput()
        case .closed: break
        }
    }

    /// The stream asked to be looked at when the tick ends.
    func settle() {
        isPending = false
        if tellsOutputFailure, let outputFailure {
            if phase == .preparing {
                preparingFailed(.transport(outputFailure))
            } else {
                fail(outputFailure)
            }
        } else if wantsRedelivery {
            redeliver()
        }
        tellOwedEnd()
    }

    /// The deadline passed.
    func expired() {
        switch phase {
        case .connecting:
            loop.counters.connectFailures &+= 1
            fail(.connectTimedOut)
        case .preparing: preparingFailed(.slow)
        case .open: handler?.deadlinePassed(self)
        case .flushing: abort()
        case .lingering: destroy()
        case .closed: break
        }
    }

    private func connected() {
        let error = gatehouse_socket_error(descriptor)
        guard error == 0 else {
            loop.counters.connectFailures &+= 1
            fail(TransportFailure(errno: error, call: "connect"))
            return
        }
        if preparation != nil {
            startHandshake()
            return
        }
        phase = .open
        loop.setDeadline(of: slot, to: nil)
        flush()
        tellOpened()
    }

    private func happenedWhileOpen(_ events: UInt32) {
        if events & gatehouse_event_out != 0 {
            flush()
            if owesWritable, output.count < Self.lowMark, outputFailure == nil {
                owesWritable = false
                handler?.writable(self)
            }
            guard phase == .open else { return }
        }
        let hungUp = events & gatehouse_event_hang_up != 0
        if events & gatehouse_event_error != 0, !isOutgoing || hasEnded {
            fail(pendingError)
            return
        }
        let mask =
            gatehouse_event_in | gatehouse_event_read_hang_up | gatehouse_event_hang_up
            | gatehouse_event_error
        guard events & mask != 0 else { return }
        if isReadingPaused {
            // The peer's last bytes wait in the kernel until reading resumes.
            unwanted(hungUp: events & (gatehouse_event_hang_up | gatehouse_event_error) != 0)
        } else if hasEnded {
            if hungUp, let outputFailure { fail(outputFailure) } else { unwanted(hungUp: hungUp) }
        } else {
            readable(
                mayEnd: events & (gatehouse_event_in | gatehouse_event_read_hang_up)
                    != gatehouse_event_in || hungUp)
        }
    }

    /// An event that nobody wants: level-triggered, it would come again and again.
    private func unwanted(hungUp: Bool) {
        if hungUp { detach() } else { disarm(gatehouse_event_in | gatehouse_event_read_hang_up) }
    }

    var pendingError: TransportFailure {
        let error = gatehouse_socket_error(descriptor)
        return error == 0
            ? outputFailure ?? .reset : TransportFailure(errno: error, call: "socket")
    }

    private func happenedWhileFlushing(_ events: UInt32) {
        if events & (gatehouse_event_error | gatehouse_event_hang_up) != 0 {
            destroy()
            return
        }
        flush()
        if outputFailure != nil {
            destroy()
        } else if output.isEmpty {
            if lingersAfterFlush { startLingering() } else { destroy() }
        }
    }
}

extension ByteStream {
    /// Reads once; where the peer may have finished, until that is known or the reads are many.
    private func readable(mayEnd: Bool) {
        var rounds = mayEnd ? 4 : 1
        while rounds > 0, phase == .open, !isReadingPaused, !hasEnded, !wantsRedelivery {
            guard let session else {
                guard readOnce() else { return }
                rounds -= 1
                continue
            }
            guard !owesEnd, readRecords(session) else { return }
            rounds -= 1
        }
    }

    /// One read, and what follows from it. False when there is nothing more to read now.
    private func readOnce() -> Bool {
        let target: UnsafeMutableRawBufferPointer
        if input.count == 0 {
            unsafe target = loop.readBuffer
        } else if let room = unsafe input.room(pool: &loop.pool) {
            unsafe target = room
        } else {
            fail(input.count >= BlockPool.sizes[2] ? .inputLimit : .bufferLimit)
            return false
        }
        let answer = unsafe gatehouse_read(descriptor, target.baseAddress, target.count)
        if answer > 0 {
            bytesReceived &+= UInt64(answer)
            loop.counters.bytesReceived &+= UInt64(answer)
            if input.count == 0 {
                unsafe deliver(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(target)[..<answer]))
            } else {
                input.grew(by: answer)
                deliverKept()
            }
            return true
        }
        if answer == 0 {
            hasEnded = true
            endedCleanly = true
            handler?.ended(self)
        } else if answer != -Int(gatehouse_again) {
            fail(TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "read"))
        }
        return false
    }

    /// Gives the handler bytes of the loop's buffer and keeps what it leaves.
    func deliver(_ bytes: UnsafeRawBufferPointer) {
        let consumed = unsafe hand(bytes)
        guard phase == .open else { return }
        if consumed < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            guard unsafe input.keep(rest, pool: &loop.pool) else {
                fail(.bufferLimit)
                return
            }
        }
        afterDelivery()
    }

    /// Gives the handler the kept bytes.
    ///
    /// The block is out of the stream meanwhile: a handler that closes the stream must not bring the
    /// block back into the pool while it still reads from it.
    func deliverKept() {
        var kept = input
        input = InputRest()
        let consumed = unsafe hand(kept.bytes)
        guard phase == .open else {
            kept.drop(pool: &loop.pool)
            return
        }
        kept.consumed(consumed, pool: &loop.pool)
        input = kept
        afterDelivery()
    }

    private func hand(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let handler else { return 0 }
        isDelivering = true
        wantsRedelivery = false
        let consumed = handler.received(unsafe Span(_unsafeBytes: bytes), on: self)
        isDelivering = false
        return min(max(consumed, 0), bytes.count)
    }

    private func afterDelivery() {
        guard wantsRedelivery else { return }
        if input.count == 0 || isReadingPaused {
            wantsRedelivery = false
        } else {
            loop.look(at: self)
        }
    }

    private func redeliver() {
        wantsRedelivery = false
        guard phase == .open, !isReadingPaused, input.count > 0 else { return }
        deliverKept()
    }

    /// After a lingering close: what comes is read and dropped.
    private func dropInput() {
        let buffer = unsafe loop.readBuffer
        let answer = unsafe gatehouse_read(descriptor, buffer.baseAddress, buffer.count)
        if answer == 0 || (answer < 0 && answer != -Int(gatehouse_again)) { destroy() }
    }
}
