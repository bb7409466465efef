import HTTPProxy
import TestSupport
import Testing
import Transport

/// Requests that are sent again, or to another address: only where nothing can be done twice.
@Suite struct RetryTests {
    static let get = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"
    static let post = "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello"

    @Test(arguments: [get, post])
    func `AV-06 the next address gets a request whose first address refuses`(
        _ request: String
    ) async throws {
        let reserved = ReservedPort()
        let refused = SocketAddress.loopback(port: reserved.port)
        defer { withExtendedLifetime(reserved) {} }
        var options = ProxyUnderTest.Options()
        options.script = { _ in
            .sendThenClose("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        }
        options.configure = {
            $0.upstreams[0].addresses.insert(refused, at: 0)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            for _ in 0..<3 {
                try await client.send(request)
                #expect(try await client.readAnswer().body == "ok")
            }
            let counters = await proxy.server.counters().upstreams[0]
            // The address that worked is remembered: the other one is tried once.
            #expect(counters.requests == 3 && counters.connects == 4)
            #expect(counters.connectFailures == 1 && counters.retries == 1)
            #expect(proxy.upstream.requests.count == 3)
        }
    }

    @Test func `AV-06 a large body goes to the next address from its first byte`() async throws {
        let reserved = ReservedPort()
        let refused = SocketAddress.loopback(port: reserved.port)
        defer { withExtendedLifetime(reserved) {} }
        let size = 300_000
        var options = ProxyUnderTest.Options()
        options.configure = {
            $0.upstreams[0].addresses.insert(refused, at: 0)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            let body = (0..<size / 8).map { "\(10_000_000 + $0)" }.joined()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: \(size)\r\n\r\n" + body)
            #expect(try await client.readAnswer().body == "ok")
            #expect(await proxy.log.waitForOutcomes(1)[0].requestBodyBytes == size)
            #expect(proxy.upstream.requests[0].hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test func `AV-06 a body that no upstream took keeps the next request from nothing`()
        async throws
    {
        let reserved = ReservedPort()
        let refused = SocketAddress.loopback(port: reserved.port)
        defer { withExtendedLifetime(reserved) {} }
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams.append(.init(name: "gone", address: refused)) }
        options.verdict = { line, _ in
            .forward(to: line.hasPrefix("POST") ? 1 : 0, rules: .standard)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.post)
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 502 "))
            try await client.send(Self.get)
            #expect(try await client.readAnswer().body == "ok")
        }
    }

    @Test func `AV-06 a request tries each address once`() async throws {
        let reserved = [ReservedPort(), ReservedPort(), ReservedPort()]
        let addresses = reserved.map { SocketAddress.loopback(port: $0.port) }
        defer { withExtendedLifetime(reserved) {} }
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams[0].addresses = addresses }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.post)
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 502 "))
            #expect(answer.body.range(of: "upstream-refused") != nil)
            let counters = await proxy.server.counters().upstreams[0]
            #expect(counters.connects == 3 && counters.retries == 2)
            #expect(counters.failures[UpstreamFailure.refused.number] == 1)
            #expect(counters.openConnections == 0)
        }
    }

    @Test func `AV-06 an upstream without an address is a 502`() async throws {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams[0].addresses = [] }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 502 "))
        }
    }

    @Test func `AV-09 retries end with their budget`() async throws {
        var options = ProxyUnderTest.Options()
        options.script = { request in
            request.range(of: "/again") != nil
                ? .close : .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            let rounds = 100
            for _ in 0..<rounds {
                try await client.send(Self.get)
                #expect(try await client.readAnswer().body == "ok")
                try await client.send("GET /again HTTP/1.1\r\nHost: g\r\n\r\n")
                #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 502 "))
            }
            let counters = await proxy.server.counters().upstreams[0]
            #expect(counters.retries >= 3 && counters.retriesRefused > 0)
            #expect(counters.retries + counters.retriesRefused == UInt64(rounds))
            #expect(proxy.upstream.requests.count == 2 * rounds + Int(counters.retries))
        }
    }

    @Test func `AV-06 a socket in the file system that is not there is passed over`() async throws {
        var options = ProxyUnderTest.Options()
        options.configure = {
            $0.upstreams[0].addresses.insert(.unix("/nowhere/upstream.sock"), at: 0)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.post)
            #expect(try await client.readAnswer().body == "ok")
        }
    }
}
