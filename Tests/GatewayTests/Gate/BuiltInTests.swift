import HTTPProxy
import LogtoEmulator
import TestSupport
import Testing
import Values

@testable import Gateway

/// The built-in organization routes, from the frontend through the gateway to Logto and back.
@Suite struct BuiltInTests {
    @Test func `POST organizations creates it in Logto with the creator as member and owner`()
        async throws
    {
        try await TestSite.with { site in
            let before = Set(site.emulator.organizations.map(\.id))
            let answer = try await site.send(
                "POST /organizations", token: site.token("u_ann"), body: #"{"name":"Ann's"}"#)
            #expect(answer.status == 201)
            let new = try #require(site.emulator.organizations.first { !before.contains($0.id) })
            #expect(new.name == "Ann's")
            #expect(answer.header("Location") == "/organizations/\(new.id)")
            let members = try #require(site.emulator.members(of: new.id))
            #expect(members.map(\.user) == ["u_ann"])
            #expect(members.first?.roles == ["owner"])
            let list = try await site.send("GET /organizations", token: site.token("u_ann"))
            #expect(list.status == 200)
            #expect(list.body.contains(new.id))
        }
    }

    @Test(arguments: ["/api/organizations/*/users", "/api/organizations/*/users/*/roles"])
    func `C1 with a later Logto call failing no organization is left`(_ path: String) async throws {
        try await TestSite.with { site in
            let before = site.emulator.organizations.count
            try site.emulator.plan(
                Fault(
                    method: .post, path: path, times: 10,
                    effect: .answer(status: 500, headers: [:], body: [])))
            let answer = try await site.send(
                "POST /organizations", token: site.token("u_ann"), body: #"{"name":"Doomed"}"#)
            #expect(answer.status == 503)
            #expect(answer.code == "upstream-unavailable")
            #expect(site.emulator.organizations.count == before)
        }
    }

    @Test func `a built-in route needs a person's token for the API`() async throws {
        try await TestSite.with { site in
            #expect(
                try await site.send("POST /organizations", body: #"{"name":"x"}"#).code
                    == "unauthenticated")
            let organization = try site.token("u_ann", in: "org_a")
            #expect(
                try await site.send(
                    "POST /organizations", token: organization, body: #"{"name":"x"}"#
                ).status
                    == 403)
            #expect(try await site.send("PUT /organizations", token: organization).status == 405)
            #expect(
                try await site.send("PUT /organizations").header("Allow") == "POST, GET, OPTIONS")
            #expect(
                try await site.send("POST /organizations/x", token: organization, body: "{}").code
                    == "no-route")
        }
    }

    @Test func `an action that no file mentions does not exist`() async throws {
        try await TestSite.with { site in
            try site.policies.write(
                "self-service.yaml",
                """
                gatehouse: 1
                kind: self-service
                name: organizations
                actions:
                  org.list_mine: {allow: authenticated}
                """)
            guard case .replaced = await site.announced.next() else {
                Issue.record("the rules were not replaced")
                return
            }
            let ann = try site.token("u_ann")
            #expect(
                try await site.send("POST /organizations", token: ann, body: #"{"name":"x"}"#).code
                    == "no-route")
            #expect(try await site.send("GET /organizations", token: ann).status == 200)
        }
    }

    @Test func `HDR-15 preflights are answered for configured origins alone, before any token`()
        async throws
    {
        try await TestSite.with { site in
            let preflight = [
                "Origin: https://app.acme.example", "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization",
            ]
            let answer = try await site.send("OPTIONS /organizations", headers: preflight)
            #expect(answer.status == 204)
            #expect(answer.header("Access-Control-Allow-Origin") == "https://app.acme.example")
            #expect(answer.header("Access-Control-Allow-Credentials") == nil)
            for origin in ["null", "https://app.acme.example.evil", "http://app.acme.example"] {
                let refused = try await site.send(
                    "OPTIONS /organizations", headers: ["Origin: \(origin)"] + preflight.dropFirst()
                )
                #expect(refused.status == 403, "\(origin)")
                #expect(refused.header("Access-Control-Allow-Origin") == nil)
            }
            let read = try await site.send(
                "GET /organizations", token: site.token("u_ann"), headers: [preflight[0]])
            #expect(read.header("Access-Control-Allow-Origin") == "https://app.acme.example")
            #expect(read.header("Vary") == "Origin")
            let denied = try await site.send("GET /organizations", headers: [preflight[0]])
            #expect(denied.status == 401)
            #expect(denied.header("Access-Control-Allow-Origin") == "https://app.acme.example")
        }
    }

    @Test func `without credentials there are no built-in routes`() async throws {
        try await TestSite.with(configuration: { text in
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter {
                    !$0.contains("management:") && !$0.contains("client_")
                        && !$0.contains("resource:")
                }
                .joined(separator: "\n")
        }) { site in
            let answer = try await site.send("GET /organizations", token: site.token("u_ann"))
            #expect(answer.code == "no-route")
        }
    }
}
