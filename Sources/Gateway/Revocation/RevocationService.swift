import Logto
import Store
import Synchronization
import System
import Telemetry
import Transport
import Values

/// Takes away what tokens say: raises watermarks on every loop and keeps them in the store.
///
/// INVARIANT: when `revoke` returns, or throws, no request on any loop is admitted with a token that it
/// concerns. When it returns without an error, that also holds after a restart.
final class RevocationService: Service {
    private struct State {
        /// What is in force, and what each loop's table was made from.
        var marks: WatermarkTable
        /// What is in force and not in the store.
        var unsaved: WatermarkTable
        var failure: StoreFailure?
        var retries = 0
        /// The store has just taken something: what waits need not wait longer.
        var triesAtOnce = false
        var isStopping = false
    }

    let name = "revocations"
    let life: WatermarkLife
    private let journal: (any WatermarkJournal)?
    private let loops: EventLoopGroup
    private let clock: ServiceClock
    private let time: ForgettingTime
    private let logger: Logger
    private let metrics: RevocationMetrics
    private let state: Mutex<State>
    private let wake = Wake()

    /// - Parameters:
    ///   - journal: nil keeps them in memory alone.
    ///   - capacity: the most entries of each table.
    init(
        journal: (any WatermarkJournal)?, loops: EventLoopGroup, life: WatermarkLife,
        capacity: Int = 100_000, clock: ServiceClock, metrics: Metrics, logger: Logger
    ) {
        self.journal = journal
        self.loops = loops
        self.life = life
        self.clock = clock
        self.logger = logger
        self.metrics = RevocationMetrics(metrics)
        time = ForgettingTime(monotonic: clock.monotonic(), wall: clock.wall())
        state = Mutex(
            State(
                marks: WatermarkTable(capacity: capacity),
                unsaved: WatermarkTable(capacity: capacity)))
    }

    /// How many watermarks are in force.
    var count: Int { state.withLock { $0.marks.count } }

    /// Why revocations would not survive the process; nil while they would.
    var degradation: String? {
        state.withLock { state in
            guard !state.unsaved.isEmpty, let failure = state.failure else { return nil }
            return "revocations are in force but not stored: \(failure.message)"
        }
    }

    /// Reads what was in force when the process before ended; called before anything listens.
    ///
    /// - Parameter isFed: whether anything is there that revokes: then a missing store is worth a word.
    func load(isFed: Bool = true) async throws(StoreFailure) {
        guard let journal else {
            guard isFed else { return }
            logger.warning(
                "revocations are kept in memory alone",
                facts: [
                    "gatehouse.reason": "no store is configured",
                    "gatehouse.help": "set `store: {sqlite: PATH}`: a restart forgets them",
                ])
            return
        }
        let found = try await journal.load(after: ended)
        state.withLock { state in
            // The latest come first: where the bound is lower than it was, the oldest are folded.
            for watermark in found { _ = state.marks.raise(watermark) }
        }
        report()
    }

    /// The table of a loop; made on that loop, which attaches it.
    func makeTable(now: LoopTime) -> RevocationTable {
        RevocationTable(state.withLock { $0.marks }, life: life, now: now)
    }

    /// Makes tokens that were issued until then count no longer. A watermark in the future counts as
    /// one of the next second, as the clock shows that is furthest ahead and still believed; one that
    /// concerns no living token is passed over.
    ///
    /// - Throws: what the store said. The watermarks are in force all the same and are tried again, but
    ///   a process that ends before forgets them.
    func revoke(_ watermarks: [Watermark]) async throws(StoreFailure) {
        // SECURITY: no earlier, since tokens that were issued so far ahead are accepted.
        let latest = clock.wall().advanced(bySeconds: life.leeway).advanced(bySeconds: 1)
        let ended = ended
        let wanted = watermarks.map { watermark in
            Watermark(watermark.subject, notBefore: min(watermark.notBefore, latest))
        }.filter { $0.isOfSomebody && $0.notBefore.seconds > ended.seconds }
        guard !wanted.isEmpty else { return }
        let changes = raise(wanted)
        // Before the store: a slow disk must not keep a token alive.
        await loops.broadcast { loop in
            loop.attached(RevocationTable.self)?.raise(changes)
        }
        report()
        guard let journal else { return }
        do throws(StoreFailure) {
            try await journal.save(changes, forgettingUntil: ended)
            let isBetter = state.withLock { state in
                state.triesAtOnce = !state.unsaved.isEmpty
                return state.triesAtOnce
            }
            if isBetter { wake.wake() }
        } catch {
            state.withLock { state in
                state.failure = error
                for watermark in changes { _ = state.unsaved.raise(watermark) }
            }
            report()
            logger.error("revocation not stored", facts: Self.facts(error))
            wake.wake()
            throw error
        }
    }

    private func raise(_ watermarks: [Watermark]) -> [Watermark] {
        var changes: [Watermark] = []
        let (folded, widened) = state.withLock { state in
            let before = (state.marks.folded, state.marks.widened)
            // What another call is about to put in force is put in force by this one as well: neither
            // returns before it is.
            for watermark in watermarks { changes += state.marks.raise(watermark) }
            return (state.marks.folded - before.0, state.marks.widened - before.1)
        }
        metrics.folded.add(folded)
        metrics.widened.add(widened)
        if widened > 0 {
            logger.error(
                "everybody needs a new token: more revocations than are kept apart",
                facts: ["gatehouse.revocations": .integer(Int64(clamping: widened))])
        }
        return changes
    }

    // MARK: In the background

    func run() async throws {
        while !Task.isCancelled {
            let (isStopping, rest) = state.withLock { ($0.isStopping, pause(in: $0)) }
            if isStopping { break }
            let hasSlept = await sleepOrWake(rest)
            let triesAtOnce = state.withLock { state in
                defer { state.triesAtOnce = false }
                return state.triesAtOnce
            }
            if hasSlept || triesAtOnce { await saveUnsaved() }
            if hasSlept { await forgetEnded() }
        }
    }

    /// Tries once more to store what is not.
    func stop() async {
        state.withLock { $0.isStopping = true }
        wake.wake()
        await saveUnsaved()
        guard let problem = degradation else { return }
        logger.error(
            "revocations are lost at the end of the process",
            facts: ["gatehouse.reason": .string(problem)])
    }

    /// Watermarks up to this second concern no token any more.
    private var ended: UnixTime {
        life.ended(by: time.at(monotonic: clock.monotonic(), wall: clock.wall()))
    }

    /// A second, then twice as long each time up to a minute, and some chance.
    private func pause(in state: State) -> Duration {
        guard !state.unsaved.isEmpty else { return Self.rest }
        let seconds = Double(1 << min(state.retries, 6))
        return .seconds(min(seconds, 60) * (0.5 + clock.random() / 2))
    }

    private func saveUnsaved() async {
        guard let journal else { return }
        while true {
            let some = state.withLock { $0.unsaved.some(Self.batch) }
            guard !some.isEmpty else { return }
            do throws(StoreFailure) {
                try await journal.save(some, forgettingUntil: ended)
            } catch {
                // Said when it began; said again when it is over.
                state.withLock { state in
                    state.failure = error
                    state.retries += 1
                }
                return
            }
            let isDone = state.withLock { state in
                for watermark in some { state.unsaved.remove(watermark) }
                guard state.unsaved.isEmpty else { return false }
                (state.failure, state.retries) = (nil, 0)
                return true
            }
            report()
            if isDone { logger.info("revocations are stored again") }
        }
    }

    private func forgetEnded() async {
        let ended = ended
        state.withLock { state in
            state.marks.expire(until: ended, steps: Self.batch)
            state.unsaved.expire(until: ended, steps: Self.batch)
        }
        report()
        // A failure here costs room alone, and the next `revoke` reports it.
        try? await journal?.forget(until: ended)
    }

    /// Whether the time has passed, and nobody woke us.
    private func sleepOrWake(_ duration: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [clock] in
                await clock.sleep(duration)
                return true
            }
            group.addTask { [wake] in
                await wake.wait()
                return false
            }
            let hasSlept = await group.next() ?? false
            group.cancelAll()
            return hasSlept
        }
    }

    private func report() {
        state.withLock { metrics.set($0.marks, unsaved: $0.unsaved) }
    }

    private static func facts(_ failure: StoreFailure) -> [String: LogValue] {
        var facts: [String: LogValue] = [
            "gatehouse.code": .string(failure.code), "gatehouse.reason": .string(failure.message),
        ]
        if let help = failure.help { facts["gatehouse.help"] = .string(help) }
        return facts
    }

    /// Between two looks for what has ended.
    private static let rest = Duration.seconds(60)
    /// Entries that are written, or looked at, at once.
    private static let batch = 1_000
}
