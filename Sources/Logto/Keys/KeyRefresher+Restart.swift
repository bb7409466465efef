import JOSE
import Synchronization
import Telemetry
import Values

// How a refresher begins anew: with the saved copy of the process before, or after a flush with
// nothing.

extension KeyRefresher {
    /// Puts the keys of the saved copy in force, as old as they are; the first fetch comes all the
    /// same.
    func restore() async {
        guard let savedKeys else { return }
        let wall = clock.wall()
        let loaded = await BlockingWork.run("saved-keys") { [issuer, settings, clock] in
            let loaded = savedKeys.load(issuer, now: wall, settings: settings)
            guard case .usable(let copy, let keys, let problems, let age) = loaded else {
                return loaded
            }
            return .usable(
                copy, keys.measuringCosts(clock.monotonic), problems, age: age)
        }
        switch loaded {
        case nil, .absent: return
        case .ignored(let distrust):
            metrics.countSavedCopy("ignored")
            logger.warning(
                "saved keys ignored",
                facts: [
                    "gatehouse.file": .string(savedKeys.path(of: issuer)),
                    "gatehouse.reason": .string(distrust.reason),
                    "gatehouse.remedy": .string(distrust.remedy),
                ])
        case .usable(let copy, let keys, let problems, let age):
            metrics.countSavedCopy("loaded")
            let now = clock.monotonic()
            state.withLock { state in
                state.ledger.restored(keys, age: age, now)
                state.confirmedAt = copy.fetchedAt
                state.isRestored = true
                state.hasNews = true
                state.saidProblems = Set(problems.map(Self.name))
            }
            log(problems)
            logger.info(
                "saved keys in use",
                facts: [
                    "gatehouse.keys.count": .integer(Int64(keys.entries.count)),
                    "gatehouse.keys.age_seconds": .integer(age.wholeMilliseconds / 1_000),
                ])
            await report()
        }
    }

    /// Drops the issuer's keys and their saved copy, fetches at once, and returns when that fetch
    /// is over: for keys that must not be used any longer. A fetch that was under way does not
    /// count. Between the two, and after a fetch that fails, the issuer has no keys.
    package func flush() async -> KeyFlush {
        let outcome: KeyFlush = await withCheckedContinuation { continuation in
            let isAccepted = state.withLock { state in
                guard state.isRunning, !state.isStopping else { return false }
                state.flushesAsked.append(continuation)
                return true
            }
            guard isAccepted else { return continuation.resume(returning: .notRunning) }
            wake.wake()
            interrupt.wake()
        }
        await saver?.removed()
        return outcome
    }

    /// Does what the flushes that were asked for want, but for the fetch, which is due then.
    func drop() async {
        let now = clock.monotonic()
        state.withLock { state in
            state.flushesBegun += state.flushesAsked
            state.flushesAsked = []
            state.flushed = nil
            state.ledger.dropped(now)
            state.known = nil
            state.confirmedAt = nil
            state.lastFailure = nil
            state.isRestored = false
            state.hasNews = false
            state.said = nil
            state.saidProblems = []
        }
        saver?.remove()
        await publish(
            KeyPublication(
                issuer: issuer, alsoFor: issuers, keys: nil, state: .waiting, confirmedAt: nil))
        state.withLock { $0.published = .waiting }
        metrics.show(keys: 0)
        showAge()
        logger.warning("keys flushed")
    }
}
