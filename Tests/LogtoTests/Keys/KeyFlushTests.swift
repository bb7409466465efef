import JOSE
import TestSupport
import Testing
import Values

@testable import Logto

/// Flushing: the only thing that drops keys.
@Suite struct KeyFlushTests {
    @Test func `KEY-03 a flush drops a removed key at once, also from the saved copy`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let issuer = try TestIssuer(document: TestKeys.both, saved: folder.path)
        try await issuer.running { publications in
            #expect(await publications.next()?.keys?.entries.count == 2)
            issuer.document.value = TestKeys.set(TestKeys.entry(1, kid: "k2"))
            #expect(await issuer.refresher.flush() == .fetched(keys: 1))
            let none = try #require(await publications.next())
            #expect(none.state == .waiting)
            #expect(none.keys == nil && none.confirmedAt == nil)
            let next = try #require(await publications.next())
            #expect(next.state == .current)
            #expect(next.keys?.entries.map(\.id) == [KeyID("k2")])
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .absent)
        }
        let file = try #require(try folder.names().first)
        #expect(folder.text(file).contains("k2") && !folder.text(file).contains("k1"))
        #expect(issuer.metric("gatehouse_keys_saved_copies_total", #"result="removed""#) == "1")
    }

    @Test func `KEY-03 without a flush a removed key is gone within the interval`() async throws {
        let issuer = try TestIssuer(document: TestKeys.both)
        try await issuer.running { publications in
            #expect(await publications.next()?.keys?.entries.count == 2)
            issuer.document.value = TestKeys.set(TestKeys.entry(1, kid: "k2"))
            await issuer.pass(.seconds(270))
            #expect(await publications.next()?.keys?.entries.map(\.id) == [KeyID("k2")])
        }
    }

    @Test func `a fetch that was under way does not outlive a flush`() async throws {
        let issuer = try TestIssuer(document: TestKeys.both)
        let gate = ScriptedServer.Gate()
        try await issuer.running { publications in
            #expect(await publications.next()?.keys?.entries.count == 2)
            // The issuer is about to answer with the key that is to go.
            issuer.keysAnswer.value = { _ in
                [.wait(gate)] + ScriptedServer.json(200, TestKeys.set(TestKeys.entry(2, kid: "k3")))
            }
            await issuer.pass(.seconds(270))
            _ = await issuer.server.requests(atLeast: 3)
            issuer.keysAnswer.value = nil
            issuer.document.value = TestKeys.set(TestKeys.entry(1, kid: "k2"))
            #expect(await issuer.refresher.flush() == .fetched(keys: 1))
            gate.open()
            #expect(await publications.next()?.keys == nil)
            #expect(await publications.next()?.keys?.entries.map(\.id) == [KeyID("k2")])
        }
    }

    @Test func `a flush while the issuer is down leaves no key, and says so`() async throws {
        let folder = try TemporaryDirectory()
        let issuer = try TestIssuer(saved: folder.path)
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            issuer.discoveryAnswer.value = { _ in
                ScriptedServer.answer(429, ["Retry-After": "60"])
            }
            guard case .failed(let failure) = await issuer.refresher.flush() else {
                Issue.record("the fetch cannot have gone well")
                return
            }
            #expect(failure.code == "answer-status")
            #expect(await publications.next()?.state == .waiting)
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
            #expect(issuer.metric("gatehouse_keys_age_seconds") == nil)
            #expect(issuer.metric("gatehouse_keys_count") == "0")
            let names = try folder.names()
            #expect(names == [])
            // Another flush does not wait for what the issuer asked for.
            issuer.discoveryAnswer.value = nil
            #expect(await issuer.refresher.flush() == .fetched(keys: 1))
            #expect(await publications.next()?.state == .waiting)
            #expect(await publications.next()?.state == .current)
        }
        #expect(issuer.lines.of("ERROR").count { $0.contains("no keys yet") } == 1)
        #expect(issuer.lines.of("WARN").count { $0.contains("keys flushed") } == 2)
    }

    @Test func `flushes at the same time all end`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            await withTaskGroup(of: KeyFlush.self) { group in
                for _ in 0..<8 { group.addTask { await issuer.refresher.flush() } }
                for await outcome in group { #expect(outcome == .fetched(keys: 1)) }
            }
        }
    }

    @Test func `a refresher that does not run has nothing to flush`() async throws {
        let issuer = try TestIssuer()
        #expect(await issuer.refresher.flush() == .notRunning)
        try await issuer.running { publications in _ = await publications.next() }
        #expect(await issuer.refresher.flush() == .notRunning)
    }

    @Test func `a flush that is under way ends with the refresher`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            issuer.discoveryAnswer.value = { _ in [.hang] }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { #expect(await issuer.refresher.flush() == .notRunning) }
                #expect(await publications.next()?.state == .waiting)
                await issuer.refresher.stop()
            }
        }
    }
}
