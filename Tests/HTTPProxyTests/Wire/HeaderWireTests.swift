import HTTPProxy
import TestSupport
import Testing

/// Which header lines pass, in both directions.
@Suite struct HeaderWireTests {
    private func forwarded(
        _ lines: String, _ options: ProxyUnderTest.Options = .init()
    ) async throws -> String {
        var forwarded = ""
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "GET /public/a HTTP/1.1\r\nHost: g\r\n\(lines)\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(lines)")
            forwarded = proxy.upstream.requests.joined().lowercased()
        }
        return forwarded
    }

    @Test(arguments: [
        "X-User-Id: root", "Gatehouse-User: root", "Gatehouse-Organization: orgB",  // HDR-01
        "Gatehouse_User: root", "Gatehouse.User: root", "X_User_Id: root",  // HDR-02
        "X_Forwarded_Proto: root", "Gatehouse+User: root", "Gatehouse~User: root",  // HDR-03
        "GATEHOUSE-USER: root", "gatehouse-: root", "gatehouse-anything-else: root",
        "X-Forwarded-For: root", "X-Forwarded-Host: root", "X-Forwarded-Proto: root",  // HDR-06
        "X-Forwarded-Port: root", "X-Forwarded-Prefix: root", "X-Forwarded-Uri: root",
        "X-Forwarded-Method: root", "Forwarded: for=root", "X-Real-IP: root",
        "X-Original-URL: /root", "X-Rewrite-URL: /root", "X-Envoy-Original-Path: root",
        "X_Original.URL: /root", "X-HTTP-Method-Override: root", "X-Method-Override: root",
        "X-HTTP-Method: root", "Ssl-Client-Verify: root", "X-Client-Cert: root",  // HDR-11
        "X-Forwarded-Client-Cert: root", "Proxy-Authorization: Basic root",  // HDR-13
        "Authorization: Bearer root", "Proxy_Connection: root", "Keep_Alive: root",
    ])
    func `HDR-01 HDR-02 HDR-03 HDR-06 HDR-11 HDR-13 protected names never reach the upstream`(
        _ line: String
    ) async throws {
        let request = try await forwarded(line)
        #expect(request.range(of: "root") == nil)
        #expect(request.occurrences(of: "x-forwarded-for: 127.0.0.1\r\n") == 1)
        #expect(request.occurrences(of: "x-forwarded-host: g\r\n") == 1)
        #expect(request.occurrences(of: "x-forwarded-proto: http\r\n") == 1)
    }

    @Test(arguments: [
        "X-User: root", "X-Forward: root", "Gatehous: root", "Cookie: root", "X-Usex-Id: root",
        "X: a\troot", "HDR-14: {http.vars.root}", "Via: 1.1 root", "X-Custom: ",
    ])
    func `HTTP-15 HDR-14 other names pass as they came`(_ line: String) async throws {
        #expect(try await forwarded(line).range(of: line.lowercased() + "\r\n") != nil)
    }

    @Test func `HDR-13 a route may keep Authorization, and remove others in every spelling`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, _ in
            .forward(
                to: 0,
                rules: ForwardRules(
                    removedRequestNames: ["Cookie", "X-Debug"], keepsAuthorization: true))
        }
        let request = try await forwarded(
            "Authorization: Bearer t\r\nCookie: root\r\nX_Debug: root\r\nX-Debu: 1", options)
        #expect(request.range(of: "authorization: bearer t\r\nx-debu: 1\r\n") != nil)
        #expect(request.range(of: "root") == nil)
    }

    @Test(arguments: [
        "close, X-User-Id", "Authorization", "X-Forwarded-For", "Host", "Cookie",
        "Gatehouse-User", "close, x_user_id", "Content-Length", "Transfer-Encoding",
        "Content-Type", "If-Match", "gatehouse.user", "Expect",
    ])
    func `HTTP-22 protected and end-to-end names in Connection are refused`(
        _ options: String
    ) async throws {
        try await ProxyUnderTest.run { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nConnection: \(options)\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `HTTP-22 HTTP-27 hop-by-hop lines and what Connection names are removed`()
        async throws
    {
        let request = try await forwarded(
            "Connection: X-Hop, keep-alive, Upgrade, HTTP2-Settings\r\nX-Hop: root\r\n"
                + "Upgrade: h2c\r\nHTTP2-Settings: root\r\nKeep-Alive: root\r\n"
                + "Proxy-Connection: root\r\nTrailer: root\r\nX-Kept: 1")
        #expect(request.range(of: "root") == nil && request.range(of: "upgrade") == nil)
        #expect(request.range(of: "connection") == nil)
        #expect(request.range(of: "x-kept: 1\r\n") != nil)
    }

    @Test func `HTTP-42 TE is cut to trailers`() async throws {
        let request = try await forwarded("TE: gzip, trailers;q=0.5")
        #expect(request.range(of: "te: trailers\r\nconnection: te\r\n") != nil)
        #expect(request.range(of: "gzip") == nil)
        #expect(try await forwarded("TE: gzip").range(of: "te: ") == nil)
    }

    @Test func `HDR-12 internal and hop-by-hop lines of an answer are removed`() async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, _ in
            .forward(to: 0, rules: ForwardRules(removedResponseNames: ["Server"]))
        }
        options.script = { _ in
            .send(
                "HTTP/1.1 200 Fine\r\nGatehouse-User: root\r\nGatehouse_X: root\r\nServer: root\r\n"
                    + "Connection: X-Secret, keep-alive\r\nX-Secret: root\r\nKeep-Alive: root\r\n"
                    + "Upgrade: root\r\nProxy-Authenticate: root\r\nX: 1\r\nContent-Length: 0\r\n"
                    + "Strict-Transport-Security: a\r\nStrict-Transport-Security: a\r\n\r\n")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            let head = try await client.readAnswer().head
            #expect(
                head.hasPrefix(
                    "HTTP/1.1 200 Fine\r\nX: 1\r\nContent-Length: 0\r\n"
                        + "Strict-Transport-Security: a\r\nStrict-Transport-Security: a\r\n"
                        + "Via: 1.1 test\r\nDate: "))
            #expect(head.range(of: "root") == nil && head.range(of: "onnection") == nil)
        }
    }
}
