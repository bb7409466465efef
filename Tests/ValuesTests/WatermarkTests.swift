import Testing
import Values

@Suite struct WatermarkTests {
    private static let second: Int64 = 1_790_000_000
    private let user = Watermark.Subject.user(UserID("u1"))

    @Test func `a token counts only where it was issued in a later second`() {
        let mark = Watermark(user, notBefore: UnixTime(seconds: Self.second))
        #expect(!mark.accepts(issuedAt: UnixTime(seconds: Self.second - 1)))
        #expect(!mark.accepts(issuedAt: UnixTime(seconds: Self.second)))
        #expect(!mark.accepts(issuedAt: UnixTime(milliseconds: Self.second * 1000 + 999)))
        #expect(mark.accepts(issuedAt: UnixTime(seconds: Self.second + 1)))
    }

    @Test func `a token of the very second of the event, and of the one behind it, does not count`()
    {
        let event = UnixTime(milliseconds: Self.second * 1000 + 233)
        let mark = Watermark(user, of: event, now: event.advanced(bySeconds: 5), leeway: 30)
        #expect(mark.notBefore == UnixTime(seconds: Self.second + 1))
        #expect(!mark.accepts(issuedAt: UnixTime(seconds: Self.second + 1)))
        #expect(mark.accepts(issuedAt: UnixTime(seconds: Self.second + 2)))
    }

    @Test func `AZ-20 an event as far ahead as tokens may be reaches those issued before it`() {
        let now = UnixTime(seconds: Self.second)
        let mark = Watermark(user, of: now.advanced(bySeconds: 30), now: now, leeway: 30)
        #expect(mark.notBefore == UnixTime(seconds: Self.second + 31))
    }

    @Test func `an event in the far future counts as one that is ahead by the leeway`() {
        let now = UnixTime(seconds: Self.second)
        let mark = Watermark(user, of: now.advanced(bySeconds: 86_400 * 365), now: now, leeway: 30)
        #expect(mark.notBefore == UnixTime(seconds: Self.second + 31))
    }

    @Test func `it ends with the last token that it can concern`() {
        let mark = Watermark(user, notBefore: UnixTime(seconds: Self.second))
        #expect(
            mark.end(longestToken: 86_400, leeway: 30)
                == UnixTime(seconds: Self.second + 86_430))
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func `no time traps`(_ milliseconds: Int64) {
        let time = UnixTime(milliseconds: milliseconds)
        let mark = Watermark(user, of: time, now: time, leeway: 60)
        _ = mark.accepts(issuedAt: time)
        _ = mark.end(longestToken: .max, leeway: .max)
        #expect(Watermark(user, notBefore: mark.notBefore) == mark)
    }

    @Test func `subjects are told apart by their bytes`() {
        let composed = Watermark.Subject.user(UserID("\u{E9}"))
        let decomposed = Watermark.Subject.user(UserID("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Watermark.Subject.user(UserID("x")) != .client(ClientID("x")))
    }
}
