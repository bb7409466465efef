import Synchronization

/// State that lives on a thread of its own, and the bounded mailbox of work that reaches it there.
///
/// For handles that must be used by one thread and calls that block: SQLite, `getaddrinfo`.
package final class ThreadConfined<State>: Sendable {
    private typealias Work = @Sendable (inout State) -> Void

    private let mailbox: Mailbox<Work>
    private let thread: OwnedThread

    /// Starts the thread, and makes the state there before the first work.
    ///
    /// - Parameters:
    ///   - name: the thread's name.
    ///   - capacity: how much work may wait.
    ///   - make: makes the state, on the thread.
    package init(
        name: String, capacity: Int, make: @escaping @Sendable () -> State
    ) throws(SystemFailure) {
        let mailbox = Mailbox<Work>(capacity: capacity)
        self.mailbox = mailbox
        thread = try OwnedThread(name: name) {
            var state = make()
            while let work = mailbox.receive() { work(&state) }
        }
    }

    /// How much work waits.
    package var waiting: Int { mailbox.count }

    /// Hands work to the thread; false when too much waits or the thread is ending.
    package func post(_ work: @escaping @Sendable (inout State) -> Void) -> Bool {
        mailbox.send(work)
    }

    /// Does the work on the thread and returns what it returned. Work that was accepted always runs.
    ///
    /// - Throws: `ThreadBusy` when too much waits or the thread is ending; what the work throws.
    package func run<Answer: Sendable>(
        _ work: @escaping @Sendable (inout State) throws -> Answer
    ) async throws -> Answer {
        let answer: Result<Answer, any Error> = await withCheckedContinuation { continuation in
            let accepted = mailbox.send { state in
                continuation.resume(returning: Result { try work(&state) })
            }
            if !accepted { continuation.resume(returning: .failure(ThreadBusy())) }
        }
        return try answer.get()
    }

    /// Refuses new work, and returns when what was accepted is done and the thread is gone.
    package func stop() async {
        mailbox.close()
        await thread.finished()
    }

    deinit { mailbox.close() }
}

extension ThreadConfined where State == Void {
    /// A thread without state.
    package convenience init(name: String, capacity: Int) throws(SystemFailure) {
        try self.init(name: name, capacity: capacity, make: {})
    }
}

/// A thread's mailbox is full, or closed because the thread is ending.
package struct ThreadBusy: Error, CustomStringConvertible {
    package var description: String { "too much work waits, or the service is ending" }
}
