import JOSE
package import Outbound
import Synchronization
import System
package import Telemetry
package import Values

/// Keeps the keys of one issuer fresh, and publishes each change.
///
/// It fetches at once, then within every refresh interval, and sooner when a request needs a key
/// that nobody knows. A fetch that fails leaves the last good keys in use until `maxStale` has
/// passed since the last one that went well; then it publishes that there are none. It never gives
/// up, and it says so once per change, not once per try.
package final class KeyRefresher: Service {
    /// Takes each publication, in order; returns when it is in force.
    package typealias Publish = @Sendable (KeyPublication) async -> Void

    private struct State {
        var ledger: KeyLedger
        var known: KeySetFetcher.Known?
        var confirmedAt: UnixTime?
        var lastFailure: KeyFetchFailure?
        var hasNews = false
        var hasSaidFirst = false
        var published = KeyPublication.State.waiting
        var isStopping = false
        var isRunning = false
        /// Who waits for the fetch that is under way or about to begin.
        var waiters: [AsyncStream<Void>.Continuation] = []
        /// Who waited for a fetch that is over, until its result is in force.
        var served: [AsyncStream<Void>.Continuation] = []
    }

    /// The issuer.
    package let issuer: String
    private let fetcher: KeySetFetcher
    private let settings: KeyRefreshSettings
    private let clock: ServiceClock
    private let publish: Publish
    private let logger: Logger
    private let metrics: KeyMetrics
    private let state: Mutex<State>
    private let wake = Wake()

    /// - Parameters:
    ///   - issuer: the issuer as its tokens name it; its discovery document says where the keys
    ///     are.
    ///   - publish: called once per change, never twice at a time.
    package init(
        issuer: String, client: OutboundClient, settings: KeyRefreshSettings = .init(),
        clock: ServiceClock, metrics: Metrics, logger: Logger, publish: @escaping Publish
    ) {
        self.issuer = issuer
        self.settings = settings
        self.clock = clock
        self.publish = publish
        self.logger = logger.with(["gatehouse.issuer": .string(issuer)])
        self.metrics = KeyMetrics(metrics, issuer: issuer, now: clock.monotonic)
        fetcher = KeySetFetcher(issuer: issuer, client: client, settings: settings, clock: clock)
        state = Mutex(State(ledger: KeyLedger(settings, now: clock.monotonic())))
    }

    package var name: String { "keys" }

    package func run() async throws {
        state.withLock { $0.isRunning = true }
        loop: while !Task.isCancelled {
            let now = clock.monotonic()
            let step: KeyLedger.Step? = state.withLock { state in
                state.isStopping ? nil : state.ledger.step(now)
            }
            switch step {
            case nil: break loop
            case .fetch: await fetch()
            case .sleep(let duration): await sleepOrWake(duration)
            }
            await report()
        }
        let waiters = state.withLock { state in
            state.isRunning = false
            defer { (state.waiters, state.served) = ([], []) }
            return state.waiters + state.served
        }
        for waiter in waiters { waiter.finish() }
    }

    package func stop() async {
        state.withLock { $0.isStopping = true }
        wake.wake()
    }

    /// A request has a token whose `kid` no published key has. Waits for a fetch that it shares
    /// with everybody, if one is allowed, for `longestWait` at most.
    package func keysNeeded(_ kid: KeyID) async -> KeysNeeded {
        let now = clock.monotonic()
        let (need, news): (KeyLedger.Need, AsyncStream<Void>?) = state.withLock { state in
            guard state.isRunning else { return (.unavailable, nil) }
            let need = state.ledger.needs(kid, now)
            guard need == .wait else { return (need, nil) }
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            state.waiters.append(continuation)
            return (need, stream)
        }
        guard let news else { return Self.told(need) }
        wake.wake()
        let isOver = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in news { return true }
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
        guard isOver else { return .refreshing(retryAfter: .seconds(1)) }
        let later = clock.monotonic()
        return state.withLock { Self.told($0.ledger.answer(kid, later)) }
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

    private func sleepOrWake(_ duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in await clock.sleep(duration) }
            group.addTask { [wake] in await wake.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}

// MARK: One fetch

extension KeyRefresher {
    private func fetch() async {
        let began = clock.monotonic()
        let known = state.withLock { state in
            state.ledger.began(began)
            // After a failure the keys may have moved: ask discovery again.
            return state.lastFailure == nil ? state.known : nil
        }
        let result: Result<KeySetFetcher.Answer, KeyFetchFailure>
        do throws(KeyFetchFailure) {
            result = .success(try await fetcher.fetch(known))
        } catch {
            result = .failure(error)
        }
        if case .failure(let failure) = result, failure.reason == .call(.cancelled) { return }
        apply(result)
    }

    private func apply(_ result: Result<KeySetFetcher.Answer, KeyFetchFailure>) {
        let (now, chance, wall) = (clock.monotonic(), clock.random(), clock.wall())
        var problems: [KeyProblem] = []
        var replaced: [KeyID] = []
        state.withLock { state in
            state.served += state.waiters
            state.waiters = []
            switch result {
            case .success(.confirmed):
                state.ledger.succeeded(nil, now, chance: chance)
                state.confirmedAt = wall
                state.lastFailure = nil
            case .success(.changed(let known, let keys, let found)):
                // After a failure the same document comes back as a change: it is none.
                let isSame = state.known?.document == known.document
                state.known = known
                replaced = keys.entries.map(\.id).filter { kid in
                    state.ledger.keys.map { $0[kid] != nil && $0[kid] != keys[kid] } ?? false
                }
                state.ledger.succeeded(keys, now, chance: chance)
                state.confirmedAt = wall
                state.lastFailure = nil
                state.hasNews = !isSame
                problems = isSame ? [] : found
            case .failure(let failure):
                state.ledger.failed(retryAfter: failure.retryAfter, now, chance: chance)
                state.lastFailure = failure
            }
        }
        metrics.count(result)
        log(problems)
        for kid in replaced {
            // Nothing forbids it, but no issuer of ours does it: somebody should know.
            logger.warning(
                "key replaced under its own name", facts: ["gatehouse.key.id": .string(kid.text)])
        }
        if case .failure(let failure) = result {
            logger.debug("keys not fetched", facts: Self.facts(of: failure))
        }
    }

    /// Publishes and logs what changed, then lets those who wait look again.
    private func report() async {
        let now = clock.monotonic()
        let (publication, failure) = state.withLock { state in
            let next = Self.standing(state, now)
            let hasChanged = state.hasNews || next != state.published
            let publication = KeyPublication(
                issuer: issuer, keys: state.ledger.isUsable(now) ? state.ledger.keys : nil,
                state: next, confirmedAt: state.confirmedAt)
            return (hasChanged ? publication : nil, state.lastFailure)
        }
        metrics.show(confirmedAt: state.withLock { $0.ledger.confirmedAt })
        if let publication {
            await publish(publication)
            let before = state.withLock { state in
                defer {
                    state.published = publication.state
                    state.hasNews = false
                }
                return state.published
            }
            log(publication, before: before, failure)
        } else if let failure {
            logFirstFailure(failure)
        }
        let waiters = state.withLock { state in
            defer { state.served = [] }
            return state.served
        }
        for waiter in waiters { waiter.finish() }
    }

    private static func standing(_ state: State, _ now: MonotonicTime) -> KeyPublication.State {
        guard state.ledger.keys != nil else { return .waiting }
        guard state.ledger.isUsable(now) else { return .unavailable }
        return state.lastFailure == nil ? .current : .stale
    }

    private func log(
        _ publication: KeyPublication, before: KeyPublication.State, _ failure: KeyFetchFailure?
    ) {
        switch publication.state {
        case .waiting:
            break
        case .current:
            logger.info(
                "keys in use",
                facts: [
                    "gatehouse.keys.count": .integer(Int64(publication.keys?.entries.count ?? 0))
                ])
        case .stale:
            logger.warning("keys not refreshed", facts: failure.map(Self.facts) ?? [:])
        case .unavailable:
            logger.error("keys too old to be used", facts: failure.map(Self.facts) ?? [:])
        }
    }

    /// The first failure before any success: nothing is published, but somebody must hear of it.
    private func logFirstFailure(_ failure: KeyFetchFailure) {
        let isFirst = state.withLock { state in
            guard state.ledger.keys == nil, !state.hasSaidFirst else { return false }
            state.hasSaidFirst = true
            return true
        }
        guard isFirst else { return }
        logger.error("no keys yet, trying on", facts: Self.facts(of: failure))
    }

    private func log(_ problems: [KeyProblem]) {
        for problem in problems {
            let facts: [String: LogValue] = [
                "gatehouse.reason": .string(problem.code),
                "gatehouse.detail": .string(problem.description),
                "gatehouse.key.index": .integer(Int64(problem.index)),
                "gatehouse.key.id": .string(problem.keyID ?? ""),
            ]
            if problem.isError {
                logger.error("key ignored", facts: facts)
            } else {
                logger.warning("key ignored", facts: facts)
            }
        }
    }

    private static func facts(of failure: KeyFetchFailure) -> [String: LogValue] {
        ["gatehouse.reason": .string(failure.code), "gatehouse.detail": .string(failure.detail)]
    }
}
