import HTTPProxy
import TestSupport
import Testing
import Transport

/// Answers that come while the request is still being sent.
@Suite struct EarlyAnswerTests {
    /// A client, and an upstream that has read the head and the first five bytes of its body.
    private static func exchange(
        _ framing: String, _ configure: @escaping @Sendable (inout HTTPServerConfiguration) -> Void,
        _ body: (ProxyUnderTest, RawClient, RawClient) async throws -> Void
    ) async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.configure = configure
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\n" + framing)
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "hello")
            try await body(proxy, client, upstream)
        }
        await server.close()
    }

    static let refusal = "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"

    @Test func `HTTP-32 a little that is left of the body is dropped behind an early answer`()
        async throws
    {
        try await Self.exchange("Content-Length: 10\r\n\r\nhello", { _ in }) {
            proxy, client, upstream in
            try await upstream.send(Self.refusal)
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 403 No\r\n") && answer.body == "no")
            #expect(answer.head.range(of: "Connection: close\r\n") == nil)
            // The upstream has no exact end of a request: its connection is not used again.
            #expect(try await upstream.readToEnd().isEmpty)
            try await client.send("worldOPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 204 "))
            #expect(proxy.log.admitted == ["POST /a"])
        }
    }

    @Test(arguments: [
        "Content-Length: 1000000\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ])
    func `HTTP-32 a lot that is left of the body ends the connection behind an early answer`(
        _ framing: String
    ) async throws {
        try await Self.exchange(framing, { _ in }) { proxy, client, upstream in
            try await upstream.send(Self.refusal)
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 403 No\r\n") && answer.hasSuffix("\r\n\r\nno"))
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            #expect(await proxy.log.waitForOutcomes(1)[0].isComplete)
        }
    }

    @Test func `AV-08 an early answer reaches the client although its upstream resets at once`()
        async throws
    {
        let size = 8 << 20
        try await Self.exchange("Content-Length: \(size)\r\n\r\nhello", { _ in }) {
            proxy, client, upstream in
            async let sending: Void? = try? await client.send([UInt8](repeating: 1, count: size))
            try await upstream.send(Self.refusal)
            // What the proxy still sends is unread: closing makes a reset of it.
            await upstream.close()
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 403 No\r\n") && answer.body == "no")
            #expect(answer.head.range(of: "Connection: close\r\n") != nil)
            await client.close()
            _ = await sending
        }
    }

    @Test func `an early answer and the rest of the body may come side by side`() async throws {
        try await Self.exchange("Content-Length: 10\r\n\r\nhello", { _ in }) {
            proxy, client, upstream in
            try await upstream.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            _ = try await client.read(until: "1\r\na\r\n")
            try await client.send("world")
            #expect(try await upstream.read(count: 5) == Array("world".utf8))
            try await upstream.send("1\r\nb\r\n0\r\n\r\n")
            #expect(try await client.read(until: "0\r\n\r\n") == "1\r\nb\r\n0\r\n\r\n")
            try await client.send("GET /b HTTP/1.1\r\nHost: g\r\n\r\n")
            // The request was complete before the answer was: the connection serves the next one.
            _ = try await upstream.read(until: "\r\n\r\n")
            try await upstream.send(Self.refusal)
            #expect(try await client.readAnswer().body == "no")
        }
    }

    @Test func `a body above the limit is a 413 while it is sent, and cuts an answer under way`()
        async throws
    {
        let framing = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        try await Self.exchange(framing, { $0.limits.bodyBytes = 8 }) { proxy, client, upstream in
            try await client.send("5\r\nworld\r\n")
            #expect(try await client.readTextToEnd().hasPrefix("HTTP/1.1 413 "))
            // The upstream sees that the request is broken off.
            #expect((try? await upstream.readTextToEnd())?.hasSuffix("0\r\n\r\n") != true)
        }
        try await Self.exchange(framing, { $0.limits.bodyBytes = 8 }) { proxy, client, upstream in
            try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            _ = try await client.read(until: "abc")
            try await client.send("5\r\nworld\r\n")
            let rest = try? await client.readTextToEnd()
            #expect(rest?.range(of: "HTTP/1.1") == nil)
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.status == 200 && !outcome.isComplete)
        }
    }
}
