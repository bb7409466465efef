import CSystem
import Synchronization
import System

/// The event loops of the process, each on its own thread.
package final class EventLoopGroup: Sendable {
    private struct State {
        var nextListener: UInt32 = 0
        /// The file system sockets that we made.
        var paths: Set<String> = []
    }

    /// The ways to the loops, in order of their numbers.
    package let inboxes: [Inbox]
    private let threads: [OwnedThread]
    private let gate: Mailbox<Bool>
    private let limits: LoopLimits
    private let state = Mutex(State())

    /// Makes the loops. They run once `start` was called; work posted before waits.
    ///
    /// - Parameters:
    ///   - count: how many loops; one for each core that the data plane may use.
    ///   - name: the threads are called `name-0`, `name-1` and so on.
    /// - Throws: when the process may not have more descriptors or threads.
    package init(
        count: Int, name: String, limits: LoopLimits = LoopLimits()
    ) throws(TransportFailure) {
        ProcessSignals.ignoreBrokenPipes()
        let quota = AcceptQuota(
            limit: limits.acceptedStreams ?? max((DescriptorLimit.current - 64) / 2, 16))
        let gate = Mailbox<Bool>(capacity: 1)
        self.gate = gate
        self.limits = limits
        do {
            var inboxes: [Inbox] = []
            for _ in 0..<max(count, 1) { inboxes.append(try Inbox(capacity: limits.inboxItems)) }
            let spread = Spread(inboxes)
            var threads: [OwnedThread] = []
            defer { if inboxes.count != threads.count { gate.close() } }
            for (index, inbox) in inboxes.enumerated() {
                threads.append(
                    try OwnedThread(name: "\(name)-\(index)") {
                        _ = gate.receive()
                        EventLoop(
                            index: index, inbox: inbox, limits: limits, quota: quota, spread: spread
                        ).run()
                    })
            }
            self.inboxes = inboxes
            self.threads = threads
        } catch {
            throw TransportFailure.other(call: error.call, errno: error.number)
        }
    }

    deinit {
        // A group that was dropped without `stop` leaves no thread behind.
        for inbox in inboxes { _ = inbox.postUnbounded { $0.beginStop(deadline: .zero) } }
        gate.close()
    }

    /// How many loops there are.
    package var count: Int { inboxes.count }

    /// Lets the loops run.
    package func start() {
        gate.close()
    }

    /// Runs work on every loop, and returns when every loop has run it. The group must have started.
    package func broadcast(_ work: @escaping Inbox.Work) async {
        await withCheckedContinuation { continuation in
            let countdown = Countdown(count, continuation)
            for inbox in inboxes {
                let accepted = inbox.postUnbounded { loop in
                    work(loop)
                    countdown.finishOne()
                }
                if !accepted { countdown.finishOne() }
            }
        }
    }

    /// Listens on an address with every loop.
    ///
    /// - Parameters:
    ///   - address: port 0 takes a free one.
    ///   - settings: TLS, and PROXY headers.
    ///   - accept: makes what takes the connections of one loop; called on each loop.
    /// - Returns: the address with the port that was bound.
    /// - Throws: when somebody else listens there, or the process may not.
    package func listen(
        on address: SocketAddress, settings: ListenerSettings = ListenerSettings(),
        accept: @escaping @Sendable (EventLoop) -> any StreamAcceptor
    ) throws(TransportFailure) -> SocketAddress {
        let sockets = try ListenerSocket.bind(
            address, count: inboxes.count, backlog: limits.backlog)
        let number = state.withLock { state in
            state.nextListener = (state.nextListener + 1) & 0x3FFF_FFFF
            if case .unix(let path) = address { state.paths.insert(path) }
            return state.nextListener
        }
        for (index, inbox) in inboxes.enumerated() {
            let socket = sockets[index % sockets.count]
            let accepted = inbox.postUnbounded { loop in
                let listener = Listener(
                    number: number, socket: socket, settings: settings, acceptor: accept(loop))
                loop.listeners.append(listener)
                listener.resume(on: loop)
            }
            if !accepted { throw .stopped }
        }
        return sockets[0].address
    }

    /// Gives the TLS listeners of an address another context, for handshakes that begin from now on.
    /// Connections that are there live on; their sessions resume under the new context, unless it
    /// asks other certificates of clients. A listener in clear text stays one.
    package func replaceTLS(of address: SocketAddress, with context: TLSServerContext) async {
        await broadcast { loop in
            for listener in loop.listeners
            where listener.socket.address == address && listener.reception.settings.tls != nil {
                listener.reception.settings.tls = context
            }
        }
    }

    /// Closes the listeners of an address, after what their queues still hold was accepted.
    package func stopListening(_ address: SocketAddress) async {
        await stopListening { $0 == address }
    }

    /// Stops listening, tells whoever asked by `onStop`, and returns when every loop has ended: when
    /// its accepted streams are gone, at the latest after the given time. What is left then fails
    /// with `stopped`.
    package func stop(drainDeadline: Duration) async {
        start()
        await stopListening { _ in true }
        await broadcast { $0.beginStop(deadline: drainDeadline) }
        for thread in threads { await thread.finished() }
    }

    private func stopListening(
        where matches: @escaping @Sendable (SocketAddress) -> Bool
    ) async {
        // First no loop hands connections over any more, then all stop taking them.
        await broadcast { loop in
            for listener in loop.listeners where matches(listener.socket.address) {
                listener.keepsAll = true
            }
        }
        await broadcast { loop in
            for listener in loop.listeners where matches(listener.socket.address) {
                listener.drain(on: loop)
            }
            loop.listeners.removeAll { matches($0.socket.address) }
        }
        let paths = state.withLock { state in
            let gone = state.paths.filter { matches(.unix($0)) }
            state.paths.subtract(gone)
            return gone
        }
        for path in paths { FileSystem.remove(path) }
    }
}

/// Resumes a continuation when a number of parties have finished.
private final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let continuation: CheckedContinuation<Void, Never>

    init(_ count: Int, _ continuation: CheckedContinuation<Void, Never>) {
        left = Atomic(count)
        self.continuation = continuation
    }

    func finishOne() {
        let (_, now) = left.subtract(1, ordering: .acquiringAndReleasing)
        if now == 0 { continuation.resume() }
    }
}
