import JOSE
package import Outbound
import Synchronization
import System
package import Telemetry
package import Values

/// Keeps the keys of one issuer fresh, and publishes each change.
///
/// It begins with the saved copy, if there is one to be trusted, fetches at once, then within every
/// refresh interval, and sooner when a request needs a key that nobody knows. A fetch that fails
/// leaves the last good keys in use until `maxStale` has passed since the last one that went well;
/// then it publishes that there are none. It never gives up, and it says so once per change, not
/// once per try. Only `flush` drops keys.
package final class KeyRefresher: Service {
    /// Takes each publication, in order; returns when it is in force.
    package typealias Publish = @Sendable (KeyPublication) async -> Void

    struct State {
        var ledger: KeyLedger
        var known: KeySetFetcher.Known?
        var confirmedAt: UnixTime?
        var lastFailure: KeyFetchFailure?
        /// The keys are those of the saved copy: no fetch has confirmed them yet.
        var isRestored = false
        var hasNews = false
        var published = KeyPublication.State.waiting
        /// For which state a failure was said.
        var said: KeyPublication.State?
        /// Problems of entries that were said.
        var saidProblems: Set<String> = []
        var isStopping = false
        var isRunning = false
        /// Who waits for the fetch that is under way or about to begin.
        var waiters: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastWaiter: UInt64 = 0
        /// Who waited for a fetch that is over, until its result is in force.
        var served: [AsyncStream<Void>.Continuation] = []
        /// Flushes that have been asked for, and those that wait for their fetch.
        var flushesAsked: [CheckedContinuation<KeyFlush, Never>] = []
        var flushesBegun: [CheckedContinuation<KeyFlush, Never>] = []
        /// What the fetch since the last flush came to.
        var flushed: KeyFlush?
    }

    /// The issuer.
    package let issuer: String
    /// Every issuer that its keys are published for: `issuer` is the first.
    package let issuers: [String]
    let fetcher: KeySetFetcher
    let settings: KeyRefreshSettings
    let clock: ServiceClock
    let publish: Publish
    let logger: Logger
    let metrics: KeyMetrics
    let savedKeys: SavedKeys?
    let saver: KeySaver?
    let state: Mutex<State>
    let wake = Wake()
    /// Ends a fetch that is under way: its result is not wanted any more.
    let interrupt = Wake()

    /// - Parameters:
    ///   - issuer: the issuer as its tokens name it; its discovery document says where the keys
    ///     are.
    ///   - shared: further issuers whose tokens these keys sign. Nobody asks them anything.
    ///   - source: where the keys come from.
    ///   - savedCopies: where a copy is kept for a restart; not for keys from a file, which is one.
    ///   - publish: called once per change, never twice at a time.
    package init(
        issuer: String, alsoFor shared: [String] = [], source: KeySource = .discovery,
        savedCopies: SavedKeys? = nil, client: OutboundClient,
        settings: KeyRefreshSettings = .init(), clock: ServiceClock, metrics: Metrics,
        logger: Logger, publish: @escaping Publish
    ) {
        self.issuer = issuer
        issuers = [issuer] + shared.filter { !$0.isExactly(issuer) }
        self.settings = settings
        self.clock = clock
        self.publish = publish
        self.logger = logger.with(["gatehouse.issuer": .string(issuer)])
        self.metrics = KeyMetrics(metrics, issuer: issuer, now: clock.monotonic)
        fetcher = KeySetFetcher(
            issuer: issuer, source: source, client: client, settings: settings, clock: clock)
        savedKeys = source == .discovery ? savedCopies : nil
        saver = savedKeys.map { [metrics = self.metrics, logger = self.logger] folder in
            KeySaver(
                folder, issuer: issuer, refresh: settings.refresh, metrics: metrics,
                logger: logger)
        }
        state = Mutex(State(ledger: KeyLedger(settings, now: clock.monotonic())))
    }

    package var name: String { "keys" }

    package func run() async throws {
        state.withLock { $0.isRunning = true }
        await withTaskGroup(of: Void.self) { group in
            if let saver { group.addTask { await saver.run() } }
            await refresh()
            saver?.stop()
        }
    }

    private func refresh() async {
        await restore()
        loop: while !Task.isCancelled {
            let now = clock.monotonic()
            let (step, isFlush): (KeyLedger.Step?, Bool) = state.withLock { state in
                if state.isStopping { return (nil, false) }
                return (state.ledger.step(now), !state.flushesAsked.isEmpty)
            }
            if isFlush {
                await drop()
                continue
            }
            switch step {
            case nil: break loop
            case .fetch: await fetch()
            case .sleep(let duration): await sleepOrWake(duration)
            }
            await report()
        }
        let (waiters, flushes) = state.withLock { state in
            state.isRunning = false
            defer {
                (state.waiters, state.served) = ([:], [])
                (state.flushesAsked, state.flushesBegun) = ([], [])
            }
            return (
                state.waiters.values + state.served, state.flushesAsked + state.flushesBegun
            )
        }
        for waiter in waiters { waiter.finish() }
        for flush in flushes { flush.resume(returning: .notRunning) }
    }

    package func stop() async {
        state.withLock { $0.isStopping = true }
        wake.wake()
        interrupt.wake()
    }

    private func sleepOrWake(_ duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in await clock.sleep(duration) }
            group.addTask { [wake] in await wake.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}

// MARK: Unknown keys

extension KeyRefresher {
    /// A request has a token whose `kid` no published key has. Waits for a fetch that it shares
    /// with everybody, if one is allowed, for `longestWait` at most.
    package func keysNeeded(_ kid: KeyID) async -> KeysNeeded {
        let outcome = await outcome(kid)
        metrics.count(outcome)
        return outcome
    }

    private func outcome(_ kid: KeyID) async -> KeysNeeded {
        let now = clock.monotonic()
        let asked: (need: KeyLedger.Need, isFirst: Bool, wait: Wait?) = state.withLock { state in
            guard state.isRunning else { return (.unavailable, false, nil) }
            let wasDemanded = state.ledger.isDemanded
            let need = state.ledger.needs(kid, now)
            guard need == .wait else { return (need, false, nil) }
            let isFirst = !wasDemanded && state.ledger.isDemanded
            guard state.waiters.count < settings.maxWaiters else { return (need, isFirst, nil) }
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = continuation
            metrics.show(waiters: state.waiters.count)
            return (need, isFirst, Wait(number: state.lastWaiter, news: stream))
        }
        if asked.isFirst {
            metrics.countDemand()
            wake.wake()
        }
        guard let wait = asked.wait else { return Self.told(asked.need) }
        guard await isOver(wait) else { return .refreshing(retryAfter: .seconds(1)) }
        let later = clock.monotonic()
        return state.withLock { Self.told($0.ledger.answer(kid, later)) }
    }

    private struct Wait: Sendable {
        let number: UInt64
        let news: AsyncStream<Void>
    }

    /// Whether the fetch is over before the longest wait is.
    private func isOver(_ wait: Wait) async -> Bool {
        let isOver = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in wait.news { return true }
                return true
            }
            group.addTask { [clock, settings] in
                await clock.sleep(settings.longestWait)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        state.withLock { state in
            state.waiters[wait.number] = nil
            metrics.show(waiters: state.waiters.count)
        }
        return isOver
    }

    private static func told(_ need: KeyLedger.Need) -> KeysNeeded {
        switch need {
        case .present: .present
        case .absent: .absent
        case .refreshing(let pause): .refreshing(retryAfter: pause)
        case .wait: .refreshing(retryAfter: .seconds(1))
        case .unavailable: .unavailable
        }
    }
}
