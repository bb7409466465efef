import HTTPProxy
import TestSupport
import Testing
import Transport

/// Interim answers (1xx) of upstreams.
@Suite struct InterimAnswerTests {
    static let hints =
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
        + "Keep-Alive: timeout=5\r\nGatehouse-User: root\r\nContent-Length: 0\r\nServer: s\r\n\r\n"
    static let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func options(_ reply: String) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.script = { _ in .send(reply) }
        options.verdict = { _, _ in
            .forward(to: 0, rules: ForwardRules(removedResponseNames: ["Server"]))
        }
        return options
    }

    @Test func `HTTP-30 interim answers are passed on without what concerns one connection`()
        async throws
    {
        try await ProxyUnderTest.run(
            Self.options("HTTP/1.1 100 Continue\r\n\r\n" + Self.hints + Self.final)
        ) { proxy in
            let client = try await proxy.connect()
            for _ in 0..<2 {
                try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
                #expect(
                    try await client.read(until: "\r\n\r\n")
                        == "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
                #expect(try await client.readAnswer().body == "ok")
            }
            #expect(proxy.upstream.connectionCount == 1)
        }
    }

    @Test func `HTTP-30 a client of HTTP/1.0 gets the final answer alone`() async throws {
        try await ProxyUnderTest.run(Self.options(Self.hints + Self.final)) { proxy in
            let answer = try await proxy.answer(to: "GET /a HTTP/1.0\r\nHost: g\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func `HTTP-30 sixteen interim answers are passed on, the next one is a fault`()
        async throws
    {
        let flood = String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 10_000)
        try await ProxyUnderTest.run(Self.options(flood)) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            for _ in 0..<16 {
                #expect(
                    try await client.read(until: "\r\n\r\n")
                        == "HTTP/1.1 103 Early Hints\r\n\r\n")
            }
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 502 "))
            #expect(answer.body.range(of: "upstream-bad-response") != nil)
        }
    }

    @Test func `HTTP-30 the time for the final answer runs on behind interim ones`() async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.configure = { $0.upstreams[0].responseTimeout = .milliseconds(300) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            // An upstream that goes on with them does not put the end off.
            for _ in 0..<10 {
                try await upstream.send("HTTP/1.1 102 Processing\r\n\r\n")
                #expect(
                    try await client.read(until: "\r\n\r\n") == "HTTP/1.1 102 Processing\r\n\r\n")
            }
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 504 "))
            #expect((try? await upstream.readToEnd())?.isEmpty != false)
        }
        await server.close()
    }
}
