import Testing
import Values

@testable import Gateway

@Suite struct WatermarkTableTests {
    private static let base: Int64 = 1_790_000_000

    private static func time(_ second: Int64) -> UnixTime { UnixTime(seconds: base + second) }

    private static func mark(_ subject: Watermark.Subject, _ second: Int64) -> Watermark {
        Watermark(subject, notBefore: time(second))
    }

    private static func member(_ organization: String, _ user: String) -> Watermark.Subject {
        .member(OrganizationID(organization), UserID(user))
    }

    private static func organization(_ id: String) -> Watermark.Subject {
        .organization(OrganizationID(id))
    }

    /// A token of `u` through `c`, for `o` or no organization.
    private static func accepts(
        _ table: WatermarkTable, _ second: Int64, user: String = "u", client: String = "c",
        organization: String? = "o"
    ) -> Bool {
        table.accepts(
            user: UserID(user), client: ClientID(client),
            organization: organization.map { OrganizationID($0) }, issuedAt: time(second))
    }

    @Test(
        arguments: [
            .everybody, .user(UserID("u")), organization("o"), member("o", "u"),
            .client(ClientID("c")),
        ] as [Watermark.Subject])
    func `AZ-20 a token counts only if it was issued later`(_ subject: Watermark.Subject) {
        var table = WatermarkTable(capacity: 10)
        #expect(Self.accepts(table, 0))
        table.merge(Self.mark(subject, 5))
        #expect(!Self.accepts(table, 4))
        #expect(!Self.accepts(table, 5))
        #expect(Self.accepts(table, 6))
        table.merge(Self.mark(subject, 3))
        #expect(!Self.accepts(table, 5), "never lowered")
    }

    @Test func `a watermark concerns nobody else`() {
        var table = WatermarkTable(capacity: 10)
        for subject in [
            .user(UserID("x")), Self.organization("x"), Self.member("o", "x"),
            Self.member("x", "u"), .client(ClientID("x")), .user(UserID("c")),
            .client(ClientID("u")), .user(UserID("o")), Self.organization("u"),
        ] as [Watermark.Subject] {
            table.merge(Self.mark(subject, 5))
        }
        #expect(Self.accepts(table, 0))
        #expect(!Self.accepts(table, 0, user: "x", organization: nil))
        #expect(!Self.accepts(table, 0, organization: "x"))
        #expect(!Self.accepts(table, 0, client: "x"))
        #expect(Self.accepts(table, 0, organization: nil))
    }

    @Test func `AZ-22 an organization's watermark is for its id, whatever bears its name`() {
        var table = WatermarkTable(capacity: 10)
        table.merge(Self.mark(Self.organization("o1"), 5))
        #expect(!Self.accepts(table, 5, organization: "o1"))
        #expect(Self.accepts(table, 5, organization: "o1x"))
        #expect(Self.accepts(table, 5, organization: "O1"))
    }

    @Test func `full, a member's watermark becomes its organization's`() {
        var table = WatermarkTable(capacity: 3)
        for user in ["a", "b"] { _ = table.raise(Self.mark(Self.member("o", user), 1)) }
        _ = table.raise(Self.mark(Self.member("p", "a"), 1))
        let raised = table.raise(Self.mark(Self.member("o", "u"), 5))
        #expect(raised == [Self.mark(Self.organization("o"), 5)])
        #expect(table.count == 2)
        #expect(table.folded == 2)
        #expect(!Self.accepts(table, 5))
        #expect(!Self.accepts(table, 1, user: "stranger"))
        #expect(!Self.accepts(table, 1, user: "a", organization: "p"))
        #expect(Self.accepts(table, 1, user: "b", organization: "p"))
    }

    @Test func `full, the organization with the most entries makes room for the others`() {
        var table = WatermarkTable(capacity: 5)
        for user in ["a", "b", "c"] { _ = table.raise(Self.mark(Self.member("big", user), 2)) }
        for user in ["a", "b"] { _ = table.raise(Self.mark(Self.member("small", user), 1)) }
        let raised = table.raise(Self.mark(.user(UserID("u")), 7))
        #expect(
            raised == [Self.mark(Self.organization("big"), 2), Self.mark(.user(UserID("u")), 7)])
        #expect(table.count == 4)
        #expect(Self.accepts(table, 1, user: "c", organization: "small"))
        #expect(!Self.accepts(table, 2, user: "z", organization: "big"))
        #expect(Self.accepts(table, 3, user: "z", organization: "big"))
    }

    @Test func `what cannot be folded becomes a watermark for everybody, and is never dropped`() {
        var table = WatermarkTable(capacity: 2)
        _ = table.raise(Self.mark(.user(UserID("a")), 1))
        _ = table.raise(Self.mark(.client(ClientID("late")), 9))
        let raised = table.raise(Self.mark(.user(UserID("b")), 5))
        #expect(raised == [Self.mark(.everybody, 5)])
        #expect(table.widened == 1)
        #expect(!Self.accepts(table, 5, user: "anybody", organization: nil))
        #expect(Self.accepts(table, 6, user: "b"))
        #expect(!Self.accepts(table, 9, client: "late"))
        #expect(table.count == 1, "what it covers is gone")
        #expect(table.raise(Self.mark(.user(UserID("c")), 4)) == [Self.mark(.everybody, 5)])
    }

    @Test func `what has ended goes in small steps, and nothing else`() {
        var table = WatermarkTable(capacity: 1_000)
        for index in 0..<300 {
            _ = table.raise(Self.mark(.user(UserID("u\(index)")), Int64(index % 3)))
            _ = table.raise(Self.mark(Self.member("o\(index)", "u"), Int64(index % 3)))
        }
        table.expire(until: Self.time(0), steps: 60)
        #expect(table.count == 580)
        for _ in 0..<10 { table.expire(until: Self.time(1), steps: 60) }
        #expect(table.count == 200)
        #expect(!Self.accepts(table, 2, user: "u2", organization: nil))
        #expect(Self.accepts(table, 0, user: "u1", organization: nil))
        for _ in 0..<10 { table.expire(until: Self.time(9), steps: 60) }
        #expect(table.count == 0)
        #expect(table.isEmpty)
        _ = table.raise(Self.mark(.everybody, 3))
        table.expire(until: Self.time(3), steps: 1)
        #expect(table.isEmpty)
    }

    @Test func `an entry that was raised since stays`() {
        var table = WatermarkTable(capacity: 10)
        table.merge(Self.mark(.user(UserID("u")), 9))
        table.remove(Self.mark(.user(UserID("u")), 5))
        #expect(!Self.accepts(table, 9))
        table.remove(Self.mark(.user(UserID("u")), 9))
        #expect(table.isEmpty)
    }

    /// Against a table without a bound that only takes maxima: whatever it refuses the bounded one
    /// refuses, and so does a second table that merges what `raise` returned.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `nothing that was refused is accepted again, whatever the bound`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var bounded = WatermarkTable(capacity: 1 + Int(seed) * 2)
        var loop = WatermarkTable(capacity: 1)
        var all: [Watermark.Subject: Int64] = [:]
        for _ in 0..<300 {
            let user = UserID("u\(random.below(12))")
            let organization = OrganizationID("o\(random.below(6))")
            let subject: Watermark.Subject =
                switch random.below(8) {
                case 0: .user(user)
                case 1: .organization(organization)
                case 2: .client(ClientID("c\(random.below(4))"))
                default: .member(organization, user)
                }
            let second = Int64(random.below(100))
            all[subject] = max(all[subject] ?? 0, second)
            for watermark in bounded.raise(Self.mark(subject, second)) { loop.merge(watermark) }
            #expect(bounded.count <= bounded.capacity)
        }
        #expect(loop.count <= bounded.capacity)
        for user in 0..<12 {
            for organization in 0..<6 {
                for client in 0..<4 {
                    for second in [0, 25, 50, 75, 99] as [Int64] {
                        let isRefused = [
                            all[.user(UserID("u\(user)"))],
                            all[Self.organization("o\(organization)")],
                            all[.client(ClientID("c\(client)"))],
                            all[Self.member("o\(organization)", "u\(user)")],
                        ].contains { ($0 ?? -1) >= second }
                        let ids = (
                            user: "u\(user)", client: "c\(client)",
                            organization: "o\(organization)"
                        )
                        let first = Self.accepts(
                            bounded, second, user: ids.user, client: ids.client,
                            organization: ids.organization)
                        let other = Self.accepts(
                            loop, second, user: ids.user, client: ids.client,
                            organization: ids.organization)
                        if isRefused && (first || other) || first != other {
                            Issue.record("seed \(seed): \(ids) at \(second)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test func `a wall clock that jumps ahead forgets nothing early`() {
        let start = MonotonicTime(nanoseconds: 0)
        let time = ForgettingTime(monotonic: start, wall: Self.time(0))
        let minute = start.advanced(by: .seconds(60))
        #expect(time.at(monotonic: minute, wall: Self.time(86_400)) == Self.time(60))
        #expect(time.at(monotonic: minute, wall: Self.time(30)) == Self.time(30))
    }

    @Test func `a watermark lives as long as a token that it concerns, and a held request with it`()
    {
        let life = WatermarkLife(longestToken: 3_600, leeway: 30)
        let end = Self.mark(.everybody, 0).end(longestToken: 3_600, leeway: 30)
        #expect(life.ended(by: end).seconds < Self.base)
        #expect(life.ended(by: end.advanced(bySeconds: 60)).seconds == Self.base)
    }
}

/// A small generator with a seed.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) % bound
    }
}
