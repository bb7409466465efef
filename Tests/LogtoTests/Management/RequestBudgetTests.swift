import Logto
import Telemetry
import TestSupport
import Testing
import Values

/// The calls that may be made in a time.
@Suite struct RequestBudgetTests {
    private let clock = ManualClock()

    private func budget(_ calls: Int) -> RequestBudget {
        RequestBudget(
            calls: calls, per: .seconds(10), clock: clock.service, metrics: Metrics())
    }

    private func taken(_ budget: RequestBudget, of tries: Int) -> Int {
        (0..<tries).count { _ in budget.take() }
    }

    @Test func `a period's calls can be taken at once, then as many as time brings`() {
        let budget = budget(100)
        #expect(taken(budget, of: 200) == 100)
        clock.advance(by: .milliseconds(99))
        #expect(!budget.take())
        clock.advance(by: .milliseconds(1))
        #expect(taken(budget, of: 5) == 1)
        clock.advance(by: .seconds(1))
        #expect(taken(budget, of: 50) == 10)
        clock.advance(by: .seconds(3600))
        #expect(taken(budget, of: 300) == 100)
    }

    @Test func `calls that are made in any case leave less for the others, and no debt`() {
        let budget = budget(10)
        for _ in 0..<7 { budget.spend() }
        #expect(taken(budget, of: 10) == 3)
        for _ in 0..<1000 { budget.spend() }
        clock.advance(by: .seconds(1))
        #expect(taken(budget, of: 10) == 1)
    }

    @Test func `AV-05 after a 429 nobody asks before the time that it names`() {
        let budget = budget(10)
        budget.pause(for: .seconds(30))
        budget.pause(for: .seconds(5))
        clock.advance(by: .milliseconds(29_999))
        #expect(!budget.take())
        clock.advance(by: .milliseconds(1))
        #expect(budget.take())
        budget.pause(for: nil)
        #expect(!budget.take())
        clock.advance(by: .seconds(2))
        #expect(budget.take())
    }

    @Test func `a budget without calls is one of one call`() {
        #expect(taken(budget(0), of: 5) == 1)
        #expect(taken(budget(-3), of: 5) == 1)
    }
}
