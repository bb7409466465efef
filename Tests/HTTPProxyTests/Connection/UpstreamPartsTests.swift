import Testing
import Transport
import Values

@testable import HTTPProxy

@Suite struct AddressTurnsTests {
    private static let addresses: [SocketAddress] = (1...3).map { .loopback(port: $0) }

    private static func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `the addresses are tried in order, each once`() {
        let turns = AddressTurns(Self.addresses)
        #expect(turns.next(after: 0b000, at: Self.at(1)) == 0)
        #expect(turns.next(after: 0b001, at: Self.at(1)) == 1)
        #expect(turns.next(after: 0b011, at: Self.at(1)) == 2)
        #expect(turns.next(after: 0b111, at: Self.at(1)) == nil)
        #expect(AddressTurns([]).next(after: 0, at: Self.at(1)) == nil)
    }

    @Test func `the one that worked is first, one that failed is left out for a moment`() {
        var turns = AddressTurns(Self.addresses)
        turns.failed(0, at: Self.at(10))
        #expect(turns.next(after: 0, at: Self.at(10)) == 1)
        turns.worked(2)
        #expect(turns.next(after: 0, at: Self.at(11)) == 2)
        #expect(turns.next(after: 0b100, at: Self.at(11)) == 1)
        #expect(turns.next(after: 0b100, at: Self.at(15)) == 0)
        turns.failed(2, at: Self.at(16))
        #expect(turns.next(after: 0, at: Self.at(16)) == 0)
    }

    @Test func `where all have failed they are tried all the same`() {
        var turns = AddressTurns(Self.addresses)
        for number in 0..<3 { turns.failed(number, at: Self.at(10)) }
        #expect(turns.next(after: 0, at: Self.at(10)) == 0)
        #expect(turns.next(after: 0b001, at: Self.at(10)) == 1)
        turns.worked(1)
        #expect(turns.next(after: 0, at: Self.at(10)) == 1)
    }

    @Test func `no more addresses are used than an exchange can remember`() {
        let turns = AddressTurns((0..<100).map { .loopback(port: $0) })
        #expect(turns.addresses.count == 64)
        #expect(turns.next(after: .max, at: Self.at(1)) == nil)
    }
}

@Suite struct RetryBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a few retries a second are free, and each fifth request brings one`() {
        var budget = RetryBudget()
        let now = MonotonicTime(nanoseconds: 5 * Self.second)
        func taken(_ budget: inout RetryBudget, at time: MonotonicTime) -> Int {
            var count = 0
            while budget.take(at: time) { count += 1 }
            return count
        }
        #expect(taken(&budget, at: now) == 3)
        for _ in 0..<10 { budget.requestBegan() }
        #expect(taken(&budget, at: now) == 2)
        for _ in 0..<4 { budget.requestBegan() }
        #expect(taken(&budget, at: now) == 0)
        #expect(taken(&budget, at: now.advanced(byNanoseconds: Self.second)) == 3)
        #expect(taken(&budget, at: now.advanced(byNanoseconds: Self.second * 3 / 2)) == 0)
        for _ in 0..<1_000_000 { budget.requestBegan() }
        #expect(taken(&budget, at: now.advanced(byNanoseconds: Self.second)) == 256)
    }
}

@Suite struct EndTimesTests {
    @Test func `an exchange ends when its time is over, others go on`() {
        var ends = EndTimes()
        var slot = 0
        #expect(ends.nextPassed(from: &slot, now: .init(nanoseconds: 100)) == nil)
        ends.set(5, to: .init(nanoseconds: 50))
        ends.set(2, to: .init(nanoseconds: 60))
        ends.set(7, to: .init(nanoseconds: 200))
        ends.set(2, to: .init(nanoseconds: 70))
        #expect(ends.count == 3 && ends[2] == .init(nanoseconds: 70) && ends[3] == nil)
        slot = 0
        #expect(ends.nextPassed(from: &slot, now: .init(nanoseconds: 100)) == 2)
        ends.clear(2)
        ends.clear(2)
        ends.clear(100)
        #expect(ends.nextPassed(from: &slot, now: .init(nanoseconds: 100)) == 5)
        #expect(ends.nextPassed(from: &slot, now: .init(nanoseconds: 100)) == nil)
        #expect(ends.count == 2)
        slot = 0
        #expect(ends.nextPassed(from: &slot, now: .init(nanoseconds: 49)) == nil)
        ends.set(0, to: .init(nanoseconds: .max))
        #expect(ends.count == 3)
        ends.clear(0)
        #expect(ends.count == 2)
    }
}
