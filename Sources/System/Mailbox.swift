import CSystem
import Synchronization

/// A bounded queue between threads. The receiving side blocks, so it belongs to a thread of its own.
package final class Mailbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var next = 0
        var isClosed = false
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let arrived = WakeUp()

    /// A queue that holds at most so many items.
    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    /// How many items wait.
    package var count: Int { state.withLock { $0.items.count - $0.next } }

    /// Puts an item at the end; false when the queue is full or closed.
    package func send(_ item: consuming sending Item) -> Bool {
        let item = item
        let accepted = state.withLock { state in
            guard !state.isClosed, state.items.count - state.next < capacity else { return false }
            state.items.append(item)
            return true
        }
        if accepted { arrived.signal() }
        return accepted
    }

    /// Takes the first item; waits for one. Nil once the queue is closed and empty.
    package func receive() -> Item? {
        while true {
            let seen = arrived.generation
            let (item, isOver): (Item?, Bool) = state.withLock { state in
                guard state.next < state.items.count else { return (nil, state.isClosed) }
                let item = state.items[state.next]
                state.next += 1
                if state.next == state.items.count {
                    state.items.removeAll(keepingCapacity: state.items.capacity <= 64)
                    state.next = 0
                } else if state.next * 2 >= state.items.count {
                    // The taken front goes when it is half of the array: moving costs nothing per item.
                    state.items.removeFirst(state.next)
                    state.next = 0
                }
                return (item, false)
            }
            if let item { return item }
            if isOver { return nil }
            arrived.wait(after: seen)
        }
    }

    /// Refuses further items; the receiver still gets what is there.
    package func close() {
        state.withLock { $0.isClosed = true }
        arrived.signal()
    }
}
