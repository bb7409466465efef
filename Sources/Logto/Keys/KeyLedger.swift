import JOSE
import Values

/// When an issuer's keys are fetched, whether they may be used, and what an unknown key means: the
/// rules, without clocks and without I/O.
struct KeyLedger {
    /// How many unknown keys are remembered.
    static let maxAsked = 1_024

    /// What a request with a key that is not in its snapshot is told.
    enum Need: Equatable {
        /// The key is there now.
        case present
        /// A fetch that began after the key was first seen did not hold it.
        case absent
        /// A fetch is under way or about to begin: look again when it is over.
        case wait
        /// No fetch may begin for this long, and none has disproved the key.
        case refreshing(Duration)
        /// There are no keys that may be used.
        case unavailable
    }

    enum Step: Equatable {
        case fetch
        case sleep(Duration)
    }

    private(set) var keys: KeySet?
    /// When the last fetch that went well began.
    private(set) var confirmedAt: MonotonicTime?
    /// How old what it confirmed already was: 0, but for keys of a saved copy. Kept apart, because
    /// the clock that never jumps may have begun later than that.
    private(set) var ageThen = Duration.zero
    /// Failures since then.
    private(set) var failures = 0

    private let settings: KeyRefreshSettings
    private var fetchBegan: MonotonicTime?
    private var nextFetch: MonotonicTime
    /// The issuer asked for silence until then.
    private var silentUntil: MonotonicTime?
    private var lastDemand: MonotonicTime?
    /// Whether a fetch is to begin at once.
    private(set) var isDemanded = false
    /// Counts what happens: a key first seen and a fetch that began, in their order.
    private var events: UInt64 = 0
    private var fetchEvent: UInt64 = 0
    private var confirmedEvent: UInt64 = 0
    private var asked: [KeyID: UInt64] = [:]
    private var order: [KeyID] = []

    init(_ settings: KeyRefreshSettings, now: MonotonicTime) {
        self.settings = settings
        nextFetch = now
    }

    /// How long ago the last fetch that went well began, wherever that was.
    func age(_ now: MonotonicTime) -> Duration? {
        confirmedAt.map { now.duration(since: $0) + ageThen }
    }

    /// Whether the keys may be used.
    func isUsable(_ now: MonotonicTime) -> Bool {
        guard keys != nil, let age = age(now) else { return false }
        return age <= settings.maxStale
    }

    /// What to do now.
    func step(_ now: MonotonicTime) -> Step {
        if isDemanded || nextFetch <= now { return .fetch }
        var next = nextFetch
        if isUsable(now), let confirmedAt {
            // One tick later than the border: at the border itself keys are still used.
            let border = confirmedAt.advanced(by: settings.maxStale - ageThen + .nanoseconds(1))
            next = min(next, border)
        }
        return .sleep(next.duration(since: now))
    }

    /// A request has a key that its snapshot lacks.
    mutating func needs(_ kid: KeyID, _ now: MonotonicTime) -> Need {
        if isUsable(now), keys?[kid] != nil { return .present }
        let firstSeen = remember(kid)
        if fetchBegan != nil || isDemanded { return .wait }
        guard isUsable(now) else { return .unavailable }
        if let confirmedAt, confirmedEvent > firstSeen,
            now.duration(since: confirmedAt) < settings.coolDown
        {
            return .absent
        }
        if let silentUntil, silentUntil > now {
            return .refreshing(silentUntil.duration(since: now))
        }
        if let lastDemand, now.duration(since: lastDemand) < settings.coolDown {
            return .refreshing(lastDemand.advanced(by: settings.coolDown).duration(since: now))
        }
        isDemanded = true
        lastDemand = now
        return .wait
    }

    /// What `wait` came to, once the fetch is over.
    func answer(_ kid: KeyID, _ now: MonotonicTime) -> Need {
        guard isUsable(now) else { return .unavailable }
        if keys?[kid] != nil { return .present }
        if let firstSeen = asked[kid], confirmedEvent > firstSeen { return .absent }
        return .refreshing(settings.coolDown)
    }

    mutating func began(_ now: MonotonicTime) {
        fetchBegan = now
        isDemanded = false
        events += 1
        fetchEvent = events
    }

    /// The fetch gave a set, or confirmed the one that is there (`nil`).
    ///
    /// - Parameter chance: from 0 up to 1; spreads the fetches of many gateways.
    mutating func succeeded(_ set: KeySet?, _ now: MonotonicTime, chance: Double) {
        if let set { keys = set }
        confirmedAt = fetchBegan ?? now
        ageThen = .zero
        confirmedEvent = fetchEvent
        fetchBegan = nil
        failures = 0
        silentUntil = nil
        nextFetch = now.advanced(by: settings.refresh * (0.8 + 0.2 * chance))
    }

    /// The fetch failed: the keys stay, the next try comes later each time, and not before the
    /// issuer allows it.
    mutating func failed(retryAfter: Duration?, _ now: MonotonicTime, chance: Double) {
        fetchBegan = nil
        failures += 1
        let longest = min(settings.refresh, .seconds(60))
        let pause = min(longest, .seconds(1 << min(failures - 1, 6))) * (0.5 + 0.5 * chance)
        let wait = max(pause, retryAfter ?? .zero)
        nextFetch = now.advanced(by: wait)
        silentUntil = retryAfter.map { now.advanced(by: $0) }
    }

    /// Keys of a saved copy, fetched so long ago. The first fetch is as due as before.
    mutating func restored(_ set: KeySet, age: Duration, _ now: MonotonicTime) {
        keys = set
        confirmedAt = now
        ageThen = age
    }

    /// Forgets all keys, and has a fetch begin at once, whatever the issuer asked for.
    mutating func dropped(_ now: MonotonicTime) {
        keys = nil
        confirmedAt = nil
        ageThen = .zero
        confirmedEvent = 0
        fetchBegan = nil
        failures = 0
        silentUntil = nil
        nextFetch = now
        isDemanded = true
    }

    /// When the key was first asked for; the oldest memory makes room for a new one.
    private mutating func remember(_ kid: KeyID) -> UInt64 {
        if let first = asked[kid] { return first }
        if order.count >= Self.maxAsked { asked[order.removeFirst()] = nil }
        events += 1
        asked[kid] = events
        order.append(kid)
        return events
    }
}
