import CSystem
import Values

extension ByteStream {
    var mayWrite: Bool { isOpen && !finishRequested && outputFailure == nil }

    var canSendNow: Bool { phase == .open && output.isEmpty }

    /// Gives bytes to the kernel. Answers how many need not be kept: all of them after a failure.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard unsafe !bytes.isEmpty else { return 0 }
        return sent(
            unsafe gatehouse_send(descriptor, bytes.baseAddress, bytes.count), of: bytes.count)
    }

    /// The same for two pieces.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        if unsafe second.isEmpty { return unsafe send(first) }
        if unsafe first.isEmpty { return unsafe send(second) }
        let answer = unsafe gatehouse_send_both(
            descriptor, first.baseAddress, first.count, second.baseAddress, second.count)
        return sent(answer, of: first.count + second.count)
    }

    private func sent(_ answer: Int, of count: Int) -> Int {
        if answer >= 0 {
            bytesSent &+= UInt64(answer)
            loop.counters.bytesSent &+= UInt64(answer)
            return answer
        }
        if answer == -Int(gatehouse_again) { return 0 }
        outputFailed(TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "send"))
        return count
    }

    /// Keeps what the kernel did not take.
    func keep(_ bytes: UnsafeRawBufferPointer, from offset: Int) {
        guard offset < bytes.count, outputFailure == nil else { return }
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
        guard output.count + rest.count <= loop.limits.unsentBytes else {
            outputFailed(.outputLimit)
            return
        }
        guard unsafe output.append(rest, pool: &loop.pool) else {
            outputFailed(.bufferLimit)
            return
        }
        if output.count > Self.highMark { owesWritable = true }
        if phase == .open || phase == .preparing { arm(gatehouse_event_out) }
    }

    /// Nothing more can be sent.
    ///
    /// On a connection that we asked for, what the peer sent before it left is still read: an
    /// upstream may answer early and close. epoll reports the rest of such a reset by itself.
    func outputFailed(_ failure: TransportFailure) {
        guard outputFailure == nil else { return }
        outputFailure = failure
        output.drop(pool: &loop.pool)
        if isOutgoing, failure == .reset, phase == .open { return }
        tellsOutputFailure = true
        loop.look(at: self)
    }

    /// The kernel has room again.
    func flush() {
        while !output.isEmpty {
            let front = unsafe output.front
            let count = front.count
            let taken = unsafe send(front)
            guard outputFailure == nil else { break }
            output.sent(taken, pool: &loop.pool)
            if taken < count { return }
        }
        disarm(gatehouse_event_out)
        if outputFailure == nil, finishRequested, phase != .preparing { sendFinish() }
    }

    func sendFinish() {
        _ = gatehouse_finish_writing(descriptor)
    }

    func startFlushing() {
        phase = .flushing
        loop.setDeadline(of: slot, to: loop.now.monotonic.advanced(by: loop.limits.closing))
        input.drop(pool: &loop.pool)
        disarm(gatehouse_event_in | gatehouse_event_read_hang_up)
        arm(gatehouse_event_out)
    }

    func startLingering() {
        phase = .lingering
        if !finishRequested { sendFinish() }
        loop.setDeadline(of: slot, to: loop.now.monotonic.advanced(by: loop.limits.lingering))
        input.drop(pool: &loop.pool)
        arm(gatehouse_event_in | gatehouse_event_read_hang_up)
    }

    /// Closes the descriptor and forgets everything.
    func destroy() {
        guard phase != .closed else { return }
        leavePreparation()
        phase = .closed
        handler = nil
        session = nil
        input.drop(pool: &loop.pool)
        output.drop(pool: &loop.pool)
        loop.release(self)
        _ = gatehouse_close(descriptor)
    }

    /// Closes the stream and tells the handler. Only from the loop, never inside a handler's call.
    func fail(_ failure: TransportFailure) {
        guard phase != .closed else { return }
        let told = handler
        loop.counters.failures &+= 1
        destroy()
        told?.failed(self, failure)
    }
}

extension ByteStream {
    /// Asks epoll for events, if it does not report them already.
    func arm(_ events: UInt32) {
        guard interest & events != events || isDetached else { return }
        interest |= events
        let answer: Int
        if isDetached {
            isDetached = false
            answer = gatehouse_epoll_add(loop.epoll, descriptor, interest, word)
        } else {
            answer = gatehouse_epoll_change(loop.epoll, descriptor, interest, word)
        }
        guard answer < 0 else { return }
        outputFailed(TransportFailure(errno: Int32(truncatingIfNeeded: -answer), call: "epoll_ctl"))
    }

    /// Asks epoll for events no more.
    func disarm(_ events: UInt32) {
        guard interest & events != 0 else { return }
        interest &= ~events
        if !isDetached { _ = gatehouse_epoll_change(loop.epoll, descriptor, interest, word) }
    }

    /// Takes the stream out of epoll, which reports some events whether one asks for them or not.
    func detach() {
        guard !isDetached else { return }
        isDetached = true
        interest = 0
        _ = gatehouse_epoll_remove(loop.epoll, descriptor)
    }
}
