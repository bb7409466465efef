import JOSE
import Outbound
import Synchronization
import Telemetry
import Values

// One fetch, what it changes, and what is published of it.

extension KeyRefresher {
    typealias FetchResult = Result<KeySetFetcher.Answer, KeyFetchFailure>

    func fetch() async {
        let (began, wall) = (clock.monotonic(), clock.wall())
        let (known, keys) = state.withLock { state in
            state.ledger.began(began)
            // After a failure the keys may have moved: ask discovery again.
            return (state.lastFailure == nil ? state.known : nil, state.ledger.keys)
        }
        // Nil where it was interrupted: what was asked before a flush must not outlive it.
        guard let result = await result(known, inForce: keys) else { return }
        if case .failure(let failure) = result, failure.reason == .call(.cancelled) { return }
        apply(result, began: wall)
    }

    /// - Parameter inForce: the keys that are published; others are made ready for use.
    private func result(
        _ known: KeySetFetcher.Known?, inForce: KeySet?
    ) async -> FetchResult? {
        await withTaskGroup(of: FetchResult?.self) { group in
            group.addTask { [fetcher, clock] in
                do throws(KeyFetchFailure) {
                    let answer = try await fetcher.fetch(known)
                    guard case .changed(let known, let keys, let problems) = answer,
                        keys != inForce
                    else { return .success(answer) }
                    let ready = await BlockingWork.run("key-costs") {
                        keys.measuringCosts(clock.monotonic)
                    }
                    return .success(.changed(known, ready ?? keys, problems))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask { [self] in
                await interrupted()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Returns when a fetch that is under way is not wanted any more.
    private func interrupted() async {
        while !Task.isCancelled {
            let isWanted = state.withLock { !$0.isStopping && $0.flushesAsked.isEmpty }
            guard isWanted else { return }
            await interrupt.wait()
        }
    }

    private func apply(_ result: FetchResult, began: UnixTime) {
        let (now, chance, wall) = (clock.monotonic(), clock.random(), clock.wall())
        var name = "confirmed"
        var problems: [KeyProblem] = []
        var replaced: [KeyID] = []
        let copy: SavedKeys.Copy? = state.withLock { state in
            state.served += state.waiters.values
            state.waiters = [:]
            switch result {
            case .failure(let failure):
                name = failure.code
                state.ledger.failed(retryAfter: failure.retryAfter, now, chance: chance)
                state.lastFailure = failure
                state.flushed = .failed(failure)
                return nil
            case .success(.confirmed):
                state.ledger.succeeded(nil, now, chance: chance)
            case .success(.changed(let known, let keys, let found)):
                // The same keys in another order, or again after a failure, are no change.
                let isSame = state.ledger.keys == keys
                if !isSame { name = "changed" }
                replaced = keys.entries.map(\.id).filter { kid in
                    state.ledger.keys.map { $0[kid] != nil && $0[kid] != keys[kid] } ?? false
                }
                state.known = known
                state.ledger.succeeded(isSame ? nil : keys, now, chance: chance)
                state.hasNews = state.hasNews || !isSame
                let names = Set(found.map(Self.name))
                problems = found.filter { !state.saidProblems.contains(Self.name(of: $0)) }
                state.saidProblems = names
            }
            state.confirmedAt = wall
            state.lastFailure = nil
            state.isRestored = false
            state.flushed = .fetched(keys: state.ledger.keys?.entries.count ?? 0)
            return state.known.map { known in
                SavedKeys.Copy(
                    issuer: issuer, keysURL: known.keysURL, fetchedAt: began, etag: known.etag,
                    document: known.document)
            }
        }
        metrics.countFetch(name)
        metrics.show(waiters: 0)
        log(problems)
        logReplaced(replaced)
        if case .failure(let failure) = result {
            logger.debug("keys not fetched", facts: Self.facts(of: failure))
        }
        if let copy { saver?.offer(copy, now: now) }
    }

    /// Publishes and logs what changed, then lets those who wait look again.
    func report() async {
        let now = clock.monotonic()
        let (publication, next, failure) = state.withLock { state in
            let next = Self.standing(state, now)
            let hasChanged = state.hasNews || next != state.published
            let publication = KeyPublication(
                issuer: issuer, alsoFor: issuers,
                keys: state.ledger.isUsable(now) ? state.ledger.keys : nil,
                state: next, confirmedAt: state.confirmedAt)
            return (hasChanged ? publication : nil, next, state.lastFailure)
        }
        showAge()
        if let publication {
            await publish(publication)
            state.withLock { state in
                state.published = publication.state
                state.hasNews = false
            }
            metrics.show(keys: publication.keys?.entries.count ?? 0)
        }
        say(next, isNew: publication != nil, failure)
        let (waiters, flushes, flushed) = state.withLock { state in
            let flushes = state.flushed == nil ? [] : state.flushesBegun
            if state.flushed != nil { state.flushesBegun = [] }
            defer { state.served = [] }
            return (state.served, flushes, state.flushed)
        }
        for waiter in waiters { waiter.finish() }
        for flush in flushes { flush.resume(returning: flushed ?? .notRunning) }
    }

    func showAge() {
        let (confirmedAt, age) = state.withLock { ($0.ledger.confirmedAt, $0.ledger.ageThen) }
        metrics.show(confirmedAt: confirmedAt, ageThen: age)
    }

    private static func standing(_ state: State, _ now: MonotonicTime) -> KeyPublication.State {
        guard state.ledger.keys != nil else { return .waiting }
        guard state.ledger.isUsable(now) else { return .unavailable }
        return state.lastFailure == nil && !state.isRestored ? .current : .stale
    }
}
