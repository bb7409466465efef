import Documents
import Logto
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

@Suite struct RevocationServiceTests {
    /// A journal that fails when told to.
    final class Journal: WatermarkJournal {
        private struct State {
            var failure: StoreFailure?
            var kept: [Watermark.Subject: Watermark] = [:]
            var saves = 0
        }

        private let state = Mutex(State())

        var failure: StoreFailure? {
            get { state.withLock { $0.failure } }
            set { state.withLock { $0.failure = newValue } }
        }
        var kept: Set<Watermark> { state.withLock { Set($0.kept.values) } }
        var saves: Int { state.withLock { $0.saves } }

        func save(
            _ watermarks: [Watermark], forgettingUntil ended: UnixTime
        ) async throws(StoreFailure) {
            let failure = state.withLock { state in
                state.saves += 1
                guard state.failure == nil else { return state.failure }
                for watermark in watermarks { state.kept[watermark.subject] = watermark }
                return nil
            }
            if let failure { throw failure }
        }

        func load(after ended: UnixTime) async throws(StoreFailure) -> [Watermark] {
            if let failure { throw failure }
            return kept.filter { $0.notBefore > ended }
        }

        func forget(until ended: UnixTime) async throws(StoreFailure) {
            state.withLock { state in
                state.kept = state.kept.filter { $0.value.notBefore > ended }
            }
        }
    }

    /// Two loops with a table each, and a service.
    struct Bench {
        let loops: EventLoopGroup
        let service: RevocationService
        let clock: ManualClock
        let journal: Journal
        let lines: TestSite.Lines

        var now: UnixTime { clock.wall }

        /// Whether each loop accepts a token of this person that was issued so long ago.
        func accepts(_ user: String, secondsAgo: Int64) async -> [Bool] {
            let answers = Mutex<[Bool]>([])
            let issuedAt = now.advanced(bySeconds: -secondsAgo)
            await loops.broadcast { loop in
                let accepts = loop.attached(RevocationTable.self)?.accepts(
                    user: UserID(user), client: ClientID("c"), organization: OrganizationID("o"),
                    issuedAt: issuedAt)
                answers.withLock { $0.append(accepts ?? true) }
            }
            return answers.withLock { $0 }
        }
    }

    private func with(
        journal: Journal = Journal(), isKept: Bool = true, runs: Bool = false,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 2, name: "loop")
        let clock = ManualClock()
        let lines = TestSite.Lines()
        let service = RevocationService(
            journal: isKept ? journal : nil, loops: loops,
            life: WatermarkLife(longestToken: 3_600, leeway: 30),
            clock: ServiceClock(
                monotonic: { clock.now }, wall: { clock.wall }, sleep: { await clock.sleep($0) },
                random: { 1 }),
            metrics: Metrics(),
            logger: Logger(
                minimum: .info, format: .json, sink: lines, time: { UnixTime(seconds: 0) }))
        try await service.load()
        loops.start()
        await loops.broadcast { loop in loop.attach(service.makeTable(now: loop.now)) }
        let bench = Bench(
            loops: loops, service: service, clock: clock, journal: journal, lines: lines)
        try await withThrowingTaskGroup(of: Void.self) { group in
            if runs { group.addTask { try await service.run() } }
            do {
                try await body(bench)
            } catch {
                await service.stop()
                await loops.stop(drainDeadline: .zero)
                throw error
            }
            await service.stop()
            try await group.waitForAll()
        }
        await loops.stop(drainDeadline: .zero)
    }

    private func mark(_ user: String, _ time: UnixTime) -> Watermark {
        Watermark(.user(UserID(user)), notBefore: time)
    }

    @Test func `AZ-20 it is stored and in force on every loop when revoke returns`() async throws {
        try await with { bench in
            #expect(await bench.accepts("u", secondsAgo: 1) == [true, true])
            try await bench.service.revoke([mark("u", bench.now)])
            #expect(bench.journal.kept == [mark("u", bench.now)])
            #expect(await bench.accepts("u", secondsAgo: 0) == [false, false])
            #expect(await bench.accepts("u", secondsAgo: -1) == [true, true])
            #expect(await bench.accepts("other", secondsAgo: 1) == [true, true])
        }
    }

    @Test func `a watermark in the far future counts as one that is ahead by the leeway`()
        async throws
    {
        try await with { bench in
            try await bench.service.revoke([mark("u", bench.now.advanced(bySeconds: 1_000_000))])
            #expect(bench.journal.kept == [mark("u", bench.now.advanced(bySeconds: 31))])
            #expect(await bench.accepts("u", secondsAgo: -31) == [false, false])
            #expect(await bench.accepts("u", secondsAgo: -32) == [true, true])
        }
    }

    @Test func `AZ-20 with the issuer's clock ahead of ours no token from before is left`()
        async throws
    {
        try await with { bench in
            // By the issuer's clock, 20 s ahead: a token, and two seconds later the removal.
            let removal = bench.now.advanced(bySeconds: 20)
            let body: JSONObject = [
                "event": "User.Deleted", "createdAt": .string(removal.rfc3339),
                "params": ["userId": "u"],
            ]
            let event = try LogtoEvent(
                JSONWriter.write(body), now: bench.now, life: bench.service.life)
            try await bench.service.revoke(event.revoked)
            #expect(await bench.accepts("u", secondsAgo: -18) == [false, false])
            #expect(await bench.accepts("u", secondsAgo: -22) == [true, true])
        }
    }

    @Test func `one that concerns no living token is passed over, as is one of nobody`()
        async throws
    {
        try await with { bench in
            let long = String(repeating: "x", count: 4_000)
            try await bench.service.revoke([
                mark("u", bench.now.advanced(bySeconds: -4_000)), mark(long, bench.now),
                mark("", bench.now),
            ])
            #expect(bench.journal.kept.isEmpty)
            #expect(await bench.accepts("u", secondsAgo: 5_000) == [true, true])
        }
    }

    @Test(
        arguments: [
            .full(path: "p"), .inUse(path: "p"), .damaged(path: "p", detail: "d"), .closed,
            .overloaded, .readOnly(path: "p"), .inputOutput(path: "p", detail: "d"),
            .tooManyRows(table: "watermark"),
        ] as [StoreFailure])
    func `a store that fails leaves it in force, is reported, and the caller knows`(
        _ failure: StoreFailure
    ) async throws {
        try await with { bench in
            bench.journal.failure = failure
            await #expect(throws: failure) {
                try await bench.service.revoke([mark("u", bench.now)])
            }
            #expect(await bench.accepts("u", secondsAgo: 0) == [false, false])
            #expect(bench.service.degradation?.contains(failure.message) == true)
            #expect(bench.lines.text.contains(failure.code))
        }
    }

    @Test func `what was not stored is tried again, ever later, and said once`() async throws {
        try await with(runs: true) { bench in
            bench.journal.failure = .full(path: "p")
            await #expect(throws: StoreFailure.full(path: "p")) {
                try await bench.service.revoke([mark("u", bench.now)])
            }
            for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
                await bench.clock.sleeper(for: .seconds(seconds))
                bench.clock.advance(by: .seconds(seconds))
            }
            await bench.clock.sleeper(for: .seconds(60))
            #expect(bench.journal.saves == 9)
            bench.journal.failure = nil
            bench.clock.advance(by: .seconds(60))
            await bench.clock.sleeper(for: .seconds(60))
            #expect(bench.service.degradation == nil)
            #expect(bench.journal.kept.map(\.subject) == [.user(UserID("u"))])
            #expect(bench.lines.text.split(separator: "\n").count == 2, "\(bench.lines.text)")
        }
    }

    @Test func `a store that works again takes at once what waits`() async throws {
        try await with(runs: true) { bench in
            bench.journal.failure = .full(path: "p")
            try? await bench.service.revoke([mark("u", bench.now)])
            await bench.clock.sleeper(for: .seconds(1))
            bench.journal.failure = nil
            try await bench.service.revoke([mark("v", bench.now)])
            await bench.clock.sleeper(for: .seconds(60))
            #expect(bench.service.degradation == nil)
            #expect(bench.journal.kept == [mark("u", bench.now), mark("v", bench.now)])
        }
    }

    @Test func `the end of the process tries once more, and says what is lost`() async throws {
        let journal = Journal()
        let kept = Mutex<TestSite.Lines?>(nil)
        try await with(journal: journal) { bench in
            kept.withLock { $0 = bench.lines }
            journal.failure = .closed
            try? await bench.service.revoke([mark("u", bench.now)])
        }
        #expect(journal.saves == 2)
        let text = kept.withLock { $0?.text ?? "" }
        #expect(text.contains("lost at the end of the process"))
    }

    @Test func `without a store it works, and says at the start that a restart forgets`()
        async throws
    {
        try await with(isKept: false) { bench in
            #expect(bench.lines.text.contains("kept in memory alone"))
            #expect(bench.lines.text.contains("WARN"))
            try await bench.service.revoke([mark("u", bench.now)])
            #expect(await bench.accepts("u", secondsAgo: 0) == [false, false])
            #expect(bench.service.degradation == nil)
        }
    }

    @Test func `what was stored is in force before anything listens`() async throws {
        let journal = Journal()
        let clock = ManualClock()
        try await journal.save(
            [
                mark("u", clock.wall),
                mark("old", clock.wall.advanced(bySeconds: -3_600 - 30 - 60)),
            ], forgettingUntil: UnixTime(seconds: 0))
        try await with(journal: journal) { bench in
            #expect(await bench.accepts("u", secondsAgo: 0) == [false, false])
            #expect(await bench.accepts("old", secondsAgo: 9_000) == [true, true])
        }
    }

    @Test func `a store that cannot be read stops the start`() async throws {
        let journal = Journal()
        journal.failure = .damaged(path: "p", detail: "d")
        await #expect(throws: StoreFailure.damaged(path: "p", detail: "d")) {
            try await with(journal: journal) { _ in }
        }
    }

    @Test func `AZ-34 of many at once, in whatever order, the latest counts`() async throws {
        try await with { bench in
            let now = bench.now
            await withTaskGroup(of: Void.self) { group in
                for second in Array(0..<40).shuffled() {
                    group.addTask {
                        let watermark = mark("u", now.advanced(bySeconds: Int64(second) - 39))
                        try? await bench.service.revoke([watermark])
                        // Whoever has returned finds his own in force on every loop.
                        let ago = 39 - Int64(second)
                        let answers = await bench.accepts("u", secondsAgo: ago)
                        #expect(answers == [false, false])
                    }
                }
            }
            #expect(await bench.accepts("u", secondsAgo: 0) == [false, false])
            #expect(await bench.accepts("u", secondsAgo: -1) == [true, true])
        }
    }

    @Test func `ended ones are forgotten everywhere, without being asked`() async throws {
        try await with(runs: true) { bench in
            try await bench.service.revoke([mark("u", bench.now)])
            // One step at a time: the clock sleeps a minute between two looks.
            for _ in 0..<63 {
                await bench.clock.sleeper(for: .seconds(60))
                bench.clock.advance(by: .seconds(60))
            }
            await bench.clock.sleeper(for: .seconds(60))
            #expect(bench.journal.kept.isEmpty)
            #expect(bench.service.count == 0)
        }
    }
}
