import Testing
import Values

@testable import Gateway

@Suite struct SignatureWaitsTests {
    private let id = ExchangeID(seed: 1, number: 7)
    private let other = ExchangeID(seed: 1, number: 8)

    private func isDropped(_ outcome: VerificationOutcome?) -> Bool {
        if case .dropped? = outcome { return true }
        return false
    }

    @Test func `what came out is there for its exchange alone, until that has ended`() throws {
        var waits = SignatureWaits()
        let begun = waits.begin(id)
        let wait = try #require(begun)
        #expect(wait.round == 1)
        #expect(waits.outcome(for: id) == nil)
        waits.settle(wait, .dropped)
        #expect(isDropped(waits.outcome(for: id)))
        #expect(waits.outcome(for: other) == nil)
        waits.end(id)
        #expect(waits.outcome(for: id) == nil)
        #expect(waits.count == 0)
    }

    @Test func `what comes for an exchange that has ended is not kept`() throws {
        var waits = SignatureWaits()
        let begun = waits.begin(id)
        let wait = try #require(begun)
        waits.end(id)
        waits.settle(wait, .dropped)
        #expect(waits.count == 0)
    }

    @Test func `an exchange waits twice at most, and the first outcome is none of the second wait`()
        throws
    {
        var waits = SignatureWaits()
        let begun = (waits.begin(id), waits.begin(id), waits.begin(id))
        let first = try #require(begun.0)
        let second = try #require(begun.1)
        #expect(begun.2 == nil)
        #expect(second.round == 2)
        waits.settle(first, .dropped)
        #expect(waits.outcome(for: id) == nil)
        waits.settle(second, .dropped)
        #expect(isDropped(waits.outcome(for: id)))
    }
}
