import HTTPProxy
import Logto
import PolicyEngine
import Synchronization
import System
import Telemetry
import Values

/// The roles of callers in the organizations of their tokens, asked of Logto and remembered
/// (`organization_roles: live`).
///
/// One for the process. A loop asks it when a caller comes for the first time, and then when what
/// it was told ends: each loop keeps the answer beside the compiled caller. `RoleLedger` holds the
/// rules, this the clock, the calls and the requests that wait.
final class LiveRoles: LogtoCaches, Service {
    /// One look-up: the names of the roles, nil for somebody who is no member.
    typealias LookUp = @Sendable (RoleKey) async throws(LogtoFailure) -> [String]?

    let name = "roles"
    private let settings: RoleLedger.Settings
    private let clock: ServiceClock
    private let budget: RequestBudget
    private let lookUp: LookUp
    private let invalidate: @Sendable () async -> Void
    private let metrics: RoleMetrics
    private let logger: Logger
    private let ledger: Mutex<RoleLedger>
    private let flights: AsyncStream<RoleKey>
    private let intake: AsyncStream<RoleKey>.Continuation
    private let wasSilent = Mutex(false)

    /// - Parameters:
    ///   - invalidate: makes every loop ask again; returns when each of them will.
    ///   - lookUp: asks Logto.
    init(
        settings: RoleLedger.Settings = .init(), clock: ServiceClock, budget: RequestBudget,
        metrics: Metrics, logger: Logger, invalidate: @escaping @Sendable () async -> Void,
        lookUp: @escaping LookUp
    ) {
        self.settings = settings
        self.clock = clock
        self.budget = budget
        self.lookUp = lookUp
        self.invalidate = invalidate
        self.metrics = RoleMetrics(metrics)
        self.logger = logger
        ledger = Mutex(RoleLedger(settings))
        (flights, intake) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(settings.waiters))
        self.metrics.show { [self] in
            ledger.withLock { ledger in
                (ledger.count, ledger.waiterCount, ledger.staleUses)
            }
        }
    }

    /// Look-ups through the Management API.
    static func management(_ client: ManagementClient) -> LookUp {
        { (key) throws(LogtoFailure) in
            let roles =
                switch key.kind {
                case .user:
                    try await client.organizationRoles(ofUser: key.subject, in: key.organization)
                case .machine:
                    try await client.organizationRoles(
                        ofMachine: ClientID(key.subject.text), in: key.organization)
                }
            return roles?.map(\.name.text)
        }
    }

    /// What is wrong, for the operator.
    var problem: String? {
        wasSilent.withLock { $0 }
            ? "Logto does not say who has which role; what is remembered is used" : nil
    }

    // MARK: What loops ask

    /// What is known of a caller's roles now.
    func standing(
        of subject: UserID, kind: PrincipalFacts.Kind, in organization: OrganizationID
    ) -> RoleStanding {
        let key = RoleKey(organization: organization, subject: subject, kind: kind)
        let now = clock.monotonic()
        let (standing, starts) = ledger.withLock { $0.standing(of: key, now: now) }
        if starts, !start(key) { settle(key, .notAsked, asked: now) }
        return standing
    }

    /// Looks a caller's roles up, once for all who ask, and resumes the ticket when they are known or
    /// when it took too long. False where no more requests may wait.
    func ask(
        for subject: UserID, kind: PrincipalFacts.Kind, in organization: OrganizationID,
        ticket: ExchangeTicket
    ) -> Bool {
        ask(RoleKey(organization: organization, subject: subject, kind: kind)) { ticket.resume() }
    }

    /// The same with anybody who waits.
    func ask(_ key: RoleKey, _ waiter: @escaping RoleLedger.Waiter) -> Bool {
        let now = clock.monotonic()
        switch ledger.withLock({ $0.wait(for: key, now: now, waiter) }) {
        case .joined: return true
        case .unneeded:
            waiter()
            return true
        case .full:
            metrics.count(.overloaded)
            return false
        case .starts:
            if start(key) { return true }
            settle(key, .notAsked, asked: now)
            return true
        }
    }

    private func start(_ key: RoleKey) -> Bool {
        switch intake.yield(key) {
        case .enqueued: true
        case .dropped, .terminated: false
        @unknown default: false
        }
    }

    // MARK: Look-ups

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await key in flights {
                group.addTask { [self] in await carryOut(key) }
            }
        }
    }

    func stop() async {
        intake.finish()
    }

    /// Asks Logto. Whoever waits does so for a bounded time; the answer counts also when it is late.
    private func carryOut(_ key: RoleKey) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [self] in
                await answer(key)
                return true
            }
            group.addTask { [clock, settings] in
                await clock.sleep(settings.hold)
                return false
            }
            for await isAnswered in group {
                if isAnswered { break }
                let now = clock.monotonic()
                let late = ledger.withLock { $0.overdue(key, now: now) }
                if !late.isEmpty { metrics.count(.late) }
                for waiter in late { waiter() }
            }
            group.cancelAll()
        }
    }

    private func answer(_ key: RoleKey) async {
        for attempt in 1...3 {
            let asked = clock.monotonic()
            guard budget.take() else {
                settle(key, .notAsked, asked: asked)
                return
            }
            if settle(key, await outcome(key), asked: asked, isLast: attempt == 3) { return }
        }
    }

    private func outcome(_ key: RoleKey) async -> RoleLedger.Outcome {
        do throws(LogtoFailure) {
            return try await lookUp(key).map { .member($0) } ?? .stranger
        } catch {
            // An id that cannot stand in a path is no id of Logto's.
            if case .invalidArgument = error { return .stranger }
            return .failed
        }
    }

    /// False where the look-up is to be repeated: things changed while it was under way.
    @discardableResult
    private func settle(
        _ key: RoleKey, _ outcome: RoleLedger.Outcome, asked: MonotonicTime, isLast: Bool = false
    ) -> Bool {
        let now = clock.monotonic()
        let (waiters, isSilent) = ledger.withLock { ledger in
            let waiters = ledger.settle(key, outcome, asked: asked, now: now, isLast: isLast)
            return (waiters, ledger.isSilent)
        }
        guard let waiters else {
            metrics.count(.void)
            return false
        }
        metrics.count(RoleMetrics.Result(outcome))
        log(isSilent: isSilent)
        for waiter in waiters { waiter() }
        return true
    }

    private func log(isSilent: Bool) {
        let hasChanged = wasSilent.withLock { was in
            defer { was = isSilent }
            return was != isSilent
        }
        guard hasChanged else { return }
        if isSilent {
            logger.warning("Logto does not say who has which role: serving what is remembered")
        } else {
            logger.info("Logto says again who has which role")
        }
    }

    // MARK: Forgetting

    func forget(_ scope: CacheScope) async {
        ledger.withLock { $0.forget(scope) }
        // After the answers are gone: a loop that asks from now on learns nothing old.
        await invalidate()
    }
}
