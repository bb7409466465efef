import LogtoEmulator
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// Webhooks through the running gateway.
@Suite struct WebhookWireTests {
    private static let list = "GET /orgs/org_a/projects"
    private static let post = "POST /hooks/logto"

    private static func with(_ body: (TestSite) async throws -> Void) async throws {
        try await TestSite.with(
            configuration: {
                $0.replacing(
                    "  management:\n",
                    with: "  webhook_secrets: [\"${env:SECRET}\"]\n  management:\n")
            }, body)
    }

    private static func deliver(
        _ text: String, to site: TestSite, line: String = post, signature: String? = nil
    ) async throws -> TestSite.Answer {
        let key = site.emulator.managementClient.secret.reveal()
        let code = signature ?? WebhookServiceTests.signature(of: Array(text.utf8), key: key)
        return try await site.send(
            line, headers: ["logto-signature-sha-256: \(code)"], body: text)
    }

    private static func removal(of user: String, from organization: String) -> String {
        """
        {"event":"Organization.Membership.Updated","createdAt":"\(Clocks.wall().rfc3339)",
        "params":{"id":"\(organization)","userId":"\(user)"},"organizationId":"\(organization)",
        "removedUserIds":["\(user)"],"hookId":"h1"}
        """
    }

    @Test func `AZ-20 a member who was removed in Logto is refused when the webhook is answered`()
        async throws
    {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.list, token: token).status == 200)
            let answer = try await Self.deliver(Self.removal(of: "u_ann", from: "org_a"), to: site)
            #expect(answer.status == 204)
            #expect(try await site.send(Self.list, token: token).code == "token-stale")
            let later = try site.emulator.mint(
                MintRequest(subject: "u_ann", organization: "org_a", issuedAfter: 20))
            #expect(try await site.send(Self.list, token: later).status == 200)
            let page = try await site.send("GET /metrics", toAdmin: true).body
            #expect(page.contains(#"gatehouse_webhooks_total{result="accepted"} 1"#))
            #expect(page.contains("gatehouse_tokens_stale_total 1"))
        }
    }

    @Test func `AZ-34 what is not signed, too large, unknown or another method has no effect`()
        async throws
    {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            let body = Self.removal(of: "u_ann", from: "org_a")
            let forged = String(repeating: "0", count: 64)
            #expect(try await Self.deliver(body, to: site, signature: forged).status == 401)
            #expect(try await site.send(Self.post, body: body).code == "webhook-signature")
            let get = try await site.send("GET /hooks/logto")
            #expect(get.status == 405)
            #expect(get.header("Allow") == "POST")
            let large = #"{"a":"\#(String(repeating: "x", count: 10 << 20))"}"#
            #expect(try await Self.deliver(large, to: site).status == 413)
            let unknown = #"{"event":"Something.New","params":{"id":"org_a"}}"#
            #expect(try await Self.deliver(unknown, to: site).status == 204)
            let test =
                #"{"event":"User.Deleted","params":{"id":"fake-id"},"data":{"result":"success"}}"#
            #expect(try await Self.deliver(test, to: site).status == 204)
            #expect(try await site.send(Self.list, token: token).status == 200)
        }
    }

    @Test func `AZ-34 nobody hides an own suspension behind a lot of data`() async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            #expect(try await site.send(Self.list, token: token).status == 200)
            let filler = String(repeating: "x", count: 2 << 20)
            let body = #"""
                {"event":"User.SuspensionStatus.Updated","createdAt":"\#(Clocks.wall().rfc3339)",\#
                "data":{"id":"u_ann","customData":{"a":"\#(filler)"},"isSuspended":true}}
                """#
            #expect(try await Self.deliver(body, to: site).status == 204)
            let refused = try await site.send(Self.list, token: token)
            #expect(refused.code == "token-stale")
        }
    }

    @Test func `the path is taken before the rules, and exactly`() async throws {
        try await Self.with { site in
            try site.policies.write(
                "routes/all.yaml",
                """
                gatehouse: 1
                kind: policy
                name: all
                upstream: backend
                organization: none
                routes:
                  - {id: all, match: "POST /hooks/**", allow: public}
                """)
            guard case .replaced = await site.announced.next() else {
                Issue.record("the rules were not replaced")
                return
            }
            #expect(try await site.send(Self.post, body: "{}").status == 401)
            #expect(site.backend.requests.isEmpty)
            #expect(try await site.send("POST /hooks/logto/", body: "{}").status == 200)
            #expect(try await Self.deliver("{}", to: site, line: Self.post + "?a=b").status == 204)
        }
    }

    @Test func `without a secret there is no such route`() async throws {
        try await TestSite.with { site in
            let delivered = try await Self.deliver("{}", to: site)
            #expect(delivered.code == "no-route")
            let asked = try await site.send("GET /hooks/logto")
            #expect(asked.code == "no-route")
        }
    }
}
