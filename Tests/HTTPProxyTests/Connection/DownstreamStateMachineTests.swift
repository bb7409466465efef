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
        #expect(idle.drain() == .closeSoon)
        #expect(idle.deadlinePassed() == .close)
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
