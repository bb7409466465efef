import Testing

@testable import HTTPProxy

@Suite struct UpstreamStateMachineTests {
    enum Position: CaseIterable {
        case connecting, opened, awaitingHead, answering, body, idle, reused, closed
    }

    /// A machine in a state.
    static func machine(_ position: Position) -> UpstreamStateMachine {
        var machine = UpstreamStateMachine()
        if position == .connecting { return machine }
        if position == .closed {
            machine.cancelled()
            return machine
        }
        machine.opened()
        if position == .opened { return machine }
        machine.requestBegan()
        if position == .awaitingHead { return machine }
        _ = machine.bytesArrived()
        _ = machine.requestEnded()
        if position == .answering { return machine }
        machine.headArrived(keepsAlive: true)
        if position == .body { return machine }
        _ = machine.answerEnded(isExact: true)
        if position == .idle { return machine }
        machine.leased()
        return machine
    }

    @Test(
        arguments: zip(
            Position.allCases,
            [
                UpstreamStateMachine.ArrivalAction.refuse, .refuse, .readHead, .readHead,
                .readBody, .leavePool, .readHead, .ignore,
            ])
    ) func `bytes are an answer only behind a request`(
        _ position: Position, _ action: UpstreamStateMachine.ArrivalAction
    ) {
        var machine = Self.machine(position)
        #expect(machine.bytesArrived() == action)
    }

    @Test(
        arguments: zip(
            Position.allCases,
            [
                UpstreamStateMachine.EndAction.failConnecting, .failConnecting,
                .failBeforeAnswer(mayRetry: false), .failBeforeAnswer(mayRetry: false),
                .failInBody, .leavePool, .failBeforeAnswer(mayRetry: true), .ignore,
            ])
    ) func `AV-09 only a reused connection without a byte of an answer allows a retry`(
        _ position: Position, _ action: UpstreamStateMachine.EndAction
    ) {
        var machine = Self.machine(position)
        #expect(machine.ended() == action)
        #expect(machine.ended() == .ignore)
        #expect(machine.bytesArrived() == .ignore)
    }

    @Test func `a reused connection that began its answer allows no retry`() {
        var machine = Self.machine(.reused)
        _ = machine.bytesArrived()
        #expect(machine.ended() == .failBeforeAnswer(mayRetry: false))
    }

    @Test(
        arguments: zip(
            Position.allCases,
            [
                UpstreamStateMachine.DeadlineAction.timeOut, .timeOut, .timeOut, .timeOut, .stall,
                .leavePool, .timeOut, .ignore,
            ])
    ) func `deadlines mean what the state says`(
        _ position: Position, _ action: UpstreamStateMachine.DeadlineAction
    ) {
        var machine = Self.machine(position)
        #expect(machine.deadlinePassed() == action)
        #expect(machine.deadlinePassed() == .ignore)
    }

    @Test(
        arguments: zip(
            Position.allCases,
            [
                UpstreamStateMachine.RequestEndAction.wait, .wait, .startResponseDeadline,
                .startResponseDeadline, .wait, .wait, .startResponseDeadline, .wait,
            ])
    ) func `the time for an answer begins with the end of a request that was sent`(
        _ position: Position, _ action: UpstreamStateMachine.RequestEndAction
    ) {
        var machine = Self.machine(position)
        #expect(machine.requestEnded() == action)
        let (awaits, isInBody, isConnecting) = (
            machine.awaitsAnswer, machine.isInBody, machine.isConnecting
        )
        #expect(awaits == (action == .startResponseDeadline))
        #expect(isInBody == (position == .body))
        #expect(isConnecting == (position == .connecting))
    }

    @Test(arguments: Position.allCases)
    func
        `HTTP-30 interim answers are passed on but for 100, counted, and come before the final one`(
            _ position: Position
        )
    {
        var machine = Self.machine(position)
        switch position {
        case .awaitingHead, .answering, .reused:
            for _ in 0..<8 {
                #expect(machine.interimArrived(status: 103, limit: 16) == .passOn)
                #expect(machine.interimArrived(status: 100, limit: 16) == .drop)
            }
            #expect(machine.interimArrived(status: 103, limit: 16) == .fail(.tooManyInterim))
            #expect(machine.interimArrived(status: 100, limit: 16) == .fail(.tooManyInterim))
            #expect(machine.interimArrived(status: 101, limit: 16) == .fail(.upgrade))
        case .connecting, .opened, .body, .idle, .closed:
            #expect(machine.interimArrived(status: 103, limit: 16) == .fail(.early))
        }
    }

    @Test(arguments: Position.allCases) func `only an answer under way can end`(
        _ position: Position
    ) {
        var machine = Self.machine(position)
        #expect(
            machine.answerEnded(isExact: true) == (position == .body ? .intoPool : .close))
    }

    @Test func `a connection serves one request after the other`() {
        var machine = UpstreamStateMachine()
        #expect(machine.requestEnded() == .wait)
        machine.opened()
        machine.requestBegan()
        #expect(machine.requestEnded() == .startResponseDeadline)
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
        machine.opened()
        machine.requestBegan()
        if requestEnds { _ = machine.requestEnded() }
        machine.headArrived(keepsAlive: keepsAlive)
        #expect(machine.answerEnded(isExact: isExact) == .close)
    }

    @Test func `each request counts its own interim answers`() {
        var machine = Self.machine(.awaitingHead)
        for _ in 0..<16 { _ = machine.interimArrived(status: 103, limit: 16) }
        _ = machine.requestEnded()
        machine.headArrived(keepsAlive: true)
        _ = machine.answerEnded(isExact: true)
        machine.leased()
        #expect(machine.interimArrived(status: 103, limit: 16) == .passOn)
    }
}
