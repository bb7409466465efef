import Testing

@testable import Gateway

@Suite struct SignatureBudgetTests {
    @Test func `a tick has two milliseconds of cheap checks, and the next one has it again`() {
        var budget = SignatureBudget()
        for tick in [UInt64(0), 1, 5] {
            let allowed = (0..<200).count { _ in
                budget.allows(.microseconds(20), inTick: tick)
            }
            #expect(allowed == 100)
        }
    }

    @Test func `a dear check is not made on a loop, and takes nothing from the cheap ones`() {
        var budget = SignatureBudget()
        let atBound = budget.allows(.microseconds(60), inTick: 1)
        #expect(atBound)
        for cost in [Duration.nanoseconds(60_001), .microseconds(200), .seconds(1)] {
            let isAllowed = budget.allows(cost, inTick: 1)
            #expect(!isAllowed)
        }
        let left = (0..<200).count { _ in budget.allows(.microseconds(20), inTick: 1) }
        #expect(left == 97)
    }

    @Test func `checks that seem to cost nothing are bounded as well`() {
        var budget = SignatureBudget()
        let allowed = (0..<1000).count { _ in budget.allows(.zero, inTick: 1) }
        #expect(allowed == 200)
    }
}
