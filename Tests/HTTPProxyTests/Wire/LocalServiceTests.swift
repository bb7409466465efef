import HTTPProxy
import TestSupport
import Testing
import Transport
import Values

/// Requests that a service of this process answers.
@Suite struct LocalServiceTests {
    private static func options(_ service: TestService) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.verdict = { _, edits in
            edits.requestLines.append(text: "Gatehouse-User: u1\r\n")
            return .handOff(service)
        }
        return options
    }

    @Test func `a service gets the whole request and its answer is framed`() async throws {
        let service = TestService.echo()
        try await ProxyUnderTest.run(Self.options(service)) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /o%20x?a=b HTTP/1.1\r\nHost: g\r\nX-User-Id: root\r\nX: y\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
            let answer = try await client.readAnswer()
            #expect(answer.body == "POST /o%20x a=b hi")
            #expect(answer.head.range(of: "Content-Type: text/plain\r\n") != nil)
            #expect(answer.head.range(of: "\r\nDate: ") != nil)
            let request = try #require(service.requests.first)
            #expect(
                request.headers
                    == HeaderList([("Host", "g"), ("X", "y"), ("Gatehouse-User", "u1")])
            )
            #expect(request.requestID.text.utf8.count == 24)
            try await client.send("HEAD /h HTTP/1.1\r\nHost: g\r\n\r\n")
            let head = try await client.read(until: "\r\n\r\n")
            #expect(head.range(of: "Content-Length: 10\r\n") != nil)
            try await client.send("GET /next HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "GET /next - ")
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `a body above the service's limit is a 413 and the service is not asked`()
        async throws
    {
        let service = TestService(bodyLimit: 4) { _, responder in
            responder.answer(LocalResponse(status: 200))
        }
        try await ProxyUnderTest.run(Self.options(service)) { proxy in
            for body in [
                "Content-Length: 5\r\n\r\nhello",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            ] {
                let answer = try await proxy.answer(
                    to: "POST / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\(body)")
                #expect(answer.hasPrefix("HTTP/1.1 413 "))
            }
            #expect(service.requests.isEmpty)
        }
    }

    @Test func `bodies for services are bounded all together, and a small one always has room`()
        async throws
    {
        let service = TestService(bodyLimit: 4_096) { _, responder in
            responder.answer(LocalResponse(status: 200))
        }
        var options = Self.options(service)
        options.configure = {
            $0.limits.collectedBytes = 1_000
            $0.limits.collectedBytesOfEach = 100
        }
        try await ProxyUnderTest.run(options) { proxy in
            func status(_ count: Int) async throws -> String {
                let body = String(repeating: "x", count: count)
                let answer = try await proxy.answer(
                    to: "POST / HTTP/1.1\r\nHost: g\r\nConnection: close\r\n"
                        + "Content-Length: \(count)\r\n\r\n\(body)")
                return String(answer.prefix(12))
            }
            // What was served or refused takes no room any more.
            for _ in 0..<3 { #expect(try await status(1_100) == "HTTP/1.1 200") }
            for _ in 0..<3 { #expect(try await status(1_101) == "HTTP/1.1 503") }
            #expect(try await status(1_100) == "HTTP/1.1 200")
            // A client that does not end its body.
            let slow = try await proxy.connect()
            try await slow.send(
                "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 1100\r\n\r\n"
                    + String(repeating: "x", count: 1_050))
            var tries = 0
            while tries < 500, try await status(200) != "HTTP/1.1 503" { tries += 1 }
            #expect(tries < 500)
            #expect(try await status(100) == "HTTP/1.1 200")
            await slow.close()
            tries = 0
            while tries < 500, try await status(1_100) != "HTTP/1.1 200" { tries += 1 }
            #expect(tries < 500)
        }
    }

    @Test func `a responder that is dropped is a 500`() async throws {
        let service = TestService { _, _ in }
        try await ProxyUnderTest.run(Self.options(service)) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 500 "))
        }
    }

    @Test func `HTTP-37 a service's header with a line break is a 500, and nothing of it is sent`()
        async throws
    {
        for fields in [
            [("X", "a\r\nX-Admin: 1")], [("X\r\nY", "1")], [("", "1")], [("X", "\0")],
            [("Content-Length", "3")], [("transfer-encoding", "chunked")],
        ] {
            let service = TestService { _, responder in
                responder.answer(LocalResponse(status: 200, headers: HeaderList(fields)))
            }
            try await ProxyUnderTest.run(Self.options(service)) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
                let answer = try await client.readAnswer()
                #expect(answer.head.hasPrefix("HTTP/1.1 500 "))
                #expect(answer.head.range(of: "X-Admin") == nil)
            }
        }
    }

    @Test func `an answer from another thread comes through, and pipelined requests wait for it`()
        async throws
    {
        let shelf = ResponderShelf()
        let service = TestService { request, responder in
            if request.path == "/slow" {
                shelf.keep(responder)
            } else {
                responder.answer(LocalResponse(status: 200, body: Array("fast".utf8)))
            }
        }
        try await ProxyUnderTest.run(Self.options(service)) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "GET /slow HTTP/1.1\r\nHost: g\r\n\r\nGET /fast HTTP/1.1\r\nHost: g\r\n\r\n")
            while shelf.isEmpty { await Task.yield() }
            shelf.answer(LocalResponse(status: 201, body: Array("slow".utf8)))
            let slow = try await client.readAnswer()
            #expect(slow.head.hasPrefix("HTTP/1.1 201 Created\r\n") && slow.body == "slow")
            #expect(try await client.readAnswer().body == "fast")
        }
    }

    @Test func `an answer to a client that left, or that comes too late, is dropped`()
        async throws
    {
        let shelf = ResponderShelf()
        let service = TestService { _, responder in shelf.keep(responder) }
        var options = Self.options(service)
        options.configure = { $0.deadlines.service = .milliseconds(100) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            let answer = try await client.readTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 504 "))
            shelf.answer(LocalResponse(status: 200))
        }
        try await ProxyUnderTest.run(Self.options(service)) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n")
            while service.requests.count < 2 { await Task.yield() }
            await client.reset()
            #expect(await proxy.log.waitForOutcomes(1)[0].source == "client left")
            shelf.drop()
        }
    }

    @Test func `LocalServiceGate hands everything to its service`() async throws {
        let service = TestService.echo()
        let group = try EventLoopGroup(count: 1, name: "local")
        group.start()
        let server = try HTTPServer(
            group: group, address: .loopback(port: 0), configuration: HTTPServerConfiguration()
        ) { _ in LocalServiceGate(service) }
        let client = try await RawClient.connect(port: server.boundAddress.port ?? 0)
        try await client.send("GET /x HTTP/1.1\r\nHost: g\r\nGatehouse-User: u1\r\n\r\n")
        #expect(try await client.readAnswer().body == "GET /x - ")
        #expect(service.requests.first?.headers["gatehouse-user"] == "u1")
        try await client.send("GET /../x HTTP/1.1\r\nHost: g\r\n\r\n")
        let refused = try await client.readTextToEnd()
        #expect(refused.hasPrefix("HTTP/1.1 400 "))
        #expect(refused.range(of: #""code":"path-not-normal""#) != nil)
        await group.stop(drainDeadline: .zero)
    }
}
