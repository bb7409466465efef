import PolicyEngine
import Values

/// Whose roles, and where.
///
/// INVARIANT: ids alone, never names: an organization made anew under an old name is another
/// (AZ-22), and nothing of one pair is ever found under another (AZ-21).
struct RoleKey: Hashable, Sendable {
    let organization: OrganizationID
    let subject: UserID
    let kind: PrincipalFacts.Kind
}

/// What is known of a caller's roles.
enum RoleStanding: Equatable, Sendable {
    /// The roles; to be asked for again at that time.
    case known([String], until: MonotonicTime)
    /// Logto knows no such member; to be asked for again at that time.
    case stranger(until: MonotonicTime)
    /// Nothing is known yet: worth waiting for.
    case needed
    /// Nothing is known, and Logto does not answer.
    case unavailable
}

/// The rules of remembering roles, without clocks and I/O: what counts how long, who waits for
/// what, what goes when there is no room.
struct RoleLedger {
    /// How long answers count, and how many are kept.
    struct Settings: Sendable {
        /// How long the roles of a member count, from when Logto was asked.
        var fresh = Duration.seconds(60)
        /// From then on they are asked for anew while they still count, if a request needs them.
        var refresh = Duration.seconds(50)
        /// How long "not a member" counts.
        var stranger = Duration.seconds(2)
        /// How long beyond its end an answer is used while Logto gives none.
        var stale = Duration.seconds(300)
        /// How long a failed look-up is not tried again, and how long an answer that is about to be
        /// replaced is used before somebody looks again.
        var pause = Duration.seconds(1)
        /// The longest time for which nobody is asked after several failures in a row.
        var longestQuiet = Duration.seconds(5)
        /// How long a request waits for an answer.
        var hold = Duration.seconds(1)
        /// Answers that are kept.
        var entries = 20_000
        /// Requests that wait.
        var waiters = 1024
    }

    /// What became of a look-up.
    enum Outcome: Equatable, Sendable {
        case member([String])
        case stranger
        /// Logto gave no answer, or one that is none.
        case failed
        /// Nobody was asked: the budget is spent.
        case notAsked
    }

    typealias Waiter = @Sendable () -> Void

    private struct Answer {
        /// nil: no member.
        let roles: [String]?
        let refreshAt: MonotonicTime
        let freshUntil: MonotonicTime
        let staleUntil: MonotonicTime
    }

    private struct Flight {
        /// What it answers was asked before somebody said that things had changed.
        var isVoid = false
        /// Nobody waits for it any longer.
        var isOverdue = false
        var waiters: [Waiter] = []
    }

    private struct Slot {
        let key: RoleKey
        var answer: Answer?
        var flight: Flight?
        var hasFailed = false
        var retryAt = MonotonicTime(nanoseconds: 0)
        var wasUsed = false
    }

    private let settings: Settings
    private var places: [RoleKey: Int] = [:]
    private var slots: [Slot] = []
    /// Where the search for room goes on.
    private var hand = 0
    private var failures = 0
    private var quietUntil = MonotonicTime(nanoseconds: 0)
    private(set) var waiterCount = 0
    private(set) var staleUses: UInt64 = 0

    init(_ settings: Settings) {
        self.settings = settings
    }

    /// How many callers are known.
    var count: Int { slots.count }

    /// Whether nobody is asked at present, because the last look-ups failed.
    func isQuiet(_ now: MonotonicTime) -> Bool { now < quietUntil }

    /// Whether the last look-ups failed, and none has gone well since.
    var isSilent: Bool { failures >= 3 }

    // MARK: Questions of requests

    /// What is known of a caller, and whether a look-up is to be started that nobody waits for.
    mutating func standing(
        of key: RoleKey, now: MonotonicTime
    ) -> (standing: RoleStanding, starts: Bool) {
        guard let place = places[key] else {
            return (isQuiet(now) ? .unavailable : .needed, false)
        }
        slots[place].wasUsed = true
        let slot = slots[place]
        let canStart = slot.flight == nil && now >= slot.retryAt && !isQuiet(now)
        if let answer = slot.answer, now < answer.freshUntil {
            guard let roles = answer.roles else {
                return (.stranger(until: answer.freshUntil), false)
            }
            if now < answer.refreshAt { return (.known(roles, until: answer.refreshAt), false) }
            if canStart { slots[place].flight = Flight() }
            let soon = min(now.advanced(by: settings.pause), answer.freshUntil)
            return (.known(roles, until: soon), canStart)
        }
        let isSilent = !canStart && (slot.flight?.isOverdue ?? true)
        guard let answer = slot.answer, let roles = answer.roles, now < answer.staleUntil else {
            return (isSilent ? .unavailable : .needed, false)
        }
        // The first request behind the end waits; while Logto is silent nobody waits again.
        guard isSilent || slot.hasFailed else { return (.needed, false) }
        if canStart { slots[place].flight = Flight() }
        staleUses += 1
        let soon = min(now.advanced(by: settings.pause), answer.staleUntil)
        return (.known(roles, until: soon), canStart)
    }

    /// What `wait` did.
    enum Wait { case joined, starts, unneeded, full }

    /// Lets a request wait for the look-up of a caller.
    mutating func wait(
        for key: RoleKey, now: MonotonicTime, _ waiter: @escaping Waiter
    ) -> Wait {
        guard waiterCount < settings.waiters, let place = self.place(of: key) else { return .full }
        if var flight = slots[place].flight {
            if flight.isOverdue { return .unneeded }
            flight.waiters.append(waiter)
            slots[place].flight = flight
            waiterCount += 1
            return .joined
        }
        // Somebody else's look-up ended meanwhile.
        if let answer = slots[place].answer, now < answer.freshUntil { return .unneeded }
        if now < slots[place].retryAt { return .unneeded }
        slots[place].flight = Flight(waiters: [waiter])
        waiterCount += 1
        return .starts
    }

    // MARK: Look-ups

    /// A look-up takes too long: who waited goes on without it. It counts as a failure until its
    /// answer comes, so that a Logto that hangs is not asked by everybody.
    mutating func overdue(_ key: RoleKey, now: MonotonicTime) -> [Waiter] {
        guard let place = places[key], slots[place].flight != nil else { return [] }
        slots[place].flight?.isOverdue = true
        countFailure(now)
        return takeWaiters(place)
    }

    /// Takes the outcome of a look-up.
    ///
    /// - Parameters:
    ///   - asked: when it began: the answer may be as old as that.
    ///   - isLast: whether it counts as failed, and is not repeated, if things changed meanwhile.
    /// - Returns: who waited; nil where it is to be repeated.
    mutating func settle(
        _ key: RoleKey, _ outcome: Outcome, asked: MonotonicTime, now: MonotonicTime,
        isLast: Bool = false
    ) -> [Waiter]? {
        guard let place = places[key], let flight = slots[place].flight else { return [] }
        var outcome = outcome
        if flight.isVoid, outcome != .failed, outcome != .notAsked {
            slots[place].flight?.isVoid = false
            // SECURITY: the answer may be older than the change.
            guard isLast else { return nil }
            outcome = .notAsked
        }
        let waiters = takeWaiters(place)
        slots[place].flight = nil
        switch outcome {
        case .member(let roles):
            let freshUntil = asked.advanced(by: settings.fresh)
            slots[place].answer = Answer(
                roles: roles, refreshAt: asked.advanced(by: settings.refresh),
                freshUntil: freshUntil, staleUntil: freshUntil.advanced(by: settings.stale))
            succeed(place)
        case .stranger:
            let end = now.advanced(by: settings.stranger)
            slots[place].answer = Answer(
                roles: nil, refreshAt: end, freshUntil: end, staleUntil: end)
            succeed(place)
        case .failed:
            // One that was overdue was counted then.
            if !flight.isOverdue { countFailure(now) }
            fail(place, now)
        case .notAsked: fail(place, now)
        }
        return waiters
    }

    private mutating func countFailure(_ now: MonotonicTime) {
        failures += 1
        guard isSilent else { return }
        let pause = settings.pause * (1 << min(failures - 3, 8))
        quietUntil = now.advanced(by: min(pause, settings.longestQuiet))
    }

    private mutating func succeed(_ place: Int) {
        slots[place].hasFailed = false
        slots[place].retryAt = MonotonicTime(nanoseconds: 0)
        failures = 0
        quietUntil = MonotonicTime(nanoseconds: 0)
    }

    private mutating func fail(_ place: Int, _ now: MonotonicTime) {
        slots[place].hasFailed = true
        slots[place].retryAt = now.advanced(by: settings.pause)
    }

    private mutating func takeWaiters(_ place: Int) -> [Waiter] {
        let waiters = slots[place].flight?.waiters ?? []
        slots[place].flight?.waiters = []
        waiterCount -= waiters.count
        return waiters
    }

    // MARK: Forgetting

    /// Forgets answers; those of look-ups under way will not count either.
    mutating func forget(_ scope: CacheScope) {
        switch scope {
        case .member(let organization, let subject):
            for kind in PrincipalFacts.Kind.allCases {
                let key = RoleKey(
                    organization: organization, subject: UserID(subject), kind: kind)
                if let place = places[key] { clear(place) }
            }
        case .organization(let organization):
            for place in slots.indices where slots[place].key.organization == organization {
                clear(place)
            }
        case .user(let user):
            for place in slots.indices where slots[place].key.subject == user { clear(place) }
        case .roleTemplate, .everything:
            for place in slots.indices { clear(place) }
        }
    }

    private mutating func clear(_ place: Int) {
        slots[place].answer = nil
        slots[place].hasFailed = false
        slots[place].retryAt = MonotonicTime(nanoseconds: 0)
        slots[place].flight?.isVoid = true
    }

    // MARK: Room

    /// The slot of a caller, made if need be; nil where every slot is waited for.
    private mutating func place(of key: RoleKey) -> Int? {
        if let place = places[key] { return place }
        if slots.count < settings.entries {
            places[key] = slots.count
            slots.append(Slot(key: key))
            return slots.count - 1
        }
        guard let place = victim() else { return nil }
        places[slots[place].key] = nil
        places[key] = place
        slots[place] = Slot(key: key)
        return place
    }

    /// The next slot that nobody used since the hand was there last; a few steps on, any slot
    /// without a look-up will do.
    private mutating func victim() -> Int? {
        guard !slots.isEmpty else { return nil }
        for step in 0..<min(64, slots.count * 2) {
            let place = hand
            hand = (hand + 1) % slots.count
            guard slots[place].flight == nil else { continue }
            if !slots[place].wasUsed || step >= 32 { return place }
            slots[place].wasUsed = false
        }
        return nil
    }
}
