import Cryptography
import HTTPProxy
import JOSE
import LogtoEmulator
import System
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// Signatures that other threads check, through a running gateway.
@Suite struct SignatureTests {
    private static let accepted = #"gatehouse_verifier_checks_total{result="accepted"}"#
    private static let refused = #"gatehouse_verifier_checks_total{result="refused"}"#
    private static let overloaded = "gatehouse_verifier_overloaded_total"
    private static let joined = "gatehouse_verifier_joined_total"
    private static let held = #"gatehouse_holds_total{cause="signature"}"#
    private static let route = "GET /orgs/org_a/projects"

    @Test func `a token seen for the first time is checked on another thread and forwarded`()
        async throws
    {
        try await TestSite.with { site in
            let token = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: token).status == 200)
            #expect(try await site.send(Self.route, token: token).status == 200)
            #expect(site.backend.requests.count == 2)
            #expect(try await site.metric(Self.accepted) == 1)
            #expect(try await site.metric(Self.held) == 1)
            #expect(try await site.metric("gatehouse_verifier_queue_tokens") == 0)
            #expect(try await site.metric("gatehouse_token_cache_entries") == 1)
            #expect(try await site.metric("gatehouse_token_cache_bytes") > token.utf8.count)
            #expect(await site.remembered() == 0)
        }
    }

    @Test func `a signature that takes little is checked on the loop, without a wait`() async throws
    {
        try await TestSite.with { site in
            let trust = try #require(await site.trust())
            let issuer = try #require(trust.configuration.issuers.first)
            // By a clock that stands still nothing takes any time.
            let cheap = trust.keys(of: issuer)?.measuringCosts { MonotonicTime(nanoseconds: 0) }
            await site.replaceTrust {
                $0.replacingKeys(of: issuer, with: cheap, generation: $0.generation + 100)
            }
            let token = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: token).status == 200)
            let bad = try await site.send(Self.route, token: TestSite.forged(token))
            #expect(bad.code == "token-signature")
            #expect(try await site.metric("gatehouse_loop_signature_checks_total") == 2)
            #expect(try await site.metric(Self.held) == 0)
            #expect(try await site.metric(Self.accepted) == 0)
            #expect(site.backend.requests.count == 1)
        }
    }

    @Test func `many requests with one new token cause one check`() async throws {
        let verifier = HeldVerifier()
        try await TestSite.with(options: { $0.verification.check = verifier.check }) { site in
            defer { verifier.permitAll() }
            let token = try site.token("u_ann", in: "org_a")
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 {
                    group.addTask { try await site.send(Self.route, token: token).status }
                }
                try await site.until(Self.joined, is: 11)
                #expect(site.backend.requests.isEmpty)
                verifier.permitAll()
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await site.metric(Self.accepted) == 1)
            #expect(site.backend.requests.count == 12)
            #expect(await site.remembered() == 0)
        }
    }

    @Test func `a full queue is 503 overloaded, and a token in use is served meanwhile`()
        async throws
    {
        let verifier = HeldVerifier()
        try await TestSite.with(options: {
            $0.verification.check = verifier.check
            $0.verification.threads = 1
            $0.verification.limits.tokens = 1
        }) { site in
            defer { verifier.permitAll() }
            let hot = try site.token("u_ann", in: "org_a")
            verifier.permit()
            #expect(try await site.send(Self.route, token: hot).status == 200)
            await verifier.hasBegun()
            let waiting = try site.token("u_adam", in: "org_a")
            async let first = site.send(Self.route, token: waiting)
            await verifier.hasBegun()
            let late = try await site.send(Self.route, token: site.token("u_ann"))
            #expect(late.status == 503)
            #expect(late.code == "overloaded")
            #expect(late.header("Retry-After") == "1")
            #expect(try await site.metric(Self.overloaded) == 1)
            for _ in 0..<5 {
                #expect(try await site.send(Self.route, token: hot).status == 200)
            }
            #expect(site.backend.requests.count == 6)
            verifier.permitAll()
            #expect(try await first.status == 200)
        }
    }

    @Test func `AV-21 AV-22 a flood of bad signatures leaves the cache and tokens in use alone`()
        async throws
    {
        try await TestSite.with { site in
            let good = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: good).status == 200)
            for number in 0..<40 {
                let answer = try await site.send(
                    Self.route, token: TestSite.forged(good, number))
                #expect(answer.status == 401)
                #expect(answer.code == "token-signature")
            }
            #expect(try await site.metric(Self.refused) == 40)
            #expect(try await site.metric("gatehouse_token_cache_entries") == 1)
            #expect(try await site.metric("gatehouse_token_cache_evictions_total") == 0)
            #expect(site.backend.requests.count == 1)
            #expect(try await site.send(Self.route, token: good).status == 200)
            #expect(try await site.metric(Self.accepted) == 1)
            #expect(await site.remembered() == 0)
        }
    }

    @Test func `AV-21 a rejected token is remembered by nobody: it is checked again`() async throws
    {
        try await TestSite.with { site in
            let bad = TestSite.forged(try site.token("u_ann", in: "org_a"))
            for _ in 0..<3 {
                #expect(try await site.send(Self.route, token: bad).code == "token-signature")
            }
            #expect(try await site.metric(Self.refused) == 3)
            #expect(site.backend.requests.isEmpty)
        }
    }

    @Test func `a client that leaves while its token is checked leaves nothing behind`()
        async throws
    {
        let verifier = HeldVerifier()
        try await TestSite.with(options: { $0.verification.check = verifier.check }) { site in
            defer { verifier.permitAll() }
            let token = try site.token("u_ann", in: "org_a")
            let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
            try await client.send(
                "GET /orgs/org_a/projects HTTP/1.1\r\nHost: gw.test\r\n"
                    + "Authorization: Bearer \(token)\r\n\r\n")
            await verifier.hasBegun()
            await client.reset()
            while await site.remembered() > 0 { try Task.checkCancellation() }
            verifier.permitAll()
            // It was worth checking: the client will come back.
            try await site.until("gatehouse_token_cache_entries", is: 1)
            #expect(await site.remembered() == 0)
            #expect(site.backend.requests.isEmpty)
            #expect(try await site.send(Self.route, token: token).status == 200)
            #expect(try await site.metric(Self.accepted) == 1)
        }
    }

    @Test func `a gateway that stops while a signature is checked ends, and forwards nothing`()
        async throws
    {
        let verifier = HeldVerifier()
        let (clients, client) = AsyncStream<RawClient>.makeStream()
        let (counts, received) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await TestSite.with(options: { $0.verification.check = verifier.check }) {
                    site in
                    let token = try site.token("u_ann", in: "org_a")
                    let raw = try await RawClient.connect(
                        port: site.gateway.addresses[0].port ?? 0)
                    try await raw.send(
                        "GET /orgs/org_a/projects HTTP/1.1\r\nHost: gw.test\r\n"
                            + "Authorization: Bearer \(token)\r\n\r\n")
                    await verifier.hasBegun()
                    client.yield(raw)
                    received.yield(site.backend.requests.count)
                    received.finish()
                }
            }
            for await raw in clients {
                // The connection ends before the check does.
                _ = try? await raw.readToEnd()
                await raw.close()
                break
            }
            verifier.permitAll()
            try await group.waitForAll()
        }
        for await count in counts { #expect(count == 0) }
    }

    // MARK: Keys that change meanwhile

    @Test func `a token whose key goes while it is checked is not accepted`() async throws {
        let verifier = HeldVerifier()
        try await TestSite.with(options: { $0.verification.check = verifier.check }) { site in
            defer { verifier.permitAll() }
            let issuer = try #require(await site.trust()?.configuration.issuers.first)
            let token = try site.token("u_ann", in: "org_a")
            async let answer = site.send(Self.route, token: token)
            await verifier.hasBegun()
            await site.replaceTrust {
                $0.replacingKeys(of: issuer, with: nil, generation: $0.generation + 100)
            }
            verifier.permitAll()
            #expect(try await answer.code == "issuer-unavailable")
            #expect(try await site.metric("gatehouse_token_cache_entries") == 0)
            #expect(site.backend.requests.isEmpty)
        }
    }

    @Test func `KEY-04 a token whose key is replaced under its name is checked under the new one`()
        async throws
    {
        let verifier = HeldVerifier()
        try await TestSite.with(options: { $0.verification.check = verifier.check }) { site in
            defer { verifier.permitAll() }
            let trust = try #require(await site.trust())
            let issuer = try #require(trust.configuration.issuers.first)
            let kid = try #require(trust.keys(of: issuer)?.entries.first?.id)
            let other = try ForeignIssuer(name: issuer, keyID: kid.text)
            let token = try site.token("u_ann", in: "org_a")
            async let answer = site.send(Self.route, token: token)
            await verifier.hasBegun()
            await site.replaceTrust {
                $0.replacingKeys(of: issuer, with: other.keys, generation: $0.generation + 100)
            }
            verifier.permitAll()
            #expect(try await answer.code == "token-signature")
            #expect(try await site.metric(Self.accepted) == 1)
            #expect(try await site.metric(Self.refused) == 1)
            #expect(site.backend.requests.isEmpty)
        }
    }

    @Test func `a token whose key stays while others come is checked once`() async throws {
        let verifier = HeldVerifier()
        try await TestSite.with(options: { $0.verification.check = verifier.check }) { site in
            defer { verifier.permitAll() }
            let trust = try #require(await site.trust())
            let issuer = try #require(trust.configuration.issuers.first)
            let added = try ForeignIssuer(name: issuer, keyID: "added")
            let keys = KeySet(
                (trust.keys(of: issuer)?.entries ?? []).map { ($0.id, $0.key) }
                    + [(added.signer.keyID, added.signer.key.publicKey)])
            let token = try site.token("u_ann", in: "org_a")
            async let answer = site.send(Self.route, token: token)
            await verifier.hasBegun()
            await site.replaceTrust {
                $0.replacingKeys(of: issuer, with: keys, generation: $0.generation + 100)
            }
            verifier.permitAll()
            #expect(try await answer.status == 200)
            #expect(try await site.metric(Self.accepted) == 1)
        }
    }
}
