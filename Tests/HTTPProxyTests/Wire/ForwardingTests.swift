import HTTPProxy
import TestSupport
import Testing
import Transport
import Values

/// What reaches the upstream, and what comes back.
@Suite struct ForwardingTests {
    static let ours =
        "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: g\r\n"
        + "X-Forwarded-Port: 80\r\nVia: 1.1 test\r\n"

    @Test func `a request is forwarded as it came with our lines behind it`() async throws {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "GET /public/a?x=1 HTTP/1.1\r\nHost: g\r\nAccept: */*\r\n"
                    + "Connection: keep-alive\r\nX-A:  b \r\n\r\n")
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"))
            #expect(answer.body == "ok")
            #expect(
                proxy.upstream.namelessRequests == [
                    "GET /public/a?x=1 HTTP/1.1\r\nHost: g\r\nAccept: */*\r\nX-A:  b \r\n"
                        + Self.ours + "\r\n"
                ])
        }
    }

    @Test func `lines of the gate are added in both directions`() async throws {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            edits.requestLines.append(text: "Gatehouse-User: u1\r\n")
            edits.responseLines.append(text: "Cache-Control: private\r\n")
            edits.tag = 7
            return .forward(to: 0, rules: .standard)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(answer.range(of: "Cache-Control: private\r\n") != nil)
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            #expect(
                proxy.upstream.namelessRequests == [
                    "GET /a HTTP/1.1\r\nHost: g\r\n" + Self.ours + "Gatehouse-User: u1\r\n\r\n"
                ])
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.status == 200 && outcome.tag == 7 && outcome.isComplete)
            #expect(outcome.responseBodyBytes == 2)
        }
    }

    @Test func `a body with a length arrives byte for byte, in one write with its head`()
        async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            for body in ["hello", String(repeating: "x", count: 40_000)] {
                try await client.send(
                    "POST /a HTTP/1.1\r\nHost: g\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                _ = try await client.readAnswer()
                #expect(
                    proxy.upstream.namelessRequests.last
                        == "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: \(body.utf8.count)\r\n"
                        + Self.ours + "\r\n" + body)
            }
            #expect(proxy.upstream.connectionCount == 1)
        }
    }

    @Test func `HTTP-10 HDR-13 chunks are forwarded without extensions, trailers filtered`()
        async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: Chunked\r\n\r\n"
                    + "5;a=b;c=\"d\\\"\"\r\nhello\r\n003\r\nabc\r\n0\r\n"
                    + "X-Sum: 1\r\nAuthorization: Bearer x\r\nContent-Length: 3\r\n"
                    + "Gatehouse_User: root\r\nX-User-Id: root\r\n\r\n")
            _ = try await client.readAnswer()
            #expect(
                proxy.upstream.namelessRequests == [
                    "POST /a HTTP/1.1\r\nHost: g\r\n" + Self.ours
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
                ])
        }
    }

    @Test func `HTTP-33 a GET's body is forwarded with its length`() async throws {
        try await ProxyUnderTest.run { proxy in
            let smuggled = "GET /admin HTTP/1.1\r\nHost: g\r\n\r\n"
            let client = try await proxy.connect()
            try await client.send(
                "GET /public/a HTTP/1.1\r\nHost: g\r\n"
                    + "Content-Length: \(smuggled.utf8.count)\r\n\r\n"
                    + smuggled)
            _ = try await client.readAnswer()
            #expect(proxy.upstream.requests.count == 1)
            #expect(proxy.upstream.requests[0].hasSuffix(smuggled))
            #expect(proxy.log.admitted == ["GET /public/a"])
        }
    }

    @Test func `HTTP-34 a hundred pipelined requests are judged alone and answered in order`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.verdict = { line, _ in
            line.hasSuffix("1")
                ? .refuse(Refusal(status: 401, code: "unauthenticated"))
                : .forward(to: 0, rules: .standard)
        }
        options.script = { request in
            let target = request.split(separator: " ")[1]
            return .send("HTTP/1.1 200 OK\r\nContent-Length: \(target.utf8.count)\r\n\r\n\(target)")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                (0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: g\r\n\r\n" }.joined())
            for number in 0..<100 {
                let answer = try await client.readAnswer()
                if number % 10 == 1 {
                    #expect(answer.head.hasPrefix("HTTP/1.1 401 "))
                } else {
                    #expect(answer.body == "/\(number)")
                }
            }
            #expect(proxy.upstream.requests.count == 90)
            #expect(proxy.upstream.connectionCount == 1)
        }
    }

    @Test func `HTTP-20 an absolute target that names the host is forwarded in origin form`()
        async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send("GET HTTP://G/public/a?b HTTP/1.1\r\nHost: g\r\n\r\n")
            _ = try await client.readAnswer()
            #expect(
                proxy.upstream.namelessRequests == [
                    "GET /public/a?b HTTP/1.1\r\nHost: g\r\n" + Self.ours + "\r\n"
                ])
        }
    }

    @Test(arguments: ["", "Max-Forwards: 0\r\n", "Max-Forwards: 7\r\n"])
    func `HTTP-21 HTTP-42 OPTIONS of the server itself is answered here`(
        _ field: String
    ) async throws {
        try await ProxyUnderTest.run { proxy in
            let answer = try await proxy.answer(
                to: "OPTIONS * HTTP/1.1\r\nHost: g\r\n\(field)Connection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
            #expect(proxy.upstream.received.isEmpty && proxy.log.admitted.isEmpty)
        }
    }

    @Test func `the upstream's own name replaces the client's Host where it is configured`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams[0].authority = "inner.test:81" }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nX: y\r\nHost: g\r\nZ: z\r\n\r\n")
            _ = try await client.readAnswer()
            #expect(
                proxy.upstream.namelessRequests == [
                    "GET /a HTTP/1.1\r\nHost: inner.test:81\r\nX: y\r\nZ: z\r\n" + Self.ours
                        + "\r\n"
                ])
        }
    }

    @Test func `a client of HTTP/1.0 gets a plain answer and the end of the connection`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.script = { _ in
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.0\r\nHost: g\r\nConnection: keep-alive\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nok"))
            #expect(answer.range(of: "Transfer-Encoding") == nil)
            #expect(proxy.upstream.requests[0].hasPrefix("GET /a HTTP/1.1\r\n"))
        }
    }

    @Test func `PATH-08 PATH-14 PATH-15 PATH-21 every accepted target is forwarded as it came`()
        async throws
    {
        var generator = SeededGenerator(seed: 21)
        let pieces = [
            "a", "Z", "9", "-", ".x", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", "=",
            ":", "@", "%20", "%C3%A9", "%e2%82%ac", "%23", "%3f", "%3B", "%25", "%25a", "...",
        ]
        var targets = ["/", "/admin", "/admin/", "/public?x=/../admin", "/a?b?c", "/a?", "/a%23/b"]
        for _ in 0..<1000 {
            let segments = (0...Int.random(in: 0...4, using: &generator)).map { _ in
                (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                    pieces.randomElement(using: &generator) ?? "a"
                }.joined()
            }
            var target = "/" + segments.joined(separator: "/")
            if Bool.random(using: &generator) { target += "/" }
            if Bool.random(using: &generator) { target += "?q=%2e%2e/;#".dropLast() + "\\|" }
            targets.append(target)
        }
        targets = targets.filter { (try? PathNormalFormProbe.check($0)) != nil }
        #expect(targets.count > 500)
        let all = targets
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            for target in all {
                try await client.send("GET \(target) HTTP/1.1\r\nHost: g\r\n\r\n")
                let answer = try await client.readAnswer()
                #expect(answer.head.hasPrefix("HTTP/1.1 200 "), "\(target)")
            }
            let sent = proxy.upstream.requests.map { String($0.split(separator: " ")[1]) }
            #expect(sent == all)
            #expect(proxy.log.admitted == all.map { "GET \($0)" })
        }
    }
}
