import HTTPProxy
import TestSupport
import Testing
import Transport

/// How long upstreams may take, by what they are set to and by what a route says.
@Suite struct TimeoutTests {
    static let get = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"
    private static let short = Duration.milliseconds(100)

    private static func options(
        _ reply: RecordingUpstream.Reply, route: ForwardRules.Timeouts = .init(),
        _ configure: @escaping @Sendable (inout HTTPServerConfiguration) -> Void = { _ in }
    ) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.script = { _ in reply }
        options.configure = configure
        let rules = ForwardRules(timeouts: route)
        options.verdict = { _, _ in .forward(to: 0, rules: rules) }
        return options
    }

    @Test func `AV-10 the first byte has its time, the upstream's or the route's`() async throws {
        for options in [
            Self.options(.none) { $0.upstreams[0].responseTimeout = Self.short },
            Self.options(.none, route: .init(response: Self.short)),
        ] {
            try await ProxyUnderTest.run(options) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    try await client.send(Self.get)
                    let answer = try await client.readAnswer()
                    #expect(answer.head.hasPrefix("HTTP/1.1 504 "))
                    #expect(answer.body.range(of: "upstream-timeout") != nil)
                }
                #expect(proxy.upstream.connectionCount == 2)
            }
        }
    }

    @Test func `AV-10 a pause in the body has its time, the upstream's or the route's`()
        async throws
    {
        let start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
        for options in [
            Self.options(.send(start)) { $0.upstreams[0].bodyIdleTimeout = Self.short },
            Self.options(.send(start), route: .init(bodyIdle: Self.short)),
        ] {
            try await ProxyUnderTest.run(options) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get)
                _ = try? await client.readTextToEnd()
                let outcome = await proxy.log.waitForOutcomes(1)[0]
                #expect(outcome.source == "upstream failure upstream-stalled")
            }
        }
    }

    @Test func `a connection has its time, the upstream's or the route's`() async throws {
        // One connection fills the queue: the kernel answers no other.
        let server = try RawServer(backlog: 0)
        let filler = try await RawClient.connect(port: server.port)
        for var options in [
            Self.options(.none) { $0.upstreams[0].connectTimeout = Self.short },
            Self.options(.none, route: .init(connect: Self.short)),
        ] {
            options.target = .loopback(port: server.port)
            try await ProxyUnderTest.run(options) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.get)
                let answer = try await client.readAnswer()
                #expect(answer.head.hasPrefix("HTTP/1.1 504 "))
                #expect(answer.body.range(of: "upstream-connect-timeout") != nil)
            }
        }
        await filler.close()
        await server.close()
    }

    @Test func `AV-10 an exchange that takes too long altogether is a 504, or is cut`()
        async throws
    {
        let total = ForwardRules.Timeouts(total: Self.short)
        for options in [
            Self.options(.none) { $0.upstreams[0].totalTimeout = Self.short },
            Self.options(.none, route: total),
        ] {
            try await ProxyUnderTest.run(options) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    try await client.send(Self.get)
                    let answer = try await client.readAnswer()
                    #expect(answer.head.hasPrefix("HTTP/1.1 504 "))
                    #expect(answer.body.range(of: "upstream-total-timeout") != nil)
                }
                let counters = await proxy.server.counters()
                #expect(counters.upstreams[0].openConnections == 0 && counters.exchanges == 0)
            }
        }
        let endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
        try await ProxyUnderTest.run(Self.options(.send(endless), route: total)) { proxy in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let answer = try? await client.readTextToEnd()
            #expect(answer?.hasSuffix("0\r\n\r\n") != true)
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.status == 200 && !outcome.isComplete)
            #expect(outcome.source == "upstream failure upstream-total-timeout")
        }
    }

    @Test func `the time for everything also ends an upload`() async throws {
        let options = Self.options(.none, route: .init(total: Self.short))
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\nhello")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 504 "))
        }
    }

    @Test func `an exchange that ends in time leaves no end behind for the next one`()
        async throws
    {
        var options = Self.options(.none)
        let server = try RawServer()
        options.target = .loopback(port: server.port)
        let timed = ForwardRules(timeouts: .init(total: .milliseconds(300)))
        options.verdict = { line, _ in
            .forward(to: 0, rules: line.hasSuffix("timed") ? timed : .standard)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /timed HTTP/1.1\r\nHost: g\r\n\r\n")
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            try await upstream.send(answer)
            #expect(try await client.readAnswer().body == "ok")
            // The same slot, for longer than the first exchange might have taken.
            try await client.send(Self.get)
            _ = try await upstream.read(until: "\r\n\r\n")
            let other = try await proxy.connect()
            try await other.send("GET /timed HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await other.readAnswer().head.hasPrefix("HTTP/1.1 504 "))
            try await upstream.send(answer)
            #expect(try await client.readAnswer().body == "ok")
        }
        await server.close()
    }
}
