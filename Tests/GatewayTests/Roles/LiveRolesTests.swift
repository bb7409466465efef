import Logto
import PolicyEngine
import Synchronization
import Telemetry
import TestSupport
import Testing
import Values

@testable import Gateway

/// Look-ups, and who waits for them, on a clock of their own.
@Suite struct LiveRolesTests {
    /// What Logto answers, and how often it was asked.
    final class Tenant: Sendable {
        let calls = Mutex<[RoleKey]>([])
        private let answers: Mutex<Answers>
        private struct Answers { var next: LiveRoles.LookUp }

        init() {
            let admin: LiveRoles.LookUp = { (_) throws(LogtoFailure) in ["admin"] }
            answers = Mutex(Answers(next: admin))
        }

        /// What is answered from now on.
        func answer(_ answer: @escaping LiveRoles.LookUp) {
            answers.withLock { $0.next = answer }
        }

        func look(_ key: RoleKey) async throws(LogtoFailure) -> [String]? {
            calls.withLock { $0.append(key) }
            let answer = answers.withLock { $0.next }
            return try await answer(key)
        }

        var count: Int { calls.withLock { $0.count } }
    }

    let clock = ManualClock()
    let tenant = Tenant()
    let metrics = Metrics()
    private let ann = RoleKey(
        organization: OrganizationID("org_a"), subject: UserID("u_ann"), kind: .user)

    private func running(
        budget calls: Int = 100, settings: RoleLedger.Settings = .init(),
        _ body: (LiveRoles) async throws -> Void
    ) async throws {
        let counter = Counted()
        let roles = LiveRoles(
            settings: settings, clock: clock.service,
            budget: RequestBudget(calls: calls, clock: clock.service, metrics: metrics),
            metrics: metrics,
            logger: Logger(
                minimum: .error, format: .text, sink: TestSite.Lines(),
                time: { UnixTime(seconds: 0) }),
            invalidate: { counter.add() }
        ) { [tenant] (key) throws(LogtoFailure) in
            try await tenant.look(key)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await roles.run() }
            try await body(roles)
            await roles.stop()
            group.cancelAll()
        }
    }

    final class Names: Sendable {
        private let names = Mutex(["admin"])
        var value: [String] {
            get { names.withLock { $0 } }
            set { names.withLock { $0 = newValue } }
        }
    }

    final class Counted: Sendable {
        private let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    /// Waits as a request does; false where it may not.
    private func wait(_ roles: LiveRoles, for key: RoleKey) async -> Bool {
        let (stream, end) = AsyncStream<Void>.makeStream()
        guard roles.ask(key, { end.finish() }) else { return false }
        for await _ in stream {}
        return true
    }

    private func standing(_ roles: LiveRoles, _ key: RoleKey) -> RoleStanding {
        roles.standing(of: key.subject, kind: key.kind, in: key.organization)
    }

    private func known(_ roles: LiveRoles, _ key: RoleKey) -> [String]? {
        if case .known(let names, _) = standing(roles, key) { names } else { nil }
    }

    @Test func `a thousand requests of one caller are one call`() async throws {
        let gate = ScriptedServer.Gate()
        tenant.answer { (_) throws(LogtoFailure) in
            await gate.opened()
            return ["admin"]
        }
        try await running { roles in
            let resumed = Counted()
            for _ in 0..<999 { #expect(roles.ask(ann) { resumed.add() }) }
            let (stream, end) = AsyncStream<Void>.makeStream()
            #expect(roles.ask(ann) { end.finish() })
            gate.open()
            for await _ in stream {}
            #expect(resumed.count == 999)
            #expect(tenant.count == 1)
            #expect(known(roles, ann) == ["admin"])
        }
    }

    @Test func `AZ-21 person and machine, organization and organization are asked for apart`()
        async throws
    {
        tenant.answer { (key) throws(LogtoFailure) in
            ["\(key.kind) \(key.subject) \(key.organization)"]
        }
        let keys = ["org_a", "org_b"].flatMap { place in
            [PrincipalFacts.Kind.user, .machine].map { kind in
                RoleKey(
                    organization: OrganizationID(place), subject: UserID("same"), kind: kind)
            }
        }
        try await running { roles in
            for key in keys { #expect(await wait(roles, for: key)) }
            for key in keys {
                #expect(
                    known(roles, key) == ["\(key.kind) \(key.subject) \(key.organization)"])
            }
            #expect(tenant.count == 4)
        }
    }

    @Test func `a request waits a second at most`() async throws {
        tenant.answer { [clock] (_) throws(LogtoFailure) in
            await clock.sleep(.seconds(100))
            throw .cancelled
        }
        try await running { roles in
            let (stream, end) = AsyncStream<Void>.makeStream()
            #expect(roles.ask(ann) { end.finish() })
            await clock.sleeper(for: .seconds(1))
            clock.advance(by: .seconds(1))
            for await _ in stream {}
            #expect(standing(roles, ann) == .unavailable)
        }
    }

    @Test func `over budget nobody is asked, and what is remembered serves`() async throws {
        try await running(budget: 1) { roles in
            #expect(await wait(roles, for: ann))
            let zoe = RoleKey(
                organization: OrganizationID("org_b"), subject: UserID("u_zoe"), kind: .user)
            #expect(await wait(roles, for: zoe))
            #expect(standing(roles, zoe) == .unavailable)
            #expect(tenant.count == 1)
            clock.advance(by: .seconds(61))
            #expect(await wait(roles, for: ann))
            #expect(tenant.count == 2)
            #expect(page.contains("gatehouse_management_over_budget_total 1"))
            #expect(page.contains(#"gatehouse_role_lookups_total{result="over-budget"} 1"#))
        }
    }

    @Test
    func `AZ-20 forgetting is in force on every loop when it returns, also for answers under way`()
        async throws
    {
        let gate = ScriptedServer.Gate()
        let names = Names()
        tenant.answer { (_) throws(LogtoFailure) in
            let said = names.value
            if said == ["admin"] { await gate.opened() }
            return said
        }
        try await running { roles in
            let (stream, end) = AsyncStream<Void>.makeStream()
            #expect(roles.ask(ann) { end.finish() })
            // The look-up has read "admin"; then the role is taken away.
            while tenant.count == 0 { await Task.yield() }
            names.value = ["member"]
            await roles.forget(.member(OrganizationID("org_a"), "u_ann"))
            gate.open()
            for await _ in stream {}
            #expect(known(roles, ann) == ["member"])
            #expect(tenant.count == 2)
        }
    }

    @Test func `an id that Logto cannot have is no member`() async throws {
        tenant.answer { (_) throws(LogtoFailure) in throw .invalidArgument("id") }
        try await running { roles in
            #expect(await wait(roles, for: ann))
            guard case .stranger = standing(roles, ann) else {
                Issue.record("not a stranger")
                return
            }
        }
    }

    private var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return String(decoding: page.text(), as: UTF8.self)
    }
}
