import Testing

@testable import Gateway

@Suite struct SignatureBudgetTests {
    @Test func `a tick has eight cheap checks, and the next one has eight again`() {
        var budget = SignatureBudget()
        for tick in [UInt64(0), 1, 5] {
            let allowed = (0..<20).count { _ in
                budget.allows(.microseconds(14), inTick: tick)
            }
            #expect(allowed == 8)
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
        let left = (0..<20).count { _ in budget.allows(.zero, inTick: 1) }
        #expect(left == 7)
    }
}
