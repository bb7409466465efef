import Documents
import SelfService
import Store
import Synchronization
import Testing
import Values

@Suite struct RepairTests {
    /// Begins a creation that stops dead in one call, as when the process is killed: the store's
    /// file is closed under it, and what hangs is let go only at the end of the test.
    private func killed(
        in call: FakeDirectory.Call, key: String?,
        body: (Bench, Bench) async throws -> Void
    ) async throws {
        let directory = FakeDirectory()
        let place = try TemporaryPlace()
        let time = ManualTime()
        let first = try Bench(directory: directory, store: try place.open(), time: time)
        directory.fail(call, .hangs)
        async let lost = first.create(key: key)
        await directory.untilHanging()
        await first.store.close()

        let second = try Bench(directory: directory, store: try place.open(), time: time)
        try await body(first, second)
        directory.release()
        #expect(await lost.status != 201)
        await second.store.close()
    }

    @Test(arguments: [FakeDirectory.Call.add, .assign])
    func `C2 a creation left by a dead process is resumed by its key`(
        _ call: FakeDirectory.Call
    ) async throws {
        try await killed(in: call, key: "k1") { _, second in
            let answer = await second.create(key: "k1")
            #expect(answer.status == 201)
            #expect(answer.id == "org1")
            #expect(second.directory.organizations.count == 1)
            #expect(second.directory.calls.filter { $0 == .create }.count == 1)
            #expect(second.directory.organizations[0].members.map(\.roles) == [["owner"]])
        }
    }

    @Test(arguments: [FakeDirectory.Call.add, .assign], ["k1", nil])
    func `a creation left by a dead process is completed at the next start`(
        _ call: FakeDirectory.Call, _ key: String?
    ) async throws {
        try await killed(in: call, key: key) { _, second in
            await second.round()
            #expect(second.directory.organizations[0].members.map(\.roles) == [["owner"]])
            let open1 = try await second.openCreations()
            #expect(open1.isEmpty)
            // Who comes back gets the answer.
            let answer = await second.create(key: key)
            #expect(answer.id == "org1")
            #expect(answer.result.headers["Idempotent-Replayed"] == "true")
        }
    }

    @Test func `C2 a request that was lost with its process is found by its mark`() async throws {
        // The first create took effect and lost its answer; the process died while it searched.
        let directory = FakeDirectory()
        let place = try TemporaryPlace()
        let bench = try Bench(directory: directory, store: try place.open())
        directory.fail(.create, .after(.unknownOutcome))
        directory.fail(.search, .hangs)
        async let lost = bench.create(key: "k1")
        await directory.untilHanging()
        await bench.store.close()
        let next = try Bench(directory: directory, store: try place.open())
        #expect(await next.create(key: "k1").id == "org1")
        #expect(directory.organizations.count == 1)
        directory.release()
        _ = await lost
        await next.store.close()
    }

    @Test func `a creation that never reached Logto comes to nothing after ten minutes`()
        async throws
    {
        try await killed(in: .create, key: "k1") { _, second in
            await second.round()
            let open2 = try await second.openCreations()
            #expect(open2.count == 1)
            second.time.advance(seconds: 601)
            await second.round()
            let open3 = try await second.openCreations()
            #expect(open3.isEmpty)
            #expect(second.directory.organizations.isEmpty)
            #expect(await second.create(key: "k1").status == 201)
        }
    }

    @Test func `what could not be removed is removed later, where nobody may come back`()
        async throws
    {
        let bench = try Bench()
        bench.directory.failAlways(.add, .before(.quotaExceeded))
        bench.directory.failAlways(.delete, .before(.unknownOutcome))
        #expect(await bench.create().code == "seat-limit-reached")
        #expect(bench.directory.organizations.count == 1)
        bench.directory.heal()
        await bench.round()
        #expect(bench.directory.organizations.isEmpty)
        #expect(try await bench.openCreations().isEmpty)
    }

    @Test func `what could not be removed is completed for its key`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.add, .before(.unknownOutcome))
        bench.directory.failAlways(.delete, .before(.unknownOutcome))
        #expect(await bench.create(key: "k1").status == 503)
        bench.directory.heal()
        #expect(await bench.create(key: "k1").id == "org1")
        #expect(bench.directory.calls.filter { $0 == .create }.count == 1)
    }

    @Test func `nobody's wish is older than its key`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.add, .before(.unknownOutcome))
        bench.directory.failAlways(.delete, .before(.unknownOutcome))
        _ = await bench.create(key: "k1")
        bench.directory.heal()
        bench.time.advance(seconds: 86_400)
        await bench.round()
        #expect(bench.directory.organizations.isEmpty)
    }

    @Test func `an organization that was deleted meanwhile is not made again by itself`()
        async throws
    {
        try await killed(in: .assign, key: "k1") { _, second in
            second.directory.change { $0.organizations = [] }
            await second.round()
            #expect(second.directory.organizations.isEmpty)
            let open4 = try await second.openCreations()
            #expect(open4.isEmpty)
        }
    }

    @Test func `the service runs until it is stopped, and refuses afterwards`() async throws {
        let rounds = Mutex(0)
        let time = ManualTime()
        let bench = try Bench(
            time: time,
            wait: { _ in
                rounds.withLock { $0 += 1 }
                await Task.yield()
            })
        async let running: Void = bench.service.run()
        while rounds.withLock({ $0 }) < 3 { await Task.yield() }
        await bench.service.stop()
        try await running
        #expect(await bench.create().code == "overloaded")
    }

    @Test func `the service stops while it waits`() async throws {
        let bench = try Bench(wait: { _ in
            try? await Task.sleep(for: .seconds(3_600))
        })
        async let running: Void = bench.service.run()
        await bench.service.stop()
        try await running
    }
}
