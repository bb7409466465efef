import Documents
import HTTPProxy
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// Rows about bytes on the wire where the policy has a say: raw requests against a running gateway.
@Suite struct WireAttackTests {
    /// A gateway that logs to files.
    private static func with(
        files: [(String, String)] = [], _ body: (TestSite) async throws -> Void,
        lines: ([Substring]) throws -> Void = { _ in }
    ) async throws {
        let folder = try TemporaryDirectory()
        try await TestSite.with(
            files: files,
            configuration: { text in
                text.replacing(
                    "{decisions: off, access: off}",
                    with:
                        "{decisions: \"file:\(folder("decisions"))\", "
                        + "access: \"file:\(folder("access"))\"}")
            }, body)
        let logged = folder.bytes("access") + folder.bytes("decisions")
        for byte in logged where byte != 0x0A { try #require(byte >= 0x20 && byte != 0x7F) }
        try lines(String(decoding: logged, as: UTF8.self).split(separator: "\n"))
    }

    /// A request as it stands on the wire.
    private static func request(
        _ line: String, _ fields: [String] = [], token: String? = nil, body: String = ""
    ) -> String {
        var lines = ["\(line) HTTP/1.1", "Host: gw.test"] + fields
        if let token { lines.append("Authorization: Bearer \(token)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// Sends a request that must be refused, and looks at everything that must hold of each.
    private static func expectRefused(
        _ site: TestSite, _ request: String, _ statuses: Set<Int>, closes: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let received = site.backend.requests.count
        let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
        try await client.send(request)
        if !closes { try await client.finishWriting() }
        let answer = try await client.readTextToEnd()
        await client.close()
        let status = Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
        let said: Comment = "\(request.prefix(200)): \(answer)"
        #expect(statuses.contains(status), said, sourceLocation: sourceLocation)
        #expect(
            answer.range(ofBytes: "application/problem+json") != nil, said,
            sourceLocation: sourceLocation)
        if closes {
            #expect(
                answer.range(ofBytes: "Connection: close") != nil, said,
                sourceLocation: sourceLocation)
        }
        #expect(site.backend.requests.count == received, said, sourceLocation: sourceLocation)
        let good = try await site.send("GET /healthz")
        #expect(good.status == 200, said, sourceLocation: sourceLocation)
    }

    // MARK: Methods and messages

    @Test func `HTTP-24 a method that no route names is refused, TRACE and CONNECT everywhere`()
        async throws
    {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            for line in ["FOO /healthz", "DELETE /healthz", "get /healthz"] {
                try await Self.expectRefused(site, Self.request(line, token: token), [404, 405])
            }
            try await Self.expectRefused(
                site, Self.request("TRACE /healthz"), [405], closes: true)
            try await Self.expectRefused(
                site, "CONNECT gw.test:443 HTTP/1.1\r\nHost: gw.test:443\r\n\r\n", [405],
                closes: true)
        } lines: { lines in
            #expect(lines.count { $0.contains("no-route") } >= 3)
        }
    }

    @Test func `HTTP-34 pipelined requests are judged alone and answered in order`() async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            let other = Self.request("GET /orgs/org_b/projects", token: token)
            let text =
                (0..<20).map { _ in
                    Self.request("GET /healthz") + Self.request("GET /me") + other
                        + Self.request("GET /orgs/org_a/projects", token: token)
                }.joined() + Self.request("GET /healthz", ["Connection: close"])
            let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
            try await client.send(text)
            let answer = try await client.readTextToEnd()
            let statuses = answer.utf8.split(separator: UInt8(ascii: "\n"))
                .map { String(decoding: $0, as: UTF8.self) }
                .filter { $0.contains("HTTP/1.1 ") && !$0.contains("\"") }
                .compactMap { line in
                    line.split(separator: "HTTP/1.1 ").last.flatMap { Int($0.prefix(3)) }
                }
            #expect(statuses == (0..<20).flatMap { _ in [200, 401, 404, 200] } + [200])
            #expect(site.backend.requests.count == 41)
        }
    }

    @Test func `HTTP-32 the body of a refused request is never the next request`() async throws {
        try await Self.with { site in
            let body = Self.request("GET /healthz", ["X-Smuggled: 1"])
            let client = try await RawClient.connect(port: site.gateway.addresses[0].port ?? 0)
            try await client.send(
                Self.request(
                    "POST /orgs/org_a/projects", ["Content-Length: \(body.utf8.count)"], body: body)
                    + Self.request("GET /healthz", ["X-Next: 1", "Connection: close"]))
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(site.backend.requests.allSatisfy { $0.headers["X-Smuggled"] == nil })
            #expect(site.backend.requests.count == 1)
        }
    }

    @Test func `HTTP-37 a line break in a path reaches no header`() async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            for path in ["org_a%0d%0aX-Admin:%201", "org_a%0aX-Admin:1", "org_a%0D"] {
                try await Self.expectRefused(
                    site, Self.request("GET /orgs/\(path)/projects", token: token), [400],
                    closes: true)
            }
        }
    }

    // MARK: Paths

    static let foreign: [(id: String, targets: [String])] = [
        ("PATH-08", ["/healthz/", "/me/", "/orgs/org_a/projects/", "/orgs/", "/"]),
        ("PATH-09", ["/HEALTHZ", "/Me", "/orgs/org_a/Projects", "/ORGS/org_a/projects"]),
        ("PATH-14", ["/healthz%23/me", "/me%23"]),
        ("PATH-15", ["/healthz%3f", "/me%3F/../healthz".replacing("/../", with: "/")]),
        ("PATH-16", ["/healthzz", "/healthz.evil", "/mex", "/m", "/orgs/org_a/projectsX"]),
        ("PATH-18", ["/orgs/org_a%20/projects", "/orgs/ORG_A/projects", "/orgs/org_a@/projects"]),
    ]

    @Test(arguments: foreign)
    func `PATH-08 PATH-09 PATH-14 PATH-15 PATH-16 PATH-18 a path beside the route is a 404`(
        _ id: String, _ targets: [String]
    ) async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            for target in targets {
                try await Self.expectRefused(
                    site, Self.request("GET \(target)", token: token), [404])
            }
        }
    }

    static let malformed: [(id: String, targets: [String])] = [
        ("PATH-02", ["/healthz/%2e%2e/me", "/%2E./me", "/.%2e/me", "/healthz/../me", "/./me"]),
        ("PATH-03", ["/healthz%2f..%2fme", "/orgs/org_b%2f..%2forg_a/projects"]),
        ("PATH-04", ["/healthz/%252e%252e/me", "/healthz/%25%32%66"]),
        ("PATH-05", ["//healthz", "/orgs//projects", "/healthz//", "/orgs/org_a//projects"]),
        ("PATH-06", ["/healthz\\..\\me", "/healthz%5cme"]),
        ("PATH-09", ["/%68ealthz", "/%6de"]),
        ("PATH-14", ["/me#/healthz", "/healthz#"]),
        ("PATH-18", ["/orgs/%6frg_a/projects", "/orgs/org_a;x=1/projects"]),
    ]

    @Test(arguments: malformed)
    func `PATH-02 to PATH-18 a path with a second spelling is a 400 and closes`(
        _ id: String, _ targets: [String]
    ) async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            for target in targets {
                try await Self.expectRefused(
                    site, Self.request("GET \(target)", token: token), [400], closes: true)
            }
        }
    }

    @Test func `PATH-18 the organization of a path equals the token's byte for byte`() async throws
    {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            for organization in ["org_a.", "org_A", "org_", "org_aa", "-org_a"] {
                try await Self.expectRefused(
                    site, Self.request("GET /orgs/\(organization)/projects", token: token),
                    [400, 404])
            }
            let long = String(repeating: "a", count: 2000)
            try await Self.expectRefused(
                site, Self.request("GET /orgs/\(long)/projects", token: token), [400, 404])
        }
    }

    @Test func `PATH-15 a query is no part of the path`() async throws {
        try await Self.with { site in
            for target in ["/me?/healthz", "/me?", "/me?x=/../healthz", "/me?%2e%2e/healthz"] {
                try await Self.expectRefused(site, Self.request("GET \(target)"), [401])
            }
            let answer = try await site.send("GET /healthz?x=/../me&%2e=//")
            #expect(answer.status == 200)
            #expect(site.backend.requests.last?.path == "/healthz")
            #expect(site.backend.requests.last?.query == "x=/../me&%2e=//")
        }
    }

    // MARK: Headers

    @Test func `HDR-01 HDR-02 HDR-03 HDR-06 HDR-11 nobody names himself to a backend`()
        async throws
    {
        let spoofs = [
            "X-User-Id", "x_user_id", "X.User.Id", "Gatehouse-User", "Gatehouse_User",
            "GATEHOUSE-USER", "Gatehouse-Organization", "Gatehouse+Roles", "X-Forwarded-User",
            "X-Forwarded-Prefix", "X-Real-IP", "X-Original-URL", "Ssl-Client-Verify",
            "X-HTTP-Method-Override", "X-Forwarded-Client-Cert", "Forwarded", "X-Client-Cert",
        ]
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            let lines = spoofs.map { "\($0): root-of-all" }
            for (line, token) in [
                ("GET /healthz", nil), ("GET /me", try site.token("u_ann")),
                ("GET /orgs/org_a/projects", token),
            ] {
                let answer = try await site.send(line, token: token, headers: lines)
                #expect(answer.status == 200, "\(line): \(answer.body)")
                let headers = site.backend.requests.last?.headers
                #expect(headers.map { !"\($0)".contains("root-of-all") } == true, "\(line)")
                #expect(headers?["X-User-Id"] == (token == nil ? nil : "u_ann"), "\(line)")
            }
        }
    }

    @Test func `HDR-05 a header that names the organization names one`() async throws {
        try await Self.with { site in
            let token = try site.token("u_ann", in: "org_a")
            let good = try await site.send(
                "GET /audit", token: token, headers: ["X-Organization: org_a"])
            #expect(good.status == 200, "\(good.body)")
            for lines in [
                ["X-Organization: org_a", "X-Organization: org_b"],
                ["X-Organization: org_b", "X-Organization: org_a"],
                ["X-Organization: org_a", "X-Organization: org_a"],
                ["X-Organization: org_a,org_b"], ["X-Organization: org_a, org_a"],
                ["X-Organization: org_a", "X_Organization: org_b"],
                ["X-Organization: org_a", "X.Organization: org_b"],
                ["X-Organization:"], [],
            ] {
                try await Self.expectRefused(
                    site, Self.request("GET /audit", lines, token: token), [400, 403, 404])
            }
        }
    }

    @Test(arguments: ["GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Prometheus/2.0"])
    func `HDR-09 who looks after health is nobody special`(_ agent: String) async throws {
        try await Self.with { site in
            try await Self.expectRefused(
                site, Self.request("GET /me", ["User-Agent: \(agent)"]), [401])
            try await Self.expectRefused(
                site, Self.request("GET /", ["User-Agent: \(agent)"]), [404])
        }
    }

    @Test func `HDR-15 a preflight without a token is never forwarded`() async throws {
        try await Self.with { site in
            for origin in ["null", "https://app.acme.example", "https://app.acme.example.evil"] {
                try await Self.expectRefused(
                    site,
                    Self.request(
                        "OPTIONS /orgs/org_a/projects",
                        [
                            "Origin: \(origin)", "Access-Control-Request-Method: GET",
                            "Access-Control-Request-Headers: authorization",
                        ]), [401, 403, 404, 405])
            }
        }
    }
}
