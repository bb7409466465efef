import HTTPProxy
import LogtoEmulator
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// Whole requests through a running gateway: what each is answered, and what the backend sees.
@Suite struct DecisionsTests {
    @Test func `AV-20 the limit of connections is one for all loops together`() async throws {
        let change = { @Sendable (text: String) in
            text.replacing("threads: 1", with: "threads: 2\nlimits: {connections: 10}")
        }
        try await TestSite.with(configuration: change) { site in
            var clients: [RawClient] = []
            for _ in 0..<10 {
                let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
                try await client.send("GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n")
                let head = try await client.read(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 "))
                clients.append(client)
            }
            for client in clients { await client.close() }
        }
    }

    @Test func `allowed requests carry identity headers, and no token`() async throws {
        try await TestSite.with { site in
            let answer = try await site.send(
                "GET /orgs/org_a/projects?x=1", token: site.token("u_ann", in: "org_a"))
            #expect(answer.status == 200)
            #expect(answer.body == "from the backend")
            let seen = try #require(site.backend.requests.first)
            #expect(seen.headers["Gatehouse-User"] == "u_ann")
            #expect(seen.headers["Gatehouse-Organization"] == "org_a")
            #expect(seen.headers["Gatehouse-Permissions"] == "read:projects")
            #expect(seen.headers["X-User-Id"] == "u_ann")
            #expect(seen.headers["Authorization"] == nil)
            #expect(seen.query == "x=1")
        }
    }

    @Test func `HDR-01 HDR-02 HDR-03 a spoofed identity never reaches the backend`() async throws {
        try await TestSite.with { site in
            let spoofs = [
                "X-User-Id: root", "x_user_id: root", "X.User.Id: root", "Gatehouse-User: root",
                "GATEHOUSE_USER: root", "Gatehouse.Organization: org_b", "Gatehouse+Roles: owner",
                "gatehouse~anything: 1", "X-HTTP-Method-Override: DELETE",
            ]
            let token = try site.token("u_ann", in: "org_a")
            #expect(
                try await site.send("GET /orgs/org_a/projects", token: token, headers: spoofs)
                    .status == 200)
            #expect(try await site.send("GET /healthz", headers: spoofs).status == 200)
            for seen in site.backend.requests {
                let values = seen.headers.fields.map { "\($0.name): \($0.value)" }
                #expect(
                    !values.contains { $0.contains("root") || $0.contains("DELETE") }, "\(values)")
                #expect(!values.contains { $0.hasPrefix("gatehouse~") }, "\(values)")
            }
            #expect(site.backend.requests.last?.headers["Gatehouse-User"] == nil)
        }
    }

    @Test func `every refusal has its status and code, and the backend learns nothing`()
        async throws
    {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            let zoe = try site.token("u_zoe", in: "org_b")
            let cases: [(String, String?, Int, String)] = [
                ("GET /orgs/org_a/projects", nil, 401, "unauthenticated"),
                ("POST /orgs/org_a/projects", ann, 403, "not-permitted"),
                ("GET /orgs/org_a/projects", zoe, 404, "other-organization"),
                ("GET /orgs/org_nowhere/projects", zoe, 404, "other-organization"),
                ("GET /orgs/org_a/projects", try site.token("u_ann"), 403, "organization-required"),
                ("GET /nowhere", ann, 404, "no-route"),
                ("PUT /orgs/org_a/projects", ann, 404, "no-route"),
                ("HEAD /orgs/org_a/projects", ann, 404, "-"),
                ("GET /orgs/org_a//projects", ann, 400, "path-not-normal"),
                ("GET /orgs/org_a/%2e%2e/projects", ann, 400, "path-not-normal"),
                ("GET /audit", ann, 400, "no-organization"),
                ("TRACE /orgs/org_a/projects", ann, 405, "method-not-supported"),
                (
                    "GET /orgs/org_a/projects", "v1_9fK3abcdefghijklmnopqrstuvwxyz0123456789A", 401,
                    "token-malformed"
                ),
                ("GET /orgs/org_a/projects", "x.y.z", 401, "token-malformed"),
                ("GET /orgs/org_a/projects?access_token=a", ann, 400, "token-in-query"),
                ("GET /orgs/org_a/projects?a=b&%61ccess_token=a", nil, 400, "token-in-query"),
            ]
            for (line, token, status, code) in cases {
                let answer = try await site.send(line, token: token)
                #expect(answer.status == status, "\(line)")
                #expect(answer.code == code || code == "-", "\(line): \(answer.body)")
                if code != "-" {
                    #expect(answer.header("Content-Type") == "application/problem+json")
                }
                if status == 401 {
                    #expect(
                        answer.header("WWW-Authenticate")?.contains(
                            "resource_metadata=\"http://gw.test/.well-known/oauth-protected-resource\""
                        ) == true)
                    #expect(
                        answer.header("WWW-Authenticate")?.contains("error=\"invalid_token\"")
                            == (token != nil))
                }
            }
            #expect(site.backend.requests.isEmpty)
        }
    }

    @Test func `JWT-43 JWT-44 several tokens and odd spellings are refused`() async throws {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            let cases: [([String], Int)] = [
                (["Authorization: Bearer \(ann)", "Authorization: Bearer \(ann)"], 400),
                (["Authorization: Bearer \(ann), Bearer \(ann)"], 400),
                (["Authorization: Bearer  \(ann)"], 400), (["Authorization: Bearer\t\(ann)"], 400),
                (["Authorization: Bearer"], 400), (["Authorization: Bearer \(ann) x"], 400),
                (["Authorization: Basic dTpw"], 401), (["Authorization: DPoP \(ann)"], 401),
                (["Authorization: bearer \(ann)"], 200), (["Authorization: BEARER \(ann)"], 200),
            ]
            for (headers, status) in cases {
                let answer = try await site.send("GET /orgs/org_a/projects", headers: headers)
                #expect(answer.status == status, "\(headers.map { $0.prefix(28) })")
            }
            #expect(site.backend.requests.count == 2)
        }
    }

    @Test
    func
        `a token that is present and invalid is never anonymous, but on public routes it is not read`()
        async throws
    {
        try await TestSite.with { site in
            let answer = try await site.send("GET /me", token: "x.y.z")
            #expect(answer.code == "token-malformed")
            #expect(try await site.send("GET /healthz", token: "x.y.z").status == 200)
            #expect(site.backend.requests.last?.headers["Authorization"] == nil)
        }
    }

    @Test func `JWT-48 no answer and no line repeats what an unverified token says`() async throws {
        try await TestSite.with { site in
            let token = try site.token("u_ann", in: "org_a")
            let parts = token.split(separator: ".")
            let payload = Base64URL.encode(Array(#"{"sub":"</script>\r\nX: y\u001b[31m"}"#.utf8))
            let answer = try await site.send(
                "GET /orgs/org_a/projects", token: "\(parts[0]).\(payload).\(parts[2])")
            #expect(answer.status == 401)
            #expect(!answer.head.contains("</script"))
            #expect(!answer.body.contains("</script"))
            #expect(!site.console.text.contains("</script"))
        }
    }

    @Test func `AZ-02 only the declared source of the organization counts`() async throws {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            let answer = try await site.send(
                "GET /orgs/org_b/projects?org=org_a", token: ann, headers: ["X-Organization: org_a"]
            )
            #expect(answer.code == "other-organization")
            #expect(
                try await site.send("GET /audit", token: ann, headers: ["X-Organization: org_a"])
                    .status == 200)
            #expect(
                try await site.send(
                    "GET /audit", token: ann,
                    headers: ["X-Organization: org_a", "X_Organization: org_b"]
                ).status == 400)
        }
    }

    @Test func `the metadata of the protected resource names the issuer`() async throws {
        try await TestSite.with { site in
            let answer = try await site.send("GET /.well-known/oauth-protected-resource")
            #expect(answer.status == 200)
            #expect(answer.body.contains(site.emulator.issuer))
        }
    }
}
