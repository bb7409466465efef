import PolicyEngine
import Testing
import Values

@testable import Gateway

/// The rules of remembering roles, event by event.
@Suite struct RoleLedgerTests {
    private let ann = RoleKey(
        organization: OrganizationID("org_a"), subject: UserID("u_ann"), kind: .user)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func at(_ seconds: Double) -> MonotonicTime {
        start.advanced(by: .milliseconds(Int64(seconds * 1000)))
    }

    private func key(_ organization: String, _ subject: String) -> RoleKey {
        RoleKey(
            organization: OrganizationID(organization), subject: UserID(subject), kind: .user)
    }

    private func ledger(
        _ change: (inout RoleLedger.Settings) -> Void = { _ in }
    ) -> RoleLedger {
        var settings = RoleLedger.Settings()
        change(&settings)
        return RoleLedger(settings)
    }

    /// A ledger in which somebody's look-up, made at the start, gave this.
    private func knowing(_ outcome: RoleLedger.Outcome) -> RoleLedger {
        var ledger = ledger()
        #expect(ledger.wait(for: ann, now: start) {} == .starts)
        #expect(ledger.settle(ann, outcome, asked: start, now: start)?.count == 1)
        return ledger
    }

    /// A look-up that fails.
    private func fail(_ ledger: inout RoleLedger, _ key: RoleKey, at time: MonotonicTime) {
        if ledger.standing(of: key, now: time).starts {
        } else {
            _ = ledger.wait(for: key, now: time) {}
        }
        _ = ledger.settle(key, .failed, asked: time, now: time)
    }

    @Test func `who is not known is needed`() {
        var ledger = ledger()
        #expect(ledger.standing(of: ann, now: start) == (.needed, false))
    }

    @Test func `roles count for a minute from when Logto was asked`() {
        var ledger = ledger()
        _ = ledger.wait(for: ann, now: start) {}
        _ = ledger.settle(ann, .member(["admin"]), asked: start, now: at(4))
        #expect(
            ledger.standing(of: ann, now: at(49)) == (.known(["admin"], until: at(50)), false))
        #expect(ledger.standing(of: ann, now: at(60)) == (.needed, false))
    }

    @Test func `shortly before its end an answer in use is asked for anew, once`() {
        var ledger = knowing(.member(["admin"]))
        #expect(ledger.standing(of: ann, now: at(50)) == (.known(["admin"], until: at(51)), true))
        #expect(
            ledger.standing(of: ann, now: at(51)) == (.known(["admin"], until: at(52)), false))
        #expect(
            ledger.standing(of: ann, now: at(59.5))
                == (.known(["admin"], until: at(60)), false))
        _ = ledger.settle(ann, .member(["member"]), asked: at(50), now: at(59.6))
        #expect(
            ledger.standing(of: ann, now: at(59.7))
                == (.known(["member"], until: at(100)), false))
    }

    @Test func `AZ-21 "no member" counts for two seconds and is never stale`() {
        var ledger = knowing(.stranger)
        #expect(ledger.standing(of: ann, now: at(1.9)) == (.stranger(until: at(2)), false))
        #expect(ledger.standing(of: ann, now: at(2)) == (.needed, false))
        fail(&ledger, ann, at: at(2))
        #expect(ledger.standing(of: ann, now: at(2.1)) == (.unavailable, false))
    }

    @Test func `stale roles serve for five minutes while Logto gives none, then nothing does`() {
        var ledger = knowing(.member(["admin"]))
        // The first one waits for a new answer.
        #expect(ledger.standing(of: ann, now: at(61)) == (.needed, false))
        fail(&ledger, ann, at: at(61))
        #expect(
            ledger.standing(of: ann, now: at(61.5))
                == (.known(["admin"], until: at(62.5)), false))
        // Later ones do not: the next try goes on behind them.
        #expect(ledger.standing(of: ann, now: at(62)) == (.known(["admin"], until: at(63)), true))
        _ = ledger.settle(ann, .notAsked, asked: at(62), now: at(62))
        #expect(
            ledger.standing(of: ann, now: at(359.5)).standing
                == .known(
                    ["admin"], until: at(360)))
        _ = ledger.settle(ann, .failed, asked: at(359.5), now: at(359.5))
        #expect(ledger.standing(of: ann, now: at(360)) == (.unavailable, false))
        #expect(ledger.staleUses == 3)
        // Time alone brings nothing back; an answer does.
        #expect(ledger.standing(of: ann, now: at(361)) == (.needed, false))
        _ = ledger.wait(for: ann, now: at(361)) {}
        _ = ledger.settle(ann, .member([]), asked: at(361), now: at(361))
        #expect(ledger.standing(of: ann, now: at(362)) == (.known([], until: at(411)), false))
    }

    @Test func `a look-up that takes too long holds nobody any more, and its answer counts`() {
        var ledger = ledger()
        _ = ledger.wait(for: ann, now: start) {}
        #expect(ledger.overdue(ann, now: at(1)).count == 1)
        #expect(ledger.standing(of: ann, now: at(1)) == (.unavailable, false))
        #expect(ledger.wait(for: ann, now: at(1)) {} == .unneeded)
        #expect(ledger.settle(ann, .member(["a"]), asked: start, now: at(8))?.isEmpty == true)
        #expect(ledger.standing(of: ann, now: at(8)) == (.known(["a"], until: at(50)), false))
    }

    @Test func `many who wait share one look-up, and only so many may`() {
        var ledger = ledger { $0.waiters = 3 }
        #expect(ledger.wait(for: ann, now: start) {} == .starts)
        #expect(ledger.wait(for: ann, now: start) {} == .joined)
        #expect(ledger.wait(for: key("org_b", "u_zoe"), now: start) {} == .starts)
        #expect(ledger.wait(for: ann, now: start) {} == .full)
        #expect(ledger.waiterCount == 3)
        #expect(ledger.settle(ann, .stranger, asked: start, now: start)?.count == 2)
        #expect(ledger.waiterCount == 1)
        #expect(ledger.wait(for: ann, now: start) {} == .unneeded)
    }

    @Test func `after three failures in a row nobody is asked for a while`() {
        var ledger = ledger()
        for name in ["a", "b", "c"] { fail(&ledger, key("org_a", name), at: start) }
        #expect(ledger.isQuiet(at(0.9)))
        #expect(ledger.standing(of: ann, now: at(0.9)) == (.unavailable, false))
        #expect(ledger.standing(of: ann, now: at(1)) == (.needed, false))
        // Each further one makes the pause longer, five seconds at most.
        for number in 0..<20 { fail(&ledger, key("org_a", "x\(number)"), at: at(Double(number))) }
        #expect(ledger.isQuiet(at(19 + 4.9)) && !ledger.isQuiet(at(19 + 5)))
        _ = ledger.wait(for: ann, now: at(30)) {}
        _ = ledger.settle(ann, .stranger, asked: at(30), now: at(30))
        fail(&ledger, key("org_a", "y"), at: at(30))
        #expect(!ledger.isQuiet(at(30)))
    }

    @Test func `a Logto that hangs is soon asked by nobody, until an answer comes after all`() {
        var ledger = ledger()
        for name in ["a", "b", "c"] {
            _ = ledger.wait(for: key("org_a", name), now: start) {}
            _ = ledger.overdue(key("org_a", name), now: at(1))
        }
        #expect(ledger.isSilent && ledger.isQuiet(at(1.9)) && !ledger.isQuiet(at(2)))
        #expect(ledger.standing(of: ann, now: at(1.5)) == (.unavailable, false))
        // The same look-up is no second failure when it ends.
        _ = ledger.settle(key("org_a", "a"), .failed, asked: start, now: at(10))
        #expect(!ledger.isQuiet(at(10)))
        _ = ledger.settle(key("org_a", "b"), .member(["x"]), asked: start, now: at(10))
        #expect(!ledger.isSilent)
    }

    @Test func `a spent budget is nobody's failure`() {
        var ledger = ledger()
        for number in 0..<10 {
            let key = key("org_a", "x\(number)")
            _ = ledger.wait(for: key, now: start) {}
            _ = ledger.settle(key, .notAsked, asked: start, now: start)
            #expect(ledger.standing(of: key, now: start) == (.unavailable, false))
        }
        #expect(!ledger.isQuiet(start) && !ledger.isSilent)
    }

    // MARK: Forgetting

    static let scopes: [(CacheScope, forgotten: Set<String>)] = [
        (.member(OrganizationID("org_a"), "u_1"), ["org_a/u_1"]),
        (.organization(OrganizationID("org_a")), ["org_a/u_1", "org_a/u_2"]),
        (.user(UserID("u_1")), ["org_a/u_1", "org_b/u_1"]),
        (.roleTemplate, ["org_a/u_1", "org_a/u_2", "org_b/u_1", "org_b/u_2"]),
        (.everything, ["org_a/u_1", "org_a/u_2", "org_b/u_1", "org_b/u_2"]),
        (.member(OrganizationID("org_a"), "U_1"), []), (.organization(OrganizationID("org")), []),
        (.user(UserID("u_")), []),
    ]

    @Test(arguments: scopes)
    func `AZ-21 exactly what was named is forgotten, and the key is the pair`(
        _ scope: CacheScope, forgotten: Set<String>
    ) {
        var ledger = ledger()
        let all = ["org_a", "org_b"].flatMap { place in ["u_1", "u_2"].map { (place, $0) } }
        for (place, person) in all {
            _ = ledger.wait(for: key(place, person), now: start) {}
            _ = ledger.settle(
                key(place, person), .member(["\(place)/\(person)"]), asked: start, now: start)
        }
        ledger.forget(scope)
        for (place, person) in all {
            let name = "\(place)/\(person)"
            #expect(
                ledger.standing(of: key(place, person), now: at(1)).standing
                    == (forgotten.contains(name) ? .needed : .known([name], until: at(50))))
        }
    }

    @Test func `AZ-20 what is under way while something changes does not count`() {
        var ledger = ledger()
        _ = ledger.wait(for: ann, now: start) {}
        ledger.forget(.member(OrganizationID("org_a"), "u_ann"))
        // Asked again, with everybody who waits.
        #expect(ledger.settle(ann, .member(["admin"]), asked: start, now: at(0.1)) == nil)
        #expect(ledger.waiterCount == 1)
        ledger.forget(.everything)
        #expect(ledger.settle(ann, .member(["admin"]), asked: at(0.1), now: at(0.2)) == nil)
        ledger.forget(.everything)
        #expect(
            ledger.settle(ann, .member(["admin"]), asked: at(0.2), now: at(0.3), isLast: true)?
                .count == 1)
        #expect(ledger.standing(of: ann, now: at(0.3)) == (.unavailable, false))
    }

    @Test func `what was forgotten is not used stale`() {
        var ledger = knowing(.member(["admin"]))
        ledger.forget(.user(UserID("u_ann")))
        fail(&ledger, ann, at: at(1))
        #expect(ledger.standing(of: ann, now: at(1.5)) == (.unavailable, false))
    }

    // MARK: Room

    @Test func `there is room for so many, and who was used lately stays`() {
        var ledger = ledger { $0.entries = 8 }
        func learn(_ name: String) {
            #expect(ledger.wait(for: key("org_a", name), now: start) {} == .starts)
            _ = ledger.settle(key("org_a", name), .member([name]), asked: start, now: start)
        }
        for number in 0..<8 { learn("x\(number)") }
        learn("first")
        for number in 0..<200 {
            _ = ledger.standing(of: key("org_a", "x7"), now: at(1))
            learn("y\(number)")
            #expect(ledger.count == 8)
        }
        #expect(
            ledger.standing(of: key("org_a", "x7"), now: at(1)).standing
                == .known(["x7"], until: at(50)))
        #expect(ledger.standing(of: key("org_a", "x1"), now: at(1)).standing == .needed)
    }

    @Test func `whom somebody waits for does not go`() {
        var ledger = ledger { $0.entries = 2 }
        #expect(ledger.wait(for: key("org_a", "a"), now: start) {} == .starts)
        #expect(ledger.wait(for: key("org_a", "b"), now: start) {} == .starts)
        #expect(ledger.wait(for: key("org_a", "c"), now: start) {} == .full)
        _ = ledger.settle(key("org_a", "a"), .stranger, asked: start, now: start)
        #expect(ledger.wait(for: key("org_a", "c"), now: start) {} == .starts)
        #expect(ledger.wait(for: key("org_a", "b"), now: start) {} == .joined)
    }
}
