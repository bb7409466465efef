import Cryptography
import JOSE
import Logto
import TestSupport
import Testing
import Values

@Suite struct KeyRefresherTests {
    @Test func `keys are fetched at start, revalidated by their ETag, published once`() async throws
    {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            let first = try #require(await publications.next())
            #expect(first.state == .current)
            #expect(first.issuer == issuer.issuer)
            #expect(first.keys?.entries.map(\.id) == [KeyID("k1")])
            #expect(first.confirmedAt == issuer.clock.wall)
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(270))
            await issuer.clock.sleeper(for: .seconds(270))
            #expect(issuer.keyRequests == 2)
            // Discovery is asked once; nothing was published for the confirmation.
            #expect(issuer.server.requests.count == 3)
            issuer.document.value = TestKeys.both
            issuer.clock.advance(by: .seconds(270))
            let second = try #require(await publications.next())
            #expect(second.keys?.entries.count == 2)
        }
        #expect(issuer.lines.of("INFO").count == 2)
        #expect(issuer.page.contains(#"result="confirmed"} 1"#))
        #expect(issuer.page.contains(#"result="changed"} 2"#))
    }

    @Test func `keys are measured before they are published, saved ones too`() async throws {
        let folder = try TemporaryDirectory()
        let first = try TestIssuer(saved: folder.path)
        try await first.runOnce()
        let second = try TestIssuer(saved: folder.path, after: first.site, clock: first.clock)
        try await second.running { publications in
            #expect(await publications.next()?.state == .stale)
        }
        // The clock of these tests stands still; a key that was not measured counts as dear.
        for issuer in [first, second] {
            let keys = try #require(issuer.latest.value?.keys)
            #expect(keys.entries.allSatisfy { $0.key.verificationCost == .zero })
        }
    }

    static let bad: [(name: String, code: String, steps: [ScriptedServer.Step])] = {
        let type: HeaderList = ["Content-Type": "application/jwk-set+json"]
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        let entries = (0..<10_000).map { #"{"kty":"EC","kid":"\#($0)"}"# }
        let small = (0..<65).map { #"{"kid":"\#($0)"}"# }
        let depth = String(repeating: "[", count: 10_000)
        return [
            ("500", "answer-status", ScriptedServer.answer(500, type, TestKeys.both)),
            ("429", "answer-status", ScriptedServer.answer(429, [:], "")),
            ("204", "answer-status", ScriptedServer.answer(204)),
            ("302", "answer-status", ScriptedServer.answer(302, ["Location": "/oidc/jwks"])),
            (
                "html", "answer-media-type",
                ScriptedServer.answer(200, ["Content-Type": "text/html"], TestKeys.both)
            ),
            ("no type", "answer-media-type", ScriptedServer.answer(200, [:], TestKeys.both)),
            ("no keys", "keys-empty", ScriptedServer.json(200, #"{"keys":[]}"#)),
            ("unusable", "keys-empty", ScriptedServer.json(200, #"{"keys":[{"kty":"oct"}]}"#)),
            ("{}", "answer-malformed", ScriptedServer.json(200, "{}")),
            ("[]", "answer-malformed", ScriptedServer.json(200, "[]")),
            ("cut", "answer-malformed", ScriptedServer.json(200, String(TestKeys.both.dropLast()))),
            ("empty", "answer-malformed", ScriptedServer.json(200, "")),
            ("KEY-11 deep", "answer-malformed", ScriptedServer.json(200, #"{"keys":"# + depth)),
            (
                "KEY-11 65 keys", "answer-malformed",
                ScriptedServer.json(200, #"{"keys":[\#(small.joined(separator: ","))]}"#)
            ),
            (
                "KEY-11 10,000 keys", "answer-malformed",
                ScriptedServer.json(200, #"{"keys":[\#(entries.joined(separator: ","))]}"#)
            ),
            (
                "KEY-11 50 MB", "answer-too-large",
                [
                    .send(Array((head + "Content-Length: 50000000\r\n\r\n").utf8)),
                    .sendForever([UInt8](repeating: 0x20, count: 65_536)),
                ]
            ),
            (
                "KEY-11 endless", "answer-too-large",
                [
                    .send(Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)),
                    .sendForever(Array("8\r\naaaaaaaa\r\n".utf8)),
                ]
            ),
            (
                "KEY-11 gzip bomb", "answer-malformed",
                ScriptedServer.json(200, "\u{1F}compressed", ["Content-Encoding": "gzip"])
            ),
            ("reset", "call-interrupted", [.reset]),
            ("close", "call-interrupted", [.close]),
        ]
    }()

    @Test(arguments: bad.indices)
    func `KEY-11 KEY-13 a bad answer is a failure, the last good keys stay`(_ index: Int)
        async throws
    {
        let (name, code, steps) = Self.bad[index]
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            issuer.keysAnswer.value = { _ in steps }
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(270))
            let stale = try #require(await publications.next())
            #expect(stale.state == .stale, "\(name)")
            #expect(stale.keys?.entries.map(\.id) == [KeyID("k1")])
            await issuer.clock.sleeper(for: .seconds(0.75))
            // The second failure in a row is not said again.
            issuer.clock.advance(by: .seconds(0.75))
            await issuer.clock.sleeper(for: .seconds(1.5))
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(1.5))
            #expect(await publications.next()?.state == .current)
        }
        let warnings = issuer.lines.of("WARN").filter { $0.contains("keys not refreshed") }
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.contains("gatehouse.reason=\(code)") == true, "\(name): \(warnings)")
        #expect(issuer.page.contains("result=\"\(code)\"} 2"), "\(name)")
    }

    @Test func `KEY-13 a confirmation of nothing is no keys`() async throws {
        let issuer = try TestIssuer()
        issuer.keysAnswer.value = { _ in ScriptedServer.answer(304) }
        try await issuer.running { _ in
            await issuer.clock.sleeper(for: .seconds(0.75))
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
        }
        #expect(issuer.page.contains(#"result="answer-status"} 1"#))
    }

    @Test func `KEY-13 the next try waits as long as the issuer says`() async throws {
        let issuer = try TestIssuer()
        issuer.keysAnswer.value = { _ in ScriptedServer.answer(429, ["Retry-After": "120"]) }
        try await issuer.running { publications in
            await issuer.clock.sleeper(for: .seconds(120))
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(120))
            #expect(await publications.next()?.state == .current)
        }
    }

    @Test func `KEY-12 a slow issuer costs one fetch deadline`() async throws {
        let issuer = try TestIssuer(
            settings: KeyRefreshSettings(fetchDeadline: .milliseconds(150)))
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        issuer.keysAnswer.value = { _ in [.send(Array(head.utf8)), .hang] }
        try await issuer.running { publications in
            await issuer.clock.sleeper(for: .seconds(0.75))
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
            issuer.keysAnswer.value = nil
            issuer.clock.advance(by: .seconds(0.75))
            #expect(await publications.next()?.state == .current)
        }
        #expect(issuer.page.contains(#"result="call-timed-out"} 1"#))
    }

    @Test(arguments: [
        #"{"issuer":"HOST/oidc/","jwks_uri":"HOST/oidc/jwks"}"#,
        #"{"issuer":"HOST/oidc","jwks_uri":"http://127.0.0.1:1/oidc/jwks"}"#,
    ])
    func `KEY-15 no key is taken by a document for somebody else`(_ document: String) async throws {
        let issuer = try TestIssuer()
        issuer.discoveryAnswer.value = { request in
            let host = "http://\(request.headers["host"] ?? "")"
            return ScriptedServer.json(
                200,
                document.split(separator: "HOST", omittingEmptySubsequences: false)
                    .joined(separator: host))
        }
        try await issuer.running { publications in
            await issuer.clock.sleeper(for: .seconds(0.75))
            #expect(issuer.keyRequests == 0)
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
            issuer.discoveryAnswer.value = nil
            issuer.clock.advance(by: .seconds(0.75))
            #expect(await publications.next()?.state == .current)
        }
        #expect(issuer.lines.of("ERROR").contains { $0.contains("reason=discovery-") })
    }

    @Test func `KEY-17 an issuer that is down at start is tried on, and said once`() async throws {
        let issuer = try TestIssuer()
        issuer.discoveryAnswer.value = { _ in ScriptedServer.answer(503) }
        try await issuer.running { publications in
            for pause in [0.75, 1.5, 3, 6] {
                await issuer.clock.sleeper(for: .seconds(pause))
                #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
                issuer.clock.advance(by: .seconds(pause))
            }
            await issuer.clock.sleeper(for: .seconds(12))
            issuer.discoveryAnswer.value = nil
            issuer.clock.advance(by: .seconds(12))
            #expect(await publications.next()?.state == .current)
        }
        #expect(issuer.lines.of("ERROR").count == 1)
        #expect(issuer.lines.of("INFO").count == 1)
    }

    @Test func `KEY-18 keys that are too old are taken back, and come back`() async throws {
        let issuer = try TestIssuer(settings: KeyRefreshSettings(maxStale: .seconds(300)))
        try await issuer.running { publications in
            #expect(await publications.next()?.state == .current)
            issuer.keysAnswer.value = { _ in
                ScriptedServer.answer(429, ["Retry-After": "3000"])
            }
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(270))
            #expect(await publications.next()?.state == .stale)
            await issuer.clock.sleeper(for: .seconds(30) + .nanoseconds(1))
            issuer.clock.advance(by: .seconds(30) + .nanoseconds(1))
            let gone = try #require(await publications.next())
            #expect(gone.state == .unavailable)
            #expect(gone.keys == nil)
            #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
            issuer.keysAnswer.value = nil
            await issuer.clock.sleeper(for: .seconds(2_970) - .nanoseconds(1))
            issuer.clock.advance(by: .seconds(2_970))
            let back = try #require(await publications.next())
            #expect(back.state == .current)
            #expect(back.keys != nil)
        }
    }

    @Test func `one fetch serves everybody who needs an unknown key`() async throws {
        let issuer = try TestIssuer()
        let gate = ScriptedServer.Gate()
        try await issuer.running { publications in
            _ = await publications.next()
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(20))
            issuer.keysAnswer.value = { _ in
                [.wait(gate)] + ScriptedServer.json(200, TestKeys.both)
            }
            let outcomes = await withTaskGroup(of: KeysNeeded.self) { group in
                for _ in 0..<20 {
                    group.addTask { await issuer.refresher.keysNeeded(KeyID("k2")) }
                }
                _ = await issuer.server.requests(atLeast: 3)
                gate.open()
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == Array(repeating: .present, count: 20))
            #expect(issuer.keyRequests == 2)
            #expect(await publications.next()?.keys?[KeyID("k2")] != nil)
            // Within the cool-down nobody fetches again: a forged key is not disproved, a known
            // one is there.
            let forged = await issuer.refresher.keysNeeded(KeyID("forged"))
            #expect(forged == .refreshing(retryAfter: .seconds(10)))
            #expect(issuer.keyRequests == 2)
            issuer.clock.advance(by: .seconds(10))
            issuer.keysAnswer.value = nil
            issuer.document.value = TestKeys.both
            #expect(await issuer.refresher.keysNeeded(KeyID("forged")) == .absent)
            #expect(await issuer.refresher.keysNeeded(KeyID("forged")) == .absent)
            #expect(issuer.keyRequests == 3)
        }
    }

    @Test func `nobody waits longer for keys than half a second`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            _ = await publications.next()
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(20))
            issuer.keysAnswer.value = { _ in [.hang] }
            await withTaskGroup(of: KeysNeeded.self) { group in
                group.addTask { await issuer.refresher.keysNeeded(KeyID("k2")) }
                await issuer.clock.sleeper(for: .milliseconds(500))
                issuer.clock.advance(by: .milliseconds(500))
                #expect(await group.next() == .refreshing(retryAfter: .seconds(1)))
            }
            issuer.server.stop()
        }
    }

    @Test func `KEY-04 other material under the same name is taken, with a warning`() async throws {
        let issuer = try TestIssuer()
        try await issuer.running { publications in
            let before = await publications.next()?.keys
            issuer.document.value = TestKeys.set(TestKeys.entry(2, kid: "k1"))
            await issuer.clock.sleeper(for: .seconds(270))
            issuer.clock.advance(by: .seconds(270))
            let after = await publications.next()?.keys
            #expect(before?[KeyID("k1")] != after?[KeyID("k1")])
        }
        #expect(issuer.lines.of("WARN").contains { $0.contains("key replaced under its own name") })
    }

    @Test func `bad entries are said, each once, and the good one is used`() async throws {
        let issuer = try TestIssuer(
            document: TestKeys.set(
                #"{"kty":"oct","kid":"s","k":"AAAA"}"#, TestKeys.entry(0, kid: "k1")))
        try await issuer.running { publications in
            #expect(await publications.next()?.keys?.entries.count == 1)
        }
        #expect(issuer.lines.all.count { $0.contains("key ignored") } == 1)
    }

    @Test func `before it runs and after it stopped there are no keys to wait for`() async throws {
        let issuer = try TestIssuer()
        #expect(await issuer.refresher.keysNeeded(KeyID("k1")) == .unavailable)
        try await issuer.running { publications in _ = await publications.next() }
        #expect(await issuer.refresher.keysNeeded(KeyID("k2")) == .unavailable)
    }
}
