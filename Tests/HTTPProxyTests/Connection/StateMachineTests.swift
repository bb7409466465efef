import Testing

@testable import HTTPProxy

@Suite struct DownstreamStateMachineTests {
    @Test func `a request without a body is answered and the next one read`() {
        var machine = DownstreamStateMachine()
        #expect(machine.bytesArrived() == .readHead)
        #expect(machine.headIncomplete() == .startHeadDeadline)
        #expect(machine.headIncomplete() == .wait)
        machine.headCompleted(hasBody: false, keepsAlive: true)
        #expect(machine.bytesArrived() == .wait)
        #expect(machine.answerStarts(canDrain: false) == false)
        #expect(machine.answerEnded() == .readNextRequest)
        #expect(machine.bytesArrived() == .readHead)
    }

    @Test func `an answer before the end of the body drops it or ends the connection`() {
        var draining = DownstreamStateMachine()
        draining.headCompleted(hasBody: true, keepsAlive: true)
        #expect(draining.answerStarts(canDrain: true) == false)
        #expect(draining.answerEnded() == .drain)
        #expect(draining.bytesArrived() == .dropBody)
        #expect(draining.requestEnded() == .readNextRequest)
        var closing = DownstreamStateMachine()
        closing.headCompleted(hasBody: true, keepsAlive: true)
        #expect(closing.answerStarts(canDrain: false) == true)
        #expect(closing.answerEnded() == .closeLingering)
    }

    @Test func `a refused head ends the connection and nothing behind it is read`() {
        var machine = DownstreamStateMachine()
        machine.headRefused()
        #expect(machine.bytesArrived() == .ignore)
        #expect(machine.answerStarts(canDrain: true) == true)
        #expect(machine.answerEnded() == .closeLingering)
        let isClosed = machine.isClosed
        #expect(isClosed)
    }

    @Test func `a client that asks for the end gets it`() {
        var machine = DownstreamStateMachine()
        machine.headCompleted(hasBody: false, keepsAlive: false)
        #expect(machine.answerStarts(canDrain: true) == true)
        #expect(machine.answerEnded() == .close)
    }

    @Test func `a client that finishes is answered only where its request is complete`() {
        var idle = DownstreamStateMachine()
        #expect(idle.peerEnded() == .close)
        var partial = DownstreamStateMachine()
        _ = partial.headIncomplete()
        #expect(partial.peerEnded() == .close)
        var receiving = DownstreamStateMachine()
        receiving.headCompleted(hasBody: true, keepsAlive: true)
        #expect(receiving.peerEnded() == .abandon)
        var answering = DownstreamStateMachine()
        answering.headCompleted(hasBody: false, keepsAlive: true)
        #expect(answering.peerEnded() == .answerThenClose)
        #expect(answering.answerStarts(canDrain: true) == true)
    }

    @Test func `deadlines mean what the state says`() {
        var idle = DownstreamStateMachine()
        #expect(idle.deadlinePassed() == .close)
        var head = DownstreamStateMachine()
        _ = head.headIncomplete()
        #expect(head.deadlinePassed() == .refuseHead)
        var receiving = DownstreamStateMachine()
        receiving.headCompleted(hasBody: true, keepsAlive: true)
        #expect(receiving.deadlinePassed() == .checkBody)
        var held = DownstreamStateMachine()
        held.headHeld()
        #expect(held.deadlinePassed() == .checkAnswer)
    }

    @Test func `a held head is read again`() {
        var machine = DownstreamStateMachine()
        machine.headHeld()
        #expect(machine.bytesArrived() == .wait)
        machine.holdEnded()
        #expect(machine.bytesArrived() == .readHead)
    }

    @Test func `a draining server finishes what began`() {
        var idle = DownstreamStateMachine()
        #expect(idle.drain() == .close)
        var busy = DownstreamStateMachine()
        busy.headCompleted(hasBody: false, keepsAlive: true)
        #expect(busy.drain() == .finishFirst)
        #expect(busy.answerStarts(canDrain: true) == true)
        #expect(busy.answerEnded() == .close)
        var late = DownstreamStateMachine()
        late.acceptedLate()
        late.headCompleted(hasBody: false, keepsAlive: true)
        #expect(late.answerStarts(canDrain: true) == true)
    }
}

@Suite struct UpstreamStateMachineTests {
    @Test func `a connection serves one request after the other`() {
        var machine = UpstreamStateMachine()
        #expect(machine.requestEnded() == .wait)
        #expect(machine.opened() == .startResponseDeadline)
        for _ in 0..<2 {
            #expect(machine.bytesArrived() == .readHead)
            machine.headArrived(keepsAlive: true)
            #expect(machine.bytesArrived() == .readBody)
            #expect(machine.answerEnded(isExact: true) == .intoPool)
            machine.leased()
            #expect(machine.requestEnded() == .startResponseDeadline)
        }
    }

    @Test(arguments: [(false, true, true), (true, false, true), (true, true, false)])
    func `it does not go back into the pool after a doubtful answer`(
        _ keepsAlive: Bool, _ isExact: Bool, _ requestEnds: Bool
    ) {
        var machine = UpstreamStateMachine()
        _ = machine.opened()
        if requestEnds { _ = machine.requestEnded() }
        machine.headArrived(keepsAlive: keepsAlive)
        #expect(machine.answerEnded(isExact: isExact) == .close)
    }

    @Test func `only a reused connection without a byte of an answer allows a retry`() {
        var fresh = UpstreamStateMachine()
        _ = fresh.opened()
        #expect(fresh.ended() == .failBeforeAnswer(mayRetry: false))
        var reused = UpstreamStateMachine()
        reused.leased()
        #expect(reused.ended() == .failBeforeAnswer(mayRetry: true))
        var answering = UpstreamStateMachine()
        answering.leased()
        _ = answering.bytesArrived()
        #expect(answering.ended() == .failBeforeAnswer(mayRetry: false))
        var connecting = UpstreamStateMachine()
        #expect(connecting.ended() == .failConnecting)
        var body = UpstreamStateMachine()
        _ = body.opened()
        body.headArrived(keepsAlive: true)
        #expect(body.ended() == .failInBody)
        #expect(body.ended() == .ignore)
    }

    @Test func `interim answers are counted`() {
        var machine = UpstreamStateMachine()
        _ = machine.opened()
        for _ in 0..<16 { #expect(machine.interimArrived(limit: 16) == .skip) }
        #expect(machine.interimArrived(limit: 16) == .fail)
    }

    @Test func `bytes and deadlines in the pool end the connection`() {
        var speaking = UpstreamStateMachine()
        _ = speaking.opened()
        _ = speaking.requestEnded()
        speaking.headArrived(keepsAlive: true)
        _ = speaking.answerEnded(isExact: true)
        #expect(speaking.bytesArrived() == .leavePool)
        #expect(speaking.bytesArrived() == .ignore)
        var waiting = UpstreamStateMachine()
        _ = waiting.opened()
        #expect(waiting.deadlinePassed() == .timeOut)
        #expect(waiting.deadlinePassed() == .ignore)
    }
}
