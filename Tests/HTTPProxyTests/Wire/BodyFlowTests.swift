import HTTPProxy
import TestSupport
import Testing
import Transport

/// Bodies: expectations, refusals while a body comes, large ones, slow ones.
@Suite struct BodyFlowTests {
    private static func refusing(
        _ configure: @escaping @Sendable (inout HTTPServerConfiguration) -> Void = { _ in }
    )
        -> ProxyUnderTest.Options
    {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            line.hasPrefix("POST")
                ? .refuse(Refusal(status: 401, code: "unauthenticated"))
                : .forward(to: 0, rules: .standard)
        }
        options.configure = configure
        return options
    }

    @Test func `HTTP-31 an expected 100 comes after the decision, and the body is forwarded`()
        async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("hi")
            #expect(try await client.readAnswer().body == "ok")
            #expect(proxy.upstream.requests[0].hasSuffix("\r\n\r\nhi"))
            #expect(proxy.upstream.requests[0].range(of: "Expect") == nil)
        }
    }

    @Test func `HTTP-31 a refused request gets no 100, and its connection ends`() async throws {
        try await ProxyUnderTest.run(Self.refusing()) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n")
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `HTTP-32 a small body of a refused request is dropped and never parsed`()
        async throws
    {
        try await ProxyUnderTest.run(Self.refusing()) { proxy in
            let smuggled = "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n"
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 401 "))
            try await client.send(smuggled + "GET /next HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "ok")
            #expect(proxy.log.admitted == ["POST /a", "GET /next"])
        }
    }

    @Test(arguments: ["Content-Length: 1000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n"])
    func `HTTP-32 a large or endless body of a refused request ends the connection`(
        _ framing: String
    ) async throws {
        try await ProxyUnderTest.run(Self.refusing()) { proxy in
            let client = try await proxy.connect()
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\n" + framing)
            try await client.send("GET /admin HTTP/1.1\r\nHost: g\r\n\r\n")
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.occurrences(of: "HTTP/1.1 ") == 1)
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            #expect(proxy.log.admitted == ["POST /a"])
        }
    }

    @Test func `a body above the limit is refused, known or counted`() async throws {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.limits.bodyBytes = 10 }
        try await ProxyUnderTest.run(options) { proxy in
            let known = try await proxy.answer(
                to:
                    "POST /a HTTP/1.1\r\nHost: g\r\nConnection: close\r\n"
                    + "Content-Length: 11\r\n\r\nhello world"
            )
            #expect(known.hasPrefix("HTTP/1.1 413 "))
            let counted = try await proxy.answer(
                to: "POST /a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "b\r\nhello world\r\n0\r\n\r\n")
            #expect(counted.hasPrefix("HTTP/1.1 413 "))
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `AV-11 eight megabytes go both ways, in length and in chunks`() async throws {
        let size = 8 << 20
        let body = [UInt8](repeating: UInt8(ascii: "z"), count: size)
        var options = ProxyUnderTest.Options()
        options.script = { request in
            let isWhole = request.utf8.count > size
            if request.hasPrefix("GET") {
                return .sendBytes(
                    Array("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n".utf8) + body)
            }
            return .send("HTTP/1.1 \(isWhole ? 200 : 500) X\r\nContent-Length: 0\r\n\r\n")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let down = try await RawClient.connect(port: proxy.port, receiveBuffer: 8192)
            try await down.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            _ = try await down.read(until: "\r\n\r\n")
            #expect(try await down.read(count: size) == body)
        }
    }

    @Test func `AV-11 a large upload to a slow upstream is held back, not stored`() async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.configure = { $0.limits.bodyBytes = 1 << 30 }
        try await ProxyUnderTest.run(options) { proxy in
            // More than a stream keeps: without holding back, the connection would be cut.
            let client = try await proxy.connect()
            let size = 32 << 20
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: \(size)\r\n\r\n")
            async let sending: Void = client.send([UInt8](repeating: 1, count: size))
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            for _ in 0..<32 { _ = try await upstream.read(count: 1 << 20) }
            try await sending
            try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            #expect(try await client.readAnswer().body == "ok")
            #expect(await proxy.log.waitForOutcomes(1)[0].requestBodyBytes == size)
        }
        await server.close()
    }

    @Test func `AV-12 a client that leaves in the middle takes its upstream connection along`()
        async throws
    {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        try await ProxyUnderTest.run(options) { proxy in
            // In the middle of an upload.
            let first = try await proxy.connect()
            try await first.send("POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\nhello")
            var upstream = try await server.accept()
            _ = try await upstream.read(until: "hello")
            await first.close()
            _ = try? await upstream.readToEnd()
            #expect(await proxy.log.waitForOutcomes(1)[0].source == "client left")
            // In the middle of a download.
            let second = try await proxy.connect()
            try await second.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            _ = try await second.read(until: "hello")
            await second.reset()
            _ = try? await upstream.readToEnd()
            let outcome = await proxy.log.waitForOutcomes(2)[1]
            #expect(outcome.status == 200 && !outcome.isComplete)
        }
        await server.close()
    }

    @Test func `a client that half-closes after its request is still answered`() async throws {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            try await client.finishWriting()
            #expect(try await client.readTextToEnd().hasSuffix("ok"))
            let partial = try await proxy.connect()
            try await partial.send("GET /a HTTP/1.1\r\nHost")
            try await partial.finishWriting()
            #expect(try await partial.readTextToEnd() == "")
        }
    }

    @Test func `HTTP-37 a request's trailers never end an answer that came early`() async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n0\r\nX-Mine: 1\r\n")
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "hello")
            try await upstream.send(
                "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2\r\nno\r\n0\r\nX-Theirs: 1\r\n\r\n")
            let answer = try await client.readTextToEnd()
            #expect(answer.hasSuffix("2\r\nno\r\n0\r\nX-Theirs: 1\r\n\r\n"))
        }
        await server.close()
    }
}
