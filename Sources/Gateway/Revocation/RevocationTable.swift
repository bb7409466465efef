import JOSE
import Transport
import Values

/// One loop's watermarks: says whether an accepted token still counts.
///
/// Loop-confined. `RevocationService` raises them on every loop; each loop forgets what has ended by
/// itself, a few entries at a time.
final class RevocationTable {
    /// Grows whenever a token that counted may count no longer. Whoever was found clean under this
    /// number needs no look until it changes.
    private(set) var version: UInt64 = 1
    private var marks: WatermarkTable
    private let time: ForgettingTime
    private let life: WatermarkLife

    /// A table that begins with what is in force.
    init(_ marks: WatermarkTable, life: WatermarkLife, now: LoopTime) {
        self.marks = marks
        self.life = life
        time = ForgettingTime(monotonic: now.monotonic, wall: now.wall)
    }

    /// How many entries it holds.
    var count: Int { marks.count }

    /// Whether the token was issued too early to count.
    func isStale(_ token: VerifiedToken) -> Bool {
        // SECURITY: what is taken away from a person ends what the person does in another's place,
        // too.
        for holder in [token.subject, token.actor].compactMap({ $0 })
        where !accepts(
            user: holder, client: token.client, organization: token.organization,
            issuedAt: token.issuedAt)
        {
            return true
        }
        return false
    }

    /// Whether a token that says this counts.
    func accepts(
        user: UserID, client: ClientID, organization: OrganizationID?, issuedAt: UnixTime
    ) -> Bool {
        marks.accepts(user: user, client: client, organization: organization, issuedAt: issuedAt)
    }

    /// Puts watermarks in force; none is ever lowered.
    func raise(_ watermarks: [Watermark]) {
        var isChanged = false
        for watermark in watermarks where marks.merge(watermark) { isChanged = true }
        if isChanged { version += 1 }
    }

    /// Forgets a few of those that have ended. Called on each sweep of the loop.
    func sweep(_ now: LoopTime) {
        guard !marks.isEmpty else { return }
        let ended = life.ended(by: time.at(monotonic: now.monotonic, wall: now.wall))
        marks.expire(until: ended, steps: Self.stepsOfASweep)
    }

    /// At ten sweeps a second 100,000 entries are looked at within three minutes.
    private static let stepsOfASweep = 64
}

/// How long a watermark concerns a token that may be accepted.
struct WatermarkLife: Sendable {
    /// The longest life of a token, in seconds.
    let longestToken: Int64
    /// For how many seconds an ended token is still accepted.
    let leeway: Int64

    /// A request is judged by the time at which it came, which a hold leaves behind; and the clocks of
    /// two machines differ.
    private static let margin: Int64 = 60

    /// Watermarks up to this second concern no token any more.
    func ended(by now: UnixTime) -> UnixTime {
        UnixTime(
            seconds: now.advanced(bySeconds: -longestToken).advanced(bySeconds: -leeway)
                .advanced(bySeconds: -Self.margin).seconds)
    }
}

/// The time by which watermarks are forgotten: the wall's, but never faster than time passes.
///
/// SECURITY: a wall clock that jumps ahead and is put right again must not have forgotten in between
/// what was taken away.
struct ForgettingTime: Sendable {
    private let monotonic: MonotonicTime
    private let wall: UnixTime

    init(monotonic: MonotonicTime, wall: UnixTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// The time to forget by.
    func at(monotonic now: MonotonicTime, wall nowByWall: UnixTime) -> UnixTime {
        let passed = now.duration(since: monotonic).wholeMilliseconds
        return min(nowByWall, wall.advanced(byMilliseconds: passed))
    }
}
