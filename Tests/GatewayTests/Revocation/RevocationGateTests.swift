import Documents
import Glibc
import HTTPProxy
import LogtoEmulator
import Synchronization
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// Tokens from before something was taken away, through the running gateway.
@Suite struct RevocationGateTests {
    private static let list = "GET /orgs/org_a/projects"

    /// A token that was issued so many seconds ago.
    private static func token(
        _ site: TestSite, _ user: String = "u_ann", organization: String? = "org_a",
        secondsAgo: Int64 = 10
    ) throws -> String {
        try site.emulator.mint(
            MintRequest(
                subject: user, organization: organization,
                resource: organization == nil ? TestSite.audience : nil,
                issuedAfter: -secondsAgo))
    }

    private static func revoke(
        _ subject: Watermark.Subject, in site: TestSite, secondsAgo: Int64 = 5
    ) async throws {
        try await site.gateway.revocations.revoke([
            Watermark(subject, notBefore: Clocks.wall().advanced(bySeconds: -secondsAgo))
        ])
    }

    @Test(
        arguments: [
            .everybody, .user(UserID("u_ann")), .organization(OrganizationID("org_a")),
            .member(OrganizationID("org_a"), UserID("u_ann")),
        ] as [Watermark.Subject])
    func `AZ-20 an older token is refused once revoke has returned, a later one is not`(
        _ subject: Watermark.Subject
    ) async throws {
        try await TestSite.with { site in
            let hot = try Self.token(site)
            let fresh = try Self.token(site, secondsAgo: 9)
            let later = try Self.token(site, secondsAgo: 2)
            for _ in 0..<2 { #expect(try await site.send(Self.list, token: hot).status == 200) }
            try await Self.revoke(subject, in: site)
            let before = site.backend.requests.count
            // One that the cache knows, and one that it has never seen.
            for token in [hot, fresh, hot] {
                let answer = try await site.send(Self.list, token: token)
                #expect(answer.status == 401)
                #expect(answer.code == "token-stale")
                #expect(answer.header("Retry-After") == "1")
                let challenge = answer.header("WWW-Authenticate") ?? ""
                #expect(challenge.hasPrefix(#"Bearer error="invalid_token""#))
            }
            #expect(site.backend.requests.count == before)
            for _ in 0..<2 { #expect(try await site.send(Self.list, token: later).status == 200) }
        }
    }

    @Test(
        arguments: [
            .user(UserID("u_support")), .member(OrganizationID("org_a"), UserID("u_support")),
        ] as [Watermark.Subject])
    func `AZ-20 who is revoked acts in nobody's place either`(
        _ subject: Watermark.Subject
    ) async throws {
        try await TestSite.with { site in
            let tokens = try [10, 2].map { (secondsAgo: Int64) in
                try site.emulator.mint(
                    MintRequest(
                        subject: "u_ann", organization: "org_a", issuedAfter: -secondsAgo,
                        claims: ["act": ["sub": "u_support"]]))
            }
            let own = try Self.token(site)
            #expect(try await site.send(Self.list, token: tokens[0]).status == 200)
            try await Self.revoke(subject, in: site)
            #expect(try await site.send(Self.list, token: tokens[0]).code == "token-stale")
            #expect(try await site.send(Self.list, token: tokens[1]).status == 200)
            #expect(try await site.send(Self.list, token: own).status == 200)
        }
    }

    @Test func `AZ-20 a client's tokens and a machine's membership are revoked alike`()
        async throws
    {
        try await TestSite.with { site in
            let hot = try Self.token(site)
            #expect(try await site.send(Self.list, token: hot).status == 200)
            try await Self.revoke(.client(ClientID("somebody-else")), in: site)
            #expect(try await site.send(Self.list, token: hot).status == 200)
            try await Self.revoke(.client(ClientID("app_browser")), in: site)
            #expect(try await site.send(Self.list, token: hot).code == "token-stale")
        }
    }

    @Test func `others are not concerned, nor the person elsewhere`() async throws {
        try await TestSite.with { site in
            let other = try Self.token(site, "u_adam")
            let elsewhere = try Self.token(site, organization: nil)
            let first = try await site.send(Self.list, token: other).status
            try await Self.revoke(.member(OrganizationID("org_a"), UserID("u_ann")), in: site)
            #expect(try await site.send(Self.list, token: other).status == first)
            #expect(try await site.send("GET /me", token: elsewhere).status == 200)
        }
    }

    @Test func `AZ-20 built-in routes refuse it as well, public ones read no token`() async throws {
        try await TestSite.with { site in
            let token = try Self.token(site, organization: nil)
            #expect(try await site.send("GET /organizations", token: token).status == 200)
            try await Self.revoke(.user(UserID("u_ann")), in: site)
            let answer = try await site.send("GET /organizations", token: token)
            #expect(answer.status == 401)
            #expect(answer.code == "token-stale")
            let before = site.emulator.organizations.count
            let created = try await site.send(
                "POST /organizations", token: token, body: #"{"name":"Late"}"#)
            #expect(created.code == "token-stale")
            #expect(site.emulator.organizations.count == before)
            #expect(try await site.send("GET /healthz", token: token).status == 200)
        }
    }

    @Test func `AZ-20 a request that is held at that moment is refused when it goes on`()
        async throws
    {
        // On a busy machine the wait for the key may be over before the key is there: then another.
        for _ in 0..<10 {
            let answer = try await Self.answerOfHeld()
            #expect(answer?.status != 200)
            if answer?.code == "keys-refreshing" { continue }
            #expect(answer?.status == 401)
            #expect(answer?.code == "token-stale")
            return
        }
        Issue.record("no held request went on")
    }

    /// The answer to a request that waits for a key while its token is revoked.
    private static func answerOfHeld() async throws -> TestSite.Answer? {
        let kept = Mutex<TestSite.Answer?>(nil)
        try await TestSite.with { site in
            try site.emulator.rotateKey()
            let token = try Self.token(site)
            // The new key is fetched: the answer waits until the emulator runs, the request for it.
            try site.emulator.plan(
                Fault(method: nil, path: "/oidc/**", effect: .delay(.milliseconds(1))))
            let answer = try await withThrowingTaskGroup(of: TestSite.Answer?.self) { group in
                group.addTask { try await site.send(Self.list, token: token) }
                while !site.emulator.plannedFaults.isEmpty {
                    _ = try await site.send("GET /healthz")
                }
                try await Self.revoke(.user(UserID("u_ann")), in: site)
                group.addTask {
                    try await site.emulator.run()
                    return nil
                }
                let answer = try await group.next()
                await site.emulator.stop()
                return answer ?? nil
            }
            #expect(!site.backend.requests.contains { $0.path == "/orgs/org_a/projects" })
            kept.withLock { $0 = answer }
        }
        return kept.withLock { $0 }
    }

    @Test func `a reload of the rules keeps what was revoked`() async throws {
        try await TestSite.with { site in
            let token = try Self.token(site)
            #expect(try await site.send(Self.list, token: token).status == 200)
            try await Self.revoke(.user(UserID("u_ann")), in: site)
            try site.policies.write(
                "routes/more.yaml",
                """
                gatehouse: 1
                kind: policy
                name: more
                upstream: backend
                organization: none
                routes:
                  - {id: more, match: GET /more, allow: public}
                """)
            guard case .replaced = await site.announced.next() else {
                Issue.record("the rules were not replaced")
                return
            }
            #expect(try await site.send(Self.list, token: token).code == "token-stale")
        }
    }

    @Test func `AZ-20 what was revoked is still revoked after a restart`() async throws {
        let folder = try TemporaryDirectory()
        let setStore: @Sendable (String) -> String = { text in
            text + "\nstore: {sqlite: \"\(folder.path)/gatehouse.db\"}"
        }
        try await TestSite.with(configuration: setStore) { site in
            try await Self.revoke(.user(UserID("u_ann")), in: site)
        }
        try await TestSite.with(configuration: setStore) { site in
            let answer = try await site.send(Self.list, token: Self.token(site))
            #expect(answer.code == "token-stale")
            let page = try await site.send("GET /metrics", toAdmin: true).body
            #expect(page.contains("gatehouse_revocations 1"))
        }
    }

    @Test func `a store that cannot be read stops the start, and says what to do`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("gatehouse.db", "no database at all, only text of some length")
        unsafe chmod(folder("gatehouse.db"), 0o600)
        let failure = await #expect(throws: GatewayStartFailure.self) {
            try await TestSite.with(
                configuration: { $0 + "\nstore: {sqlite: \"\(folder.path)/gatehouse.db\"}" }
            ) { _ in }
        }
        #expect(failure?.message.contains("is damaged") == true)
        #expect(failure?.message.contains("= help: restore a copy") == true)
    }
}
