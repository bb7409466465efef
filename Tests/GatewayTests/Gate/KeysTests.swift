import HTTPProxy
import LogtoEmulator
import Synchronization
import System
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// What the gateway does while Logto rotates its keys, is away, or was never there.
@Suite struct KeysTests {
    @Test func `a token of a key that was just rotated in waits for one fetch and is accepted`()
        async throws
    {
        try await TestSite.with { site in
            let old = try site.token("u_ann", in: "org_a")
            #expect(try await site.send("GET /orgs/org_a/projects", token: old).status == 200)
            try site.emulator.rotateKey()
            let new = try site.token("u_ann", in: "org_a")
            #expect(try await site.send("GET /orgs/org_a/projects", token: new).status == 200)
            #expect(try await site.send("GET /orgs/org_a/projects", token: old).status == 200)
        }
    }

    @Test func `KEY-01 made-up keys are refused, and cause no fetch each`() async throws {
        try await TestSite.with { site in
            let good = try site.token("u_ann", in: "org_a")
            let parts = good.split(separator: ".")
            for number in 0..<20 {
                let header = Base64URL.encode(
                    Array(#"{"alg":"ES384","typ":"at+jwt","kid":"made-up-\#(number)"}"#.utf8))
                let answer = try await site.send(
                    "GET /orgs/org_a/projects", token: "\(header).\(parts[1]).\(parts[2])")
                #expect(answer.status == 401 || answer.code == "keys-refreshing", "\(answer.body)")
            }
            #expect(try await site.send("GET /orgs/org_a/projects", token: good).status == 200)
            let metrics = try await site.send("GET /metrics", toAdmin: true).body
            let fetches = metrics.split(separator: "\n")
                .filter { $0.hasPrefix("gatehouse_keys_fetches_total{") }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            // One at the start and one that all of them shared.
            #expect(fetches.reduce(0, +) <= 2, "\(fetches)")
        }
    }

    @Test func `a token whose key nobody can be asked for is told to come again, not refused`()
        async throws
    {
        try await TestSite.with { site in
            try site.emulator.rotateKey()
            let token = try site.token("u_ann", in: "org_a")
            for service in site.gateway.services where service is KeyDemandService {
                await service.stop()
            }
            let answer = try await site.send("GET /orgs/org_a/projects", token: token)
            #expect(answer.status == 503)
            #expect(answer.code == "overloaded")
        }
    }

    @Test func `KEY-01 nothing is remembered of a request with a made-up key when it is over`()
        async throws
    {
        try await TestSite.with { site in
            let parts = try site.token("u_ann", in: "org_a").split(separator: ".")
            for number in 0..<5 {
                let header = Base64URL.encode(
                    Array(#"{"alg":"ES384","typ":"at+jwt","kid":"made-up-\#(number)"}"#.utf8))
                _ = try await site.send(
                    "GET /orgs/org_a/projects", token: "\(header).\(parts[1]).\(parts[2])")
            }
            let remembered = Mutex(-1)
            await site.gateway.loops.broadcast { loop in
                let count = loop.attached(PolicyGate.self)?.log.rememberedCount ?? -1
                remembered.withLock { $0 = count }
            }
            #expect(remembered.withLock { $0 } == 0)
        }
    }

    @Test
    func `KEY-17 with Logto away from the start protected routes are 503 and public ones serve`()
        async throws
    {
        try await TestSite.with(emulatorRuns: false) { site in
            let token = try site.token("u_ann", in: "org_a")
            let answer = try await site.send("GET /orgs/org_a/projects", token: token)
            #expect(answer.status == 503)
            #expect(answer.code == "issuer-unavailable")
            #expect(answer.header("Retry-After") != nil)
            #expect(try await site.send("GET /orgs/org_a/projects").status == 401)
            #expect(try await site.send("GET /healthz").status == 200)
            #expect(try await site.send("GET /readyz", toAdmin: true).status == 503)
            #expect(try await site.send("GET /healthz", toAdmin: true).status == 200)
        }
    }

    @Test func `AV-03 with Logto away later nothing changes for proxied requests`() async throws {
        try await TestSite.with { site in
            let first = try site.token("u_ann", in: "org_a")
            let second = try site.token("u_adam", in: "org_a")
            #expect(try await site.send("GET /orgs/org_a/projects", token: first).status == 200)
            await site.emulatorServer.drain(within: .zero)
            #expect(try await site.send("GET /orgs/org_a/projects", token: first).status == 200)
            #expect(try await site.send("GET /orgs/org_a/projects", token: second).status == 200)
            let answer = try await site.send(
                "POST /organizations", token: site.token("u_ann"), body: #"{"name":"New"}"#)
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") != nil)
            #expect(try await site.send("GET /readyz", toAdmin: true).status == 200)
        }
    }

    @Test func `AV-06 an upstream that is away is 502`() async throws {
        try await TestSite.with { site in
            await site.backendServer.drain(within: .zero)
            let answer = try await site.send("GET /dead")
            #expect(answer.status == 502)
            #expect(answer.code == "upstream-refused")
        }
    }
}
