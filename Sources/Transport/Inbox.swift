import CSystem
import Synchronization
import System

/// The way from any thread to a loop: a bounded queue of work and an eventfd that wakes the loop.
///
/// INVARIANT: work that was accepted runs exactly once, on the loop's thread, also when the loop is
/// stopping; `run` and `close` keep it.
package final class Inbox: Sendable {
    package typealias Work = @Sendable (EventLoop) -> Void

    private struct State {
        var items: [Work] = []
        var reserved = 0
        var isSignalled = false
        var isClosed = false
    }

    private let capacity: Int
    private let state: Mutex<State>
    /// Readable while work waits.
    let wake: Descriptor
    /// The loop's interest in descriptors. It lies here since the loop itself is made on its thread.
    let epoll: Descriptor

    init(capacity: Int) throws(SystemFailure) {
        self.capacity = max(capacity, 1)
        wake = try Descriptor(gatehouse_eventfd(), call: "eventfd")
        epoll = try Descriptor(gatehouse_epoll_create(), call: "epoll_create1")
        state = Mutex(State())
    }

    /// Hands work to the loop.
    ///
    /// - Returns: false when too much waits already, or the loop has ended.
    package func post(_ work: @escaping Work) -> Bool {
        add(work) { $0.items.count + $0.reserved < self.capacity }
    }

    /// Keeps room for one piece of work to come, so that an answer always finds a place; nil when
    /// there is none.
    package func reserve() -> InboxPlace? {
        let hasRoom = state.withLock { state in
            guard !state.isClosed, state.items.count + state.reserved < capacity else {
                return false
            }
            state.reserved += 1
            return true
        }
        return hasRoom ? InboxPlace(inbox: self) : nil
    }

    /// How much work waits, reserved places included.
    package var waiting: Int { state.withLock { $0.items.count + $0.reserved } }

    /// Hands over work of the group itself, which has no bound but the number of callers.
    func postUnbounded(_ work: @escaping Work) -> Bool {
        add(work) { _ in true }
    }

    fileprivate func postReserved(_ work: @escaping Work) -> Bool {
        add(work) { state in
            state.reserved -= 1
            return true
        }
    }

    fileprivate func release() {
        state.withLock { $0.reserved -= 1 }
    }

    private func add(_ work: @escaping Work, if hasRoom: (inout State) -> Bool) -> Bool {
        let (accepted, mustWake) = state.withLock { state in
            guard hasRoom(&state), !state.isClosed else { return (false, false) }
            state.items.append(work)
            defer { state.isSignalled = true }
            return (true, !state.isSignalled)
        }
        if mustWake { _ = gatehouse_eventfd_signal(wake.number) }
        return accepted
    }

    /// Takes all that waits. `spare` is an empty array whose memory is used for what comes next.
    func takeAll(spare: consuming [Work]) -> [Work] {
        _ = gatehouse_eventfd_clear(wake.number)
        let spare = spare
        return state.withLock { state in
            state.isSignalled = false
            let items = state.items
            state.items = spare
            return items
        }
    }

    /// Refuses work from now on and gives what is left.
    func close() -> [Work] {
        state.withLock { state in
            state.isClosed = true
            defer { state.items = [] }
            return state.items
        }
    }
}

/// Room in a loop's inbox for one answer. Dropped without use, the room is given back.
package struct InboxPlace: ~Copyable, Sendable {
    private var inbox: Inbox?

    fileprivate init(inbox: Inbox) {
        self.inbox = inbox
    }

    /// Hands work to the loop.
    ///
    /// - Returns: false only when the loop has ended.
    package consuming func post(_ work: @escaping Inbox.Work) -> Bool {
        let inbox = inbox.take()
        return inbox?.postReserved(work) ?? false
    }

    deinit { inbox?.release() }
}
