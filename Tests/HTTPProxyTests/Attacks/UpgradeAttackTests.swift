import HTTPProxy
import TestSupport
import Testing

/// Requests that ask for another protocol: they are served as plain HTTP/1.1, and nothing is relayed raw.
@Suite struct UpgradeAttackTests {
    static let unasked: [String] = [
        "GET /ws HTTP/1.1\r\nHost: g\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: g\r\nConnection: upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: g\r\nUpgrade: websocket\r\n\r\n",
        "POST /ws HTTP/1.1\r\nHost: g\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            + "Content-Length: 2\r\n\r\nhi",
        "GET /ws HTTP/1.0\r\nHost: g\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: g\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUPGRADE: H2C\r\n"
            + "Http2-Settings: x\r\n\r\n",
    ]

    @Test(arguments: unasked)
    func `HTTP-27 an unasked upgrade never reaches the upstream`(_ request: String) async throws {
        try await ProxyUnderTest.run { proxy in
            let forwarded = try await proxy.forwarded(request)
            for word in ["upgrade", "h2c", "http2-settings", "websocket"] {
                #expect(forwarded.range(of: word) == nil, "\(forwarded)")
            }
        }
    }

    @Test(arguments: [200, 403])
    func `HTTP-26 bytes behind an upgrade are a request that is judged alone`(
        _ status: Int
    ) async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            line == "GET /admin"
                ? .refuse(Refusal(status: 401, code: "unauthenticated"))
                : .forward(to: 0, rules: .standard)
        }
        options.script = { _ in .send("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok") }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "GET /ws HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    + "\r\nGET /admin HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 \(status) "))
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 401 "))
            #expect(proxy.log.admitted == ["GET /ws", "GET /admin"])
            #expect(proxy.upstream.requests.count == 1)
            #expect(proxy.upstream.received.range(of: "/admin") == nil)
        }
    }

    @Test func `HTTP-26 frames behind an upgrade are refused, not relayed`() async throws {
        let frame: [UInt8] = [0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6F, 0x68, 0x6E]
        try await ProxyUnderTest.run { proxy in
            let answer = try await proxy.answer(
                to: Array(
                    "GET /ws HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                        .utf8) + frame + Array("\r\n\r\n".utf8))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.range(of: "HTTP/1.1 400 ") != nil)
            #expect(proxy.upstream.requests.count == 1)
            #expect(!proxy.upstream.received.utf8.contains(0x81))
            try await proxy.expectServing()
        }
    }
}
