import HTTPProxy
import TestSupport
import Testing
import Transport

/// Answers without an end: events, long polling, large downloads.
@Suite struct StreamTests {
    private static func run(
        _ configure: @escaping @Sendable (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: (ProxyUnderTest, RawServer) async throws -> Void
    ) async throws {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.configure = configure
        try await ProxyUnderTest.run(options) { try await body($0, server) }
        await server.close()
    }

    static let get = "GET /events HTTP/1.1\r\nHost: g\r\n\r\n"
    static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func `each event of a stream is passed on when it comes`() async throws {
        try await Self.run { proxy, server in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            try await upstream.send(Self.chunked)
            #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            for number in 0..<10 {
                try await upstream.send("9\r\ndata: \(number)\n\n\r\n")
                #expect(try await client.read(until: "\n\n\r\n") == "9\r\ndata: \(number)\n\n\r\n")
            }
        }
    }

    @Test func `AV-11 a large download to a slow client is held back, not stored`() async throws {
        try await Self.run { proxy, server in
            let client = try await RawClient.connect(port: proxy.port, receiveBuffer: 8192)
            try await client.send(Self.get)
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            // More than a stream keeps: without holding back, the connection would be cut.
            let size = 32 << 20
            try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            async let sending: Void = upstream.send([UInt8](repeating: 1, count: size))
            _ = try await client.read(until: "\r\n\r\n")
            for _ in 0..<32 { _ = try await client.read(count: 1 << 20) }
            try await sending
            #expect(await proxy.log.waitForOutcomes(1)[0].responseBodyBytes == size)
        }
    }

    @Test func `AV-12 a client that resets while it waits ends its request upstream`() async throws
    {
        try await Self.run { proxy, server in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            await client.reset()
            #expect((try? await upstream.readToEnd())?.isEmpty != false)
            let outcome = await proxy.log.waitForOutcomes(1)[0]
            #expect(outcome.source == "client left" && outcome.status == 0)
            #expect(await proxy.server.counters().upstreams[0].openConnections == 0)
        }
    }

    @Test func `AV-12 a client that leaves an endless answer ends it upstream`() async throws {
        try await Self.run { proxy, server in
            let client = try await proxy.connect()
            try await client.send(Self.get)
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            try await upstream.send(Self.chunked + "1\r\na\r\n")
            _ = try await client.read(until: "1\r\na\r\n")
            // An orderly end says only that the client sends no more; what it is sent tells.
            await client.close()
            while (try? await upstream.send("1\r\na\r\n")) != nil {
                if !proxy.log.outcomes.isEmpty { break }
            }
            #expect(await proxy.log.waitForOutcomes(1)[0].isComplete == false)
        }
    }

    @Test func `AV-12 a client that resets while its body is held back is let go at once`()
        async throws
    {
        // One connection fills the queue: the proxy's own waits, and the body with it.
        let server = try RawServer(backlog: 0)
        let filler = try await RawClient.connect(port: server.port)
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.configure = { $0.upstreams[0].connectTimeout = .seconds(60) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\nhello")
            while proxy.log.admitted.isEmpty { await Task.yield() }
            await client.reset()
            #expect(await proxy.log.waitForOutcomes(1)[0].source == "client left")
            #expect(await proxy.server.counters().upstreams[0].openConnections == 0)
        }
        await filler.close()
        await server.close()
    }

    @Test func `a pooled connection that HTTP/1.0 keeps alive is used again, another is not`()
        async throws
    {
        for (fields, connections) in [("Connection: keep-alive\r\n", 1), ("", 2)] {
            var options = ProxyUnderTest.Options()
            options.script = { _ in
                .send("HTTP/1.0 200 OK\r\n\(fields)Content-Length: 2\r\n\r\nok")
            }
            try await ProxyUnderTest.run(options) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    try await client.send(Self.get)
                    #expect(try await client.readAnswer().body == "ok")
                }
                #expect(proxy.upstream.connectionCount == connections)
            }
        }
    }
}
