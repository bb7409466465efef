import HTTPProxy
import JOSE
import Logto
import System
import Testing
import Values

@testable import Gateway

/// Several issuers at one gate: each with its own keys, and each with its own trouble.
@Suite struct IssuersTests {
    private static let route = "GET /orgs/org_a/projects"
    private static let other = "https://id.acme.example/oidc"

    /// A gateway that trusts the emulator and another issuer, whose key has the emulator's name.
    private func with(
        keysOfTheOther: Bool = true,
        _ body: (TestSite, _ own: String, ForeignIssuer) async throws -> Void
    ) async throws {
        try await TestSite.with { site in
            let trust = try #require(await site.trust())
            let own = try #require(trust.configuration.issuers.first)
            let keys = try #require(trust.keys(of: own))
            let kid = try #require(keys.entries.first?.id)
            let foreign = try ForeignIssuer(name: Self.other, keyID: kid.text)
            var configuration = trust.configuration
            configuration.issuers.append(Self.other)
            var sets = [own: keys]
            if keysOfTheOther { sets[Self.other] = foreign.keys }
            let both = TrustSnapshot(configuration: configuration, keys: sets, generation: 1000)
            await site.replaceTrust { _ in both }
            try await body(site, own, foreign)
        }
    }

    @Test func `JWT-45 a token signed by the key of another trusted issuer is refused`()
        async throws
    {
        try await with { site, own, foreign in
            let crossed = try foreign.token(issuer: own, at: Clocks.wall())
            for _ in 0..<2 {
                let answer = try await site.send(Self.route, token: crossed)
                #expect(answer.status == 401)
                #expect(answer.code == "token-signature")
            }
            #expect(site.backend.requests.isEmpty)
            let theirs = try foreign.token(at: Clocks.wall())
            #expect(try await site.send(Self.route, token: theirs).status == 200)
            let mine = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: mine).status == 200)
            #expect(try await site.send(Self.route, token: crossed).status == 401)
            #expect(site.backend.requests.count == 2)
        }
    }

    @Test func `KEY-21 an issuer without keys is 503 and the other one serves`() async throws {
        try await with(keysOfTheOther: false) { site, _, foreign in
            let theirs = try foreign.token(at: Clocks.wall())
            let answer = try await site.send(Self.route, token: theirs)
            #expect(answer.status == 503)
            #expect(answer.code == "issuer-unavailable")
            #expect(answer.header("Retry-After") != nil)
            #expect(site.backend.requests.isEmpty)
            let mine = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: mine).status == 200)
        }
    }

    @Test func `KEY-18 keys that got too old accept nothing, not even what they accepted before`()
        async throws
    {
        try await with { site, own, foreign in
            let mine = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: mine).status == 200)
            await site.replaceTrust {
                $0.replacingKeys(of: own, with: nil, generation: $0.generation + 1)
            }
            let answer = try await site.send(Self.route, token: mine)
            #expect(answer.status == 503)
            #expect(answer.code == "issuer-unavailable")
            #expect(answer.header("Retry-After") != nil)
            #expect(site.backend.requests.count == 1)
            let theirs = try foreign.token(at: Clocks.wall())
            #expect(try await site.send(Self.route, token: theirs).status == 200)
        }
    }

    @Test func `KEY-21 fresh keys of one issuer keep what the other's tokens were found to be`()
        async throws
    {
        try await with { site, own, foreign in
            let theirs = try foreign.token(at: Clocks.wall())
            #expect(try await site.send(Self.route, token: theirs).status == 200)
            let renewed = try ForeignIssuer(name: own, keyID: "renewed")
            await site.replaceTrust {
                $0.replacingKeys(of: own, with: renewed.keys, generation: $0.generation + 1)
            }
            #expect(try await site.send(Self.route, token: theirs).status == 200)
            #expect(
                try await site.metric(#"gatehouse_verifier_checks_total{result="accepted"}"#) == 1)
        }
    }

    @Test func `KEY-21 published keys count for every issuer that they name, and for no other`()
        async throws
    {
        try await with { site, own, foreign in
            let third = "https://third.acme.example/oidc"
            let before = try #require(await site.trust())
            var configuration = before.configuration
            configuration.issuers.append(third)
            let trust = TrustSnapshot(
                configuration: configuration, keys: [Self.other: foreign.keys], generation: 2000)
            let hub = try #require(await site.hub(trust))
            await hub.replaceKeys(
                KeyPublication(
                    issuer: own, alsoFor: [third], keys: before.keys(of: own), state: .current,
                    confirmedAt: nil))
            let now = hub.current.trust
            #expect(now.generation > 2000)
            #expect(now.keys(of: own) == before.keys(of: own))
            #expect(now.keys(of: third) == before.keys(of: own))
            #expect(now.keys(of: Self.other) == foreign.keys)
            let mine = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.route, token: mine).status == 200)
            let theirs = try foreign.token(at: Clocks.wall())
            #expect(try await site.send(Self.route, token: theirs).status == 200)
            await hub.replaceKeys(
                KeyPublication(
                    issuer: own, alsoFor: [third], keys: nil, state: .unavailable,
                    confirmedAt: nil))
            for name in [own, third] {
                let token = try foreign.token(issuer: name, at: Clocks.wall())
                let answer = try await site.send(Self.route, token: token)
                #expect(answer.code == "issuer-unavailable")
            }
            #expect(try await site.send(Self.route, token: mine).status == 503)
            #expect(try await site.send(Self.route, token: theirs).status == 200)
            #expect(site.backend.requests.count == 3)
        }
    }
}
