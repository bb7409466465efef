import CSystem
import Synchronization

/// A named thread that runs one function and is joined by its owner.
///
/// For C libraries that block and for event loops: neither may run on the pool of Swift's tasks.
@safe
package final class OwnedThread: @unchecked Sendable {
    // Safe to share: the handle is written once before anybody else sees the object, and joining
    // happens once, guarded by `state`.
    private struct State {
        var isOver = false
        var isJoined = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Those who wait for a limited time.
        var watchers: [AsyncStream<Void>.Continuation] = []
    }

    /// The name, as tools show it; the kernel keeps 15 bytes of it.
    package let name: String
    private let state = Mutex(State())
    private var handle = pthread_t()

    /// Starts the thread.
    ///
    /// - Parameter niceness: how much nicer than the thread that starts it, for work that others
    ///   must not notice: the kernel lets threads of lower niceness go first.
    /// - Throws: when the process may not have another thread.
    package init(
        name: String, niceness: Int32 = 0, running body: @escaping @Sendable () -> Void
    ) throws(SystemFailure) {
        self.name = name
        let start = Start(thread: self, niceness: niceness, body: body)
        let argument = unsafe Unmanaged.passRetained(start).toOpaque()
        let failed = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe gatehouse_name_thread(start.thread.name)
                // Where it is refused, the work is done all the same.
                if start.niceness != 0 { _ = gatehouse_make_thread_nicer(start.niceness) }
                start.body()
                start.thread.ended()
                return nil
            }, argument)
        guard failed == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(argument).release()
            throw SystemFailure(call: "pthread_create", subject: name, negated: -Int(failed))
        }
    }

    /// The niceness of the calling thread.
    package static var currentNiceness: Int32 { gatehouse_thread_niceness() }

    /// Returns when the function has returned and the thread is gone; not to be called from a task.
    package func join() {
        let isMine = state.withLock { state in
            let first = !state.isJoined
            state.isJoined = true
            return first
        }
        guard isMine else { return }
        pthread_join(handle, nil)
    }

    /// Suspends until the function has returned, and joins the thread.
    package func finished() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiters.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
        // What is left of the thread takes microseconds.
        join()
    }

    /// The same for a limited time: false where the function has not returned by then.
    package func finished(within limit: Duration) async -> Bool {
        let (ends, watcher) = AsyncStream<Void>.makeStream()
        let wasOver = state.withLock { state in
            if !state.isOver { state.watchers.append(watcher) }
            return state.isOver
        }
        // However short the limit: a thread that is over was waited for long enough.
        if wasOver {
            join()
            return true
        }
        let isOver = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in ends {}
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if isOver { join() }
        return isOver
    }

    private func ended() {
        let (waiters, watchers) = state.withLock { state in
            state.isOver = true
            defer { (state.waiters, state.watchers) = ([], []) }
            return (state.waiters, state.watchers)
        }
        for waiter in waiters { waiter.resume() }
        for watcher in watchers { watcher.finish() }
    }

    deinit {
        let isJoined = state.withLock { $0.isJoined }
        if !isJoined { pthread_detach(handle) }
    }

    /// What a new thread is given.
    private final class Start {
        let thread: OwnedThread
        let niceness: Int32
        let body: @Sendable () -> Void

        init(thread: OwnedThread, niceness: Int32, body: @escaping @Sendable () -> Void) {
            self.thread = thread
            self.niceness = niceness
            self.body = body
        }
    }
}
