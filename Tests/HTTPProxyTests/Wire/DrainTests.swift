import HTTPProxy
import TestSupport
import Testing
import Transport

/// The end of a server.
@Suite struct DrainTests {
    @Test func `AV-26 idle connections close, an exchange under way is answered with close`()
        async throws
    {
        let server = try RawServer()
        var options = ProxyUnderTest.Options()
        options.target = .loopback(port: server.port)
        options.loops = 2
        try await ProxyUnderTest.run(options) { proxy in
            let idle = try await proxy.connect()
            let busy = try await proxy.connect()
            try await busy.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            let upstream = try await server.accept()
            _ = try await upstream.read(until: "\r\n\r\n")
            async let drained: Void = proxy.server.drain(within: .seconds(20))
            #expect(try await idle.readTextToEnd() == "")
            try await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            let answer = try await busy.readTextToEnd()
            #expect(answer.hasSuffix("\r\n\r\nok"))
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            await drained
            await #expect(throws: RawClient.Failure.self) { _ = try await proxy.connect() }
        }
        await server.close()
    }

    @Test func `AV-26 a request on its way to an idle connection is answered, with close`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.deadlines.drain = .seconds(30) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            // Until the end is asked for, connections stay.
            #expect(try await client.readAnswer().head.range(of: "Connection: close") == nil)
            async let drained: Void = proxy.server.drain(within: .seconds(20))
            while (try? await proxy.connect()) != nil { await Task.yield() }
            try await client.send("GET /b HTTP/1.1\r\nHost: g\r\n\r\n")
            let answer = try await client.readTextToEnd()
            #expect(answer.hasSuffix("\r\n\r\nok"))
            #expect(answer.range(of: "Connection: close\r\n") != nil)
            await drained
        }
    }

    @Test func `AV-26 an upload and its answer are finished while the server drains`() async throws
    {
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send("POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\nhello")
            while proxy.log.admitted.isEmpty { await Task.yield() }
            async let drained: Void = proxy.server.drain(within: .seconds(20))
            while (try? await proxy.connect()) != nil { await Task.yield() }
            try await client.send("world")
            #expect(try await client.readTextToEnd().hasSuffix("\r\n\r\nok"))
            #expect(proxy.upstream.requests[0].hasSuffix("helloworld"))
            await drained
        }
    }

    @Test func `what does not end within the time is cut`() async throws {
        var options = ProxyUnderTest.Options()
        options.script = { _ in .none }
        try await ProxyUnderTest.run(options) { proxy in
            let busy = try await proxy.connect()
            try await busy.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            while proxy.upstream.requests.isEmpty { await Task.yield() }
            await proxy.server.drain(within: .milliseconds(50))
            #expect(await proxy.log.waitForOutcomes(1)[0].source == "client left")
        }
    }

    @Test func `upstreams are replaced for the next requests`() async throws {
        let group = try EventLoopGroup(count: 1, name: "other")
        group.start()
        let other = try RecordingUpstream(on: group) { _ in
            .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
        }
        try await ProxyUnderTest.run { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "ok")
            await proxy.server.replaceUpstreams([.init(name: "other", address: other.address)])
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "other")
        }
        await group.stop(drainDeadline: .zero)
    }
}
