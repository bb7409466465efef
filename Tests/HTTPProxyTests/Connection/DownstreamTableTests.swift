import Testing

@testable import HTTPProxy

/// Every state of a client connection with every event.
@Suite struct DownstreamTableTests {
    enum Position: CaseIterable {
        case idle, head, held, receiving, answering, refused, draining, closed
    }

    /// A machine in a state, between requests that keep the connection.
    static func machine(_ position: Position) -> DownstreamStateMachine {
        var machine = DownstreamStateMachine()
        switch position {
        case .idle: break
        case .head: _ = machine.headIncomplete()
        case .held: machine.headHeld()
        case .receiving: machine.headCompleted(hasBody: true, keepsAlive: true)
        case .answering: machine.headCompleted(hasBody: false, keepsAlive: true)
        case .refused: machine.headRefused()
        case .draining:
            machine.headCompleted(hasBody: true, keepsAlive: true)
            _ = machine.answerStarts(canDrain: true)
            _ = machine.answerEnded()
        case .closed: machine.broke()
        }
        return machine
    }

    typealias Machine = DownstreamStateMachine

    /// What each event means in a state.
    struct Row: Sendable, CustomStringConvertible {
        let position: Position
        let bytes: Machine.ArrivalAction
        let partialHead: Machine.PartialHeadAction
        let requestEnd: Machine.RequestEndAction
        /// Whether an answer says `Connection: close`, where the rest of the body may be dropped,
        /// and where not.
        let closes: (Bool, Bool)
        let answerEnd: Machine.AnswerEndAction
        let peerEnd: Machine.PeerEndAction
        let deadline: Machine.DeadlineAction
        let drain: Machine.DrainAction
        var description: String { "\(position)" }
    }

    static let rows = [
        Row(
            position: .idle, bytes: .readHead, partialHead: .startHeadDeadline,
            requestEnd: .waitForAnswer, closes: (false, false), answerEnd: .closeLingering,
            peerEnd: .close, deadline: .close, drain: .closeSoon),
        Row(
            position: .head, bytes: .readHead, partialHead: .wait, requestEnd: .waitForAnswer,
            closes: (false, false), answerEnd: .closeLingering, peerEnd: .close,
            deadline: .refuseHead, drain: .finishFirst),
        Row(
            position: .held, bytes: .wait, partialHead: .wait, requestEnd: .waitForAnswer,
            closes: (false, false), answerEnd: .closeLingering, peerEnd: .answerThenClose,
            deadline: .checkAnswer, drain: .finishFirst),
        Row(
            position: .receiving, bytes: .readBody, partialHead: .wait,
            requestEnd: .waitForAnswer, closes: (false, true), answerEnd: .drain,
            peerEnd: .abandon, deadline: .checkBody, drain: .finishFirst),
        Row(
            position: .answering, bytes: .wait, partialHead: .wait, requestEnd: .waitForAnswer,
            closes: (false, false), answerEnd: .readNextRequest, peerEnd: .answerThenClose,
            deadline: .checkAnswer, drain: .finishFirst),
        Row(
            position: .refused, bytes: .ignore, partialHead: .wait, requestEnd: .waitForAnswer,
            closes: (true, true), answerEnd: .closeLingering, peerEnd: .answerThenClose,
            deadline: .checkAnswer, drain: .finishFirst),
        Row(
            position: .draining, bytes: .dropBody, partialHead: .wait,
            requestEnd: .readNextRequest, closes: (false, false), answerEnd: .closeLingering,
            peerEnd: .close, deadline: .close, drain: .finishFirst),
        Row(
            position: .closed, bytes: .ignore, partialHead: .wait, requestEnd: .waitForAnswer,
            closes: (false, false), answerEnd: .closeLingering, peerEnd: .ignore,
            deadline: .close, drain: .finishFirst),
    ]

    @Test func `every state has its row`() {
        #expect(Self.rows.map(\.position) == Position.allCases)
    }

    @Test(arguments: rows) func `every event means what the state says`(_ row: Row) {
        var machine = Self.machine(row.position)
        #expect(machine.bytesArrived() == row.bytes)
        machine = Self.machine(row.position)
        #expect(machine.headIncomplete() == row.partialHead)
        machine = Self.machine(row.position)
        #expect(machine.requestEnded() == row.requestEnd)
        machine = Self.machine(row.position)
        #expect(machine.answerStarts(canDrain: true) == row.closes.0)
        machine = Self.machine(row.position)
        #expect(machine.answerStarts(canDrain: false) == row.closes.1)
        machine = Self.machine(row.position)
        #expect(machine.answerEnded() == row.answerEnd)
        machine = Self.machine(row.position)
        #expect(machine.peerEnded() == row.peerEnd)
        machine = Self.machine(row.position)
        #expect(machine.deadlinePassed() == row.deadline)
        machine = Self.machine(row.position)
        #expect(machine.drain() == row.drain)
        let (isIdle, isClosed, isLast) = (machine.isIdle, machine.isClosed, machine.isLast)
        #expect(isIdle == (row.position == .idle) && isClosed == (row.position == .closed))
        #expect(isLast)
    }

    @Test(arguments: rows) func `only a held head is read again when the hold ends`(_ row: Row) {
        var machine = Self.machine(row.position)
        machine.holdEnded()
        #expect(machine.bytesArrived() == (row.position == .held ? .readHead : row.bytes))
    }

    @Test(arguments: rows)
    func `a server that drains, and a client that has ended, get no second answer`(
        _ row: Row
    ) {
        for event in 0..<2 {
            var machine = Self.machine(row.position)
            if event == 0 { _ = machine.drain() } else { _ = machine.peerEnded() }
            if machine.isClosed { continue }
            #expect(machine.answerStarts(canDrain: true) == true)
            #expect(machine.answerEnded() != .readNextRequest)
            let isOver = machine.isClosed
            #expect(isOver)
        }
    }

    @Test(arguments: rows) func `nothing happens on a connection that is gone`(_ row: Row) {
        var machine = Self.machine(row.position)
        machine.broke()
        #expect(machine.bytesArrived() == .ignore)
        #expect(machine.headIncomplete() == .wait)
        #expect(machine.requestEnded() == .waitForAnswer)
        #expect(machine.peerEnded() == .ignore)
        #expect(machine.answerEnded() == .closeLingering)
        let isClosed = machine.isClosed
        #expect(isClosed)
    }
}
