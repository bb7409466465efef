import JOSE
import Testing
import Values

@testable import Logto

@Suite struct KeyLedgerTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let settings = KeyRefreshSettings()

    private func at(_ seconds: Double) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func set(_ document: String) throws -> KeySet {
        try KeySet.parse(Array(document.utf8)).keys
    }

    /// A ledger with `k1`, fetched at second 0.
    private func filled() throws -> KeyLedger {
        var ledger = KeyLedger(settings, now: start)
        ledger.began(start)
        ledger.succeeded(try set(TestKeys.first), start, chance: 0.5)
        return ledger
    }

    @Test func `the first fetch is due at once, the next within the interval`() throws {
        #expect(KeyLedger(settings, now: start).step(start) == .fetch)
        var ledger = try filled()
        #expect(ledger.step(start) == .sleep(.seconds(270)))
        ledger.succeeded(nil, start, chance: 0)
        #expect(ledger.step(start) == .sleep(.seconds(240)))
        #expect(ledger.step(at(240)) == .fetch)
        ledger.succeeded(nil, start, chance: 0.999_999)
        guard case .sleep(let longest) = ledger.step(start) else { return }
        #expect(longest < settings.refresh)
    }

    @Test func `after failures the next try comes later each time, up to a minute`() {
        var ledger = KeyLedger(settings, now: start)
        var pauses: [Duration] = []
        for _ in 0..<9 {
            ledger.failed(retryAfter: nil, start, chance: 0)
            guard case .sleep(let pause) = ledger.step(start) else { continue }
            pauses.append(pause)
        }
        #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    }

    @Test func `KEY-13 Retry-After is honoured, also by unknown keys`() throws {
        var ledger = try filled()
        ledger.failed(retryAfter: .seconds(120), at(20), chance: 0)
        #expect(ledger.step(at(20)) == .sleep(.seconds(120)))
        #expect(ledger.needs(KeyID("x"), at(30)) == .refreshing(.seconds(110)))
        #expect(ledger.step(at(30)) == .sleep(.seconds(110)))
        #expect(ledger.needs(KeyID("x"), at(141)) == .wait)
        #expect(ledger.step(at(141)) == .fetch)
    }

    @Test func `an unknown key causes one fetch, which others share`() throws {
        var ledger = try filled()
        #expect(ledger.needs(KeyID("k1"), at(20)) == .present)
        #expect(ledger.needs(KeyID("k2"), at(20)) == .wait)
        #expect(ledger.step(at(20)) == .fetch)
        #expect(ledger.needs(KeyID("k2"), at(20)) == .wait)
        ledger.began(at(20))
        #expect(ledger.needs(KeyID("k2"), at(20)) == .wait)
        ledger.succeeded(try set(TestKeys.both), at(21), chance: 0.5)
        #expect(ledger.answer(KeyID("k2"), at(21)) == .present)
        #expect(ledger.needs(KeyID("k2"), at(21)) == .present)
    }

    @Test func `a key that a later fetch does not hold is absent, until it may be asked again`()
        throws
    {
        var ledger = try filled()
        #expect(ledger.needs(KeyID("x"), at(20)) == .wait)
        ledger.began(at(20))
        ledger.succeeded(nil, at(21), chance: 0.5)
        #expect(ledger.answer(KeyID("x"), at(21)) == .absent)
        #expect(ledger.needs(KeyID("x"), at(29)) == .absent)
        #expect(ledger.needs(KeyID("x"), at(30)) == .wait)
    }

    @Test func `a key first seen after the fetch began is not disproved by it`() throws {
        var ledger = try filled()
        #expect(ledger.needs(KeyID("x"), at(20)) == .wait)
        ledger.began(at(20))
        #expect(ledger.needs(KeyID("y"), at(20.5)) == .wait)
        ledger.succeeded(nil, at(21), chance: 0.5)
        #expect(ledger.answer(KeyID("x"), at(21)) == .absent)
        #expect(ledger.answer(KeyID("y"), at(21)) == .refreshing(.seconds(10)))
        #expect(ledger.needs(KeyID("y"), at(22)) == .refreshing(.seconds(8)))
        #expect(ledger.needs(KeyID("y"), at(30)) == .wait)
    }

    @Test func `KEY-01 a flood of unknown keys causes one fetch per cool-down`() throws {
        var ledger = try filled()
        var fetches = 0
        for number in 0..<10_000 {
            let now = at(20 + Double(number) / 1_000)
            let need = ledger.needs(KeyID("forged-\(number)"), now)
            #expect(need != .absent && need != .present)
            if ledger.step(now) == .fetch {
                fetches += 1
                ledger.began(now)
                ledger.succeeded(nil, now, chance: 0.5)
            }
            #expect(ledger.needs(KeyID("k1"), now) == .present)
        }
        #expect(fetches == 1)
    }

    @Test func `KEY-18 keys are used up to the stale border, not beyond`() throws {
        var ledger = try filled()
        for second in stride(from: 300.0, to: 86_400, by: 3_600) {
            ledger.failed(retryAfter: nil, at(second), chance: 0)
        }
        #expect(ledger.isUsable(at(86_399)))
        #expect(ledger.isUsable(at(86_400)))
        #expect(!ledger.isUsable(at(86_401)))
        #expect(ledger.needs(KeyID("k1"), at(86_401)) == .unavailable)
    }

    @Test func `the border itself wakes the refresher`() throws {
        var ledger = try filled()
        ledger.failed(retryAfter: .seconds(600), at(86_300), chance: 0)
        #expect(ledger.step(at(86_300)) == .sleep(.seconds(100) + .nanoseconds(1)))
    }

    @Test func `KEY-17 without any keys a request is told so, and causes no fetch`() {
        var ledger = KeyLedger(settings, now: start)
        ledger.began(start)
        #expect(ledger.needs(KeyID("k1"), start) == .wait)
        ledger.failed(retryAfter: nil, at(1), chance: 1)
        #expect(ledger.answer(KeyID("k1"), at(1)) == .unavailable)
        #expect(ledger.needs(KeyID("k1"), at(1)) == .unavailable)
        #expect(ledger.step(at(1)) == .sleep(.seconds(1)))
    }
}
