import HTTPProxy
import TestSupport
import Testing

/// Bodies that want to be read as requests, on both sides.
@Suite struct BodyAttackTests {
    static let smuggled = "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n"

    @Test(arguments: ["5;a=b", "5;a=\"b\"", "5;a", "5;a=b;c"])
    func `HTTP-10 a legal extension is accepted and not forwarded`(_ size: String) async throws {
        try await ProxyUnderTest.run { proxy in
            let request = try await proxy.forwarded(
                "POST /a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "\(size)\r\nhello\r\n0\r\n\r\n")
            #expect(request.hasSuffix("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
        }
    }

    @Test func `HTTP-31 a body that comes although it was not asked for is never a request`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            line.hasPrefix("POST")
                ? .refuse(Refusal(status: 401, code: "unauthenticated"))
                : .forward(to: 0, rules: .standard)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "POST /a HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(Self.smuggled.utf8.count)\r\n\r\n" + Self.smuggled
                    + "GET /next HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(!proxy.log.admitted.contains("GET /admin"))
            #expect(proxy.upstream.received.range(of: "/admin") == nil)
            try await proxy.expectServing()
        }
    }

    @Test func `HTTP-31 a slow body behind an expectation arrives byte for byte`() async throws {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            for byte in Array("5\r\nhello\r\n0\r\n\r\n".utf8) { try await client.send([byte]) }
            #expect(try await client.readAnswer().body == "ok")
            let request = proxy.upstream.requests.joined()
            let body = ChunkedFramingProbe.read(
                Array(
                    request[(request.range(of: "\r\n\r\n")?.upperBound ?? request.startIndex)...]
                        .utf8))
            #expect(body.data == Array("hello".utf8) && body.rest == 0)
        }
    }

    @Test func `HTTP-31 HTTP/1.0 has no expectations`() async throws {
        try await ProxyUnderTest.run { proxy in
            let answer = try await proxy.answer(
                to: "POST /a HTTP/1.0\r\nHost: g\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 2\r\n\r\nhi")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "OPTIONS"])
    func `HTTP-33 a body of a method that has none is a body on both sides`(
        _ method: String
    ) async throws {
        var options = ProxyUnderTest.Options()
        options.script = { request in
            .send(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                    + (request.hasPrefix("HEAD") ? "" : "ok"))
        }
        for isChunked in [false, true] {
            try await ProxyUnderTest.run(options) { proxy in
                let body = Self.smuggled
                let framing =
                    isChunked
                    ? "Transfer-Encoding: chunked\r\n\r\n"
                        + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                    : "Content-Length: \(body.utf8.count)\r\n\r\n" + body
                let answer = try await proxy.answer(
                    to: "\(method) /public/a HTTP/1.1\r\nHost: g\r\n\(framing)"
                        + "GET /end HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
                #expect(answer.occurrences(of: "HTTP/1.1 200 ") == 2, "\(answer)")
                #expect(proxy.log.admitted == ["\(method) /public/a", "GET /end"])
                #expect(proxy.upstream.requests.count == 2, "\(proxy.upstream.requests)")
                #expect(proxy.upstream.requests.first?.range(of: body) != nil)
            }
        }
    }

    @Test func `AV-11 an upload that comes faster than its upstream connection opens goes on`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.script = { _ in
            .sendThenClose(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let body = [UInt8](repeating: UInt8(ascii: "u"), count: 200_000)
            let client = try await proxy.connect()
            for _ in 0..<10 {
                // In one write: more than a stream keeps before it pauses its source.
                try await client.send(
                    Array(
                        "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
                        + body)
                #expect(try await client.readAnswer().body == "ok")
            }
            #expect(proxy.upstream.connectionCount == 10)
        }
    }

    static let overlong: [(method: String, answer: String)] = [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
        ("GET", "HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 Evil\r\nContent-Length: 0\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 Evil\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 Evil\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
                + "HTTP/1.1 200 Evil\r\n\r\n"
        ),
    ]

    @Test(arguments: overlong)
    func `HTTP-36 bytes behind an answer are a fault, and end the upstream connection`(
        _ method: String, _ reply: String
    ) async throws {
        var options = ProxyUnderTest.Options()
        options.script = { request in
            request.hasPrefix("GET /good")
                ? .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") : .send(reply)
        }
        try await ProxyUnderTest.run(options) { proxy in
            for _ in 0..<2 {
                let client = try await proxy.connect()
                try await client.send("\(method) /a HTTP/1.1\r\nHost: g\r\n\r\n")
                if method == "GET", reply.range(of: "chunked") != nil {
                    // The head is passed on before the end is seen.
                    let answer = (try? await client.readTextToEnd()) ?? ""
                    #expect(answer.range(of: "\r\n0\r\n\r\n") == nil, "\(answer)")
                    #expect(answer.range(of: "Evil") == nil)
                } else {
                    let head = try await client.read(until: "\r\n\r\n")
                    #expect(head.hasPrefix("HTTP/1.1 502 "), "\(head)")
                }
                await client.close()
            }
            let client = try await proxy.connect()
            // Whatever stood behind is not the answer to the next request, on no connection.
            try await client.send("GET /good HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            let last = try await client.readTextToEnd()
            #expect(last.hasPrefix("HTTP/1.1 200 OK\r\n") && last.hasSuffix("\r\n\r\nok"))
            #expect(last.range(of: "Evil") == nil)
            #expect(proxy.upstream.connectionCount >= 3)
        }
    }

    static let cut = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n",
    ]

    @Test(arguments: cut)
    func `AV-08 an answer that ends early never looks complete`(_ reply: String) async throws {
        var options = ProxyUnderTest.Options()
        options.script = { $0.hasPrefix("GET /good") ? .send(Self.good) : .sendThenClose(reply) }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try? await proxy.answer(to: "GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            if let answer, answer.range(of: "HTTP/1.1 502 ") == nil {
                #expect(!answer.hasSuffix("0\r\n\r\n"), "\(answer)")
                #expect(
                    answer.range(of: "chunked") != nil || answer.range(of: "Length: 10") != nil)
            }
            #expect(await !proxy.log.waitForOutcomes(1)[0].isComplete)
            try await proxy.expectServing()
        }
    }

    static let good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
}
