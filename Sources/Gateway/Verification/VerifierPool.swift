import JOSE
import Synchronization
import System
import Telemetry
import Transport
import Values

/// What became of a token whose signature was to be checked on another thread.
enum VerificationOutcome: Sendable {
    /// It was checked, under the keys that the token was looked at with.
    case checked(ScreenedToken, Result<VerifiedToken, TokenRejection>)
    /// Nobody will check it: others had the better claim to the queue, or the gateway stops.
    case dropped
}

/// Checks the signatures that take too long for a loop, on threads of its own.
///
/// A token that several requests bring, on whatever loops, is checked once. What comes out is told
/// to each of them and remembered here by nobody.
///
/// INVARIANT: hot traffic does not notice. The threads are nicer than the loops, the queue is
/// bounded, and a loop never waits for it: what finds no place is refused at once.
/// INVARIANT: who was taken in is told exactly once, also when the gateway stops.
final class VerifierPool: Service {
    /// How it works.
    struct Settings: Sendable {
        /// Threads. One core is left to the loops.
        var threads = min(max(Environment.coreCount - 1, 1), 4)
        /// The bounds of the queue.
        var limits = VerificationQueue<Waiter>.Limits()
        /// How far the threads stand back.
        var niceness: Int32 = 10
        /// Checks one signature.
        var check: @Sendable (ScreenedToken) -> Result<VerifiedToken, TokenRejection> = { token in
            Result { () throws(TokenRejection) in try token.verify() }
        }
    }

    /// Hears what came out; on any thread, and must not wait.
    typealias Waiter = @Sendable (VerificationOutcome) -> Void

    private struct State {
        var queue: VerificationQueue<Waiter>
        var isStopped = false
    }

    let name = "verifiers"
    private let settings: Settings
    private let metrics: VerifierMetrics
    private let clock: @Sendable () -> MonotonicTime
    private let hash = SipHash(
        key: (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)))
    private let state: Mutex<State>
    private let arrived = WakeUp()

    init(
        _ settings: Settings, metrics registry: Metrics,
        clock: @escaping @Sendable () -> MonotonicTime
    ) {
        self.settings = settings
        self.clock = clock
        state = Mutex(State(queue: VerificationQueue(settings.limits)))
        metrics = VerifierMetrics(registry)
        metrics.showQueue { [weak self] in self?.waiting ?? 0 }
    }

    /// Tokens that wait to be checked.
    var waiting: Int { state.withLock { $0.queue.waiting } }

    /// Takes a token in, or joins it to the same one.
    ///
    /// - Returns: false where there is no room; `whenDone` will not be called then.
    func submit(
        _ token: ScreenedToken, from sender: SocketAddress, whenDone: @escaping Waiter
    ) -> Bool {
        let key = TokenKey(token, hash: hash)
        let (outcome, displaced) = state.withLock { state in
            state.isStopped ? (.full, []) : state.queue.add(key, from: sender, whenDone)
        }
        for waiter in displaced { waiter(.dropped) }
        metrics.overloaded.add(UInt64(displaced.count))
        switch outcome {
        case .queued: arrived.signal()
        case .joined: metrics.joined.add()
        case .full:
            metrics.overloaded.add()
            return false
        }
        return true
    }

    /// Counts a request that found no room before it came here.
    func countOverload() { metrics.overloaded.add() }

    func run() async throws {
        var threads: [OwnedThread] = []
        for index in 0..<max(settings.threads, 1) {
            do {
                threads.append(
                    try OwnedThread(name: "verifier-\(index)", niceness: settings.niceness) {
                        [self] in work()
                    })
            } catch {
                // Fewer threads do the same work; without one nothing would.
                if threads.isEmpty { throw error }
            }
        }
        for thread in threads { await thread.finished() }
    }

    /// Lets the checks under way end, and tells everybody else that theirs will not begin.
    func stop() async {
        let left = state.withLock { state in
            state.isStopped = true
            return state.queue.removeWaiting()
        }
        arrived.signal()
        for waiter in left { waiter(.dropped) }
    }

    /// The life of one thread.
    private func work() {
        while true {
            let seen = arrived.generation
            let (next, isStopped) = state.withLock { ($0.queue.next(), $0.isStopped) }
            if let next {
                check(next.token, next.number)
            } else if isStopped {
                return
            } else {
                arrived.wait(after: seen)
            }
        }
    }

    private func check(_ token: ScreenedToken, _ number: Int) {
        let began = clock()
        let result = settings.check(token)
        metrics.count(result, clock().duration(since: began))
        let waiters = state.withLock { $0.queue.finish(number) }
        for waiter in waiters { waiter(.checked(token, result)) }
    }
}
