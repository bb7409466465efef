import Synchronization
import Testing

@testable import Gateway

/// Loads of the rule files must not overtake each other.
@Suite struct TurnsTests {
    private final class Seen: Sendable {
        private let state = Mutex((inside: 0, most: 0, done: 0))

        var outcome: (inside: Int, most: Int, done: Int) { state.withLock { $0 } }

        @Sendable func work() async {
            state.withLock {
                $0.inside += 1
                $0.most = max($0.most, $0.inside)
            }
            await Task.yield()
            state.withLock {
                $0.inside -= 1
                $0.done += 1
            }
        }
    }

    @Test func `work that waits is done by one caller at a time`() async {
        let turns = Turns()
        let seen = Seen()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { await turns.take(seen.work) }
            }
        }
        #expect(seen.outcome == (inside: 0, most: 1, done: 50))
    }
}
