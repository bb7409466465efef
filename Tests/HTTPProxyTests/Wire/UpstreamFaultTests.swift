import HTTPProxy
import TestSupport
import Testing
import Transport

/// Upstreams that break rules, break off, or do not answer.
@Suite struct UpstreamFaultTests {
    static let get = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"

    private static func options(_ reply: RecordingUpstream.Reply) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.script = { _ in reply }
        return options
    }

    static let badHeads: [RefusedBytes] = [
        .init("both", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .init("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        .init("equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"),
        .init("CR in value", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"),
        .init("bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        .init("bare LF in field", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 0\r\n\r\n"),
        .init("NUL", "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"),
        .init("folding", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"),
        .init("unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        .init("coding in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .init("version", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        .init("status", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"),
        .init("status 600", "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n"),
        .init("status 2000", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
        .init("nonsense", "hello, this is not HTTP at all\r\n\r\n"),
        .init("space before colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"),
        .init("look-alike", "HTTP/1.1 200 OK\r\nContent_Length: 0\r\n\r\n"),
        .init("HTTP-26", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
        .init(
            "huge", "HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 40_000))\r\n\r\n"),
        .init("204 with a body", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"),
        .init("204 that announces one", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"),
        .init("204 in chunks", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .init("bytes behind 204", "HTTP/1.1 204 No Content\r\n\r\nhello"),
        .init("bytes behind 304", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\nhello"),
        .init("205 with a body", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello"),
        .init("bytes behind the length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n"),
        .init(
            "two answers",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX: y\r\n\r\n"),
        .init("100 behind an answer", "HTTP/1.1 304 No\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
        .init("100 with a body", "HTTP/1.1 100 Go\r\nContent-Length: 5\r\n\r\nhello"),
        .init("103 in chunks", "HTTP/1.1 103 Go\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .init(
            "HTTP-30 flood of 100",
            String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 10_000)),
    ]

    @Test(arguments: badHeads) func `HTTP-26 HTTP-30 HTTP-36 a malformed answer is a 502`(
        _ fault: RefusedBytes
    ) async throws {
        try await ProxyUnderTest.run(Self.options(.sendBytes(fault.bytes))) { proxy in
            let client = try await proxy.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                let answer = try await client.readAnswer()
                #expect(answer.head.hasPrefix("HTTP/1.1 502 "), "\(fault.name)")
                #expect(answer.body.range(of: "upstream-bad-response") != nil)
            }
            // The connection of a faulty answer is not used again.
            #expect(proxy.upstream.connectionCount == 2)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nConte"])
    func `HTTP-30 an upstream that gives no final answer in time is a 504`(
        _ start: String
    ) async throws {
        var options = Self.options(.send(start))
        options.configure = { $0.upstreams[0].responseTimeout = .milliseconds(100) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 504 "))
            #expect(answer.body.range(of: "upstream-timeout") != nil)
        }
    }

    static let badBodies = [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    ]

    @Test(arguments: badBodies) func `HTTP-36 a bad chunk cuts the client's connection`(
        _ reply: String
    ) async throws {
        try await ProxyUnderTest.run(Self.options(.send(reply))) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            await #expect(throws: RawClient.Failure.self) {
                let answer = try await client.readTextToEnd()
                // Whatever was sent, it must not look complete.
                #expect(answer.range(of: "\r\n0\r\n\r\n") == nil)
                throw RawClient.Failure.reset
            }
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.source == "upstream failure upstream-bad-response")
            #expect(!outcome.isComplete)
        }
    }

    static let cutBodies = [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ]

    @Test(arguments: cutBodies)
    func `AV-08 an upstream that leaves in the middle cuts the client's connection`(
        _ reply: String
    ) async throws {
        for ending in [RecordingUpstream.Reply.sendThenClose(reply), .sendThenReset(reply)] {
            try await ProxyUnderTest.run(Self.options(ending)) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get)
                let answer = try? await client.readTextToEnd()
                #expect(answer?.hasSuffix("0\r\n\r\n") != true)
                let outcome = await proxy.log.waitForOutcomes(1)[0]
                #expect(!outcome.isComplete)
            }
        }
    }

    @Test func `an answer that stalls in the middle cuts the client's connection`() async throws {
        var options = Self.options(.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"))
        options.configure = { $0.upstreams[0].bodyIdleTimeout = .milliseconds(100) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            _ = try? await client.readTextToEnd()
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.source == "upstream failure upstream-stalled")
        }
    }

    @Test func `AV-06 an upstream that refuses the connection is a 502`() async throws {
        var options = ProxyUnderTest.Options()
        let reserved = ReservedPort()
        options.target = .loopback(port: reserved.port)
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                let answer = try await client.readAnswer()
                #expect(answer.head.hasPrefix("HTTP/1.1 502 "))
                #expect(answer.body.range(of: "upstream-refused") != nil)
            }
        }
    }

    @Test func `an upstream that closes without an answer is a 502`() async throws {
        try await ProxyUnderTest.run(Self.options(.close)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 502 "))
            #expect(answer.body.range(of: "upstream-closed") != nil)
            #expect(proxy.upstream.requests.count == 1)
        }
    }

    @Test
    func `AV-09 a reused connection that closes without a byte is replaced once, for GET only`()
        async throws
    {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        var options = ProxyUnderTest.Options()
        options.script = { request in
            // The second request of a connection finds it closing.
            request.range(of: "/again") != nil && request.range(of: "X-Fresh") == nil
                ? .close : .send(answer)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            #expect(try await client.readAnswer().body == "ok")
            try await client.send("GET /again HTTP/1.1\r\nHost: g\r\n\r\n")
            // The replacement closes as well: its failure is final.
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 502 "))
            #expect(proxy.upstream.requests.count == 3)
            #expect(proxy.upstream.connectionCount == 2)
            try await client.send(Self.get)
            #expect(try await client.readAnswer().body == "ok")
            try await client.send(
                "POST /again HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 502 "))
            #expect(proxy.upstream.requests.count == 5)
        }
    }

    @Test func `an idle connection that the upstream closes is not used again`() async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                let upstream = try await server.accept()
                _ = try await upstream.read(until: "\r\n\r\n")
                try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                #expect(try await client.readAnswer().body == "ok")
                await upstream.close()
            }
        }
        await server.close()
    }

    @Test func `HTTP-36 an answer without a body keeps what its head says of one`() async throws {
        for (request, reply, head) in [
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "Content-Length: 5"),
            (
                "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "Transfer-Encoding: chunked"
            ),
            ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204"),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "Content-Length: 5"),
            ("GET", "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", "Content-Length: 0"),
        ] {
            try await ProxyUnderTest.run(Self.options(.send(reply))) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    try await client.send("\(request) /a HTTP/1.1\r\nHost: g\r\n\r\n")
                    let answer = try await client.read(until: "\r\n\r\n")
                    #expect(answer.range(of: head) != nil)
                    #expect(
                        answer.range(of: "204") == nil || answer.range(of: "Content-Len") == nil)
                }
                #expect(proxy.upstream.connectionCount == 1)
            }
        }
    }

    @Test func `an answer that ends with its connection is forwarded in chunks`() async throws {
        for reply in ["HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.0 200\r\n\r\nhello"] {
            try await ProxyUnderTest.run(Self.options(.sendThenClose(reply))) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    try await client.send(Self.get)
                    let answer = try await client.read(until: "\r\n0\r\n\r\n")
                    #expect(answer.hasPrefix("HTTP/1.1 200"))
                    #expect(answer.range(of: "Transfer-Encoding: chunked\r\n") != nil)
                    #expect(answer.hasSuffix("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
                }
            }
        }
    }

    @Test func `an answer's trailers are forwarded, but for those that frame or identify`()
        async throws
    {
        let reply =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\n"
            + "X-Sum: 1\r\nContent-Length: 9\r\nGatehouse-User: root\r\nSet-Cookie: a\r\n\r\n"
        try await ProxyUnderTest.run(Self.options(.send(reply))) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let answer = try await client.read(until: "\r\n0\r\n") + client.read(until: "\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"))
        }
    }

    @Test func `an upstream index that does not exist is a 502, a full pool a 503`() async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            .forward(to: line.hasSuffix("none") ? 3 : 0, rules: .standard)
        }
        options.configure = { $0.upstreams[0].maxConnections = 1 }
        options.script = { _ in .none }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /none HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 502 "))
            try await client.send(Self.get)
            let second = try await proxy.connect()
            while proxy.upstream.requests.isEmpty { await Task.yield() }
            try await second.send(Self.get)
            #expect(try await second.readAnswer().head.hasPrefix("HTTP/1.1 503 "))
        }
    }
}
