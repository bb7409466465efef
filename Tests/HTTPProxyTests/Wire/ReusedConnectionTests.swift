import HTTPProxy
import System
import TestSupport
import Testing
import Transport
import Values

/// Connections to upstreams that serve one request after the other.
@Suite struct ReusedConnectionTests {
    /// Lets time pass while the loops work.
    private static func pass(_ time: Duration, _ proxy: ProxyUnderTest) async {
        let end = Clocks.monotonic().advanced(by: time)
        while Clocks.monotonic() < end { _ = await proxy.server.counters() }
    }

    @Test func `a slow upload is not ended by the time that its connection had in the pool`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams[0].idleTimeout = .milliseconds(150) }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "ok")
            try await client.send("POST /b HTTP/1.1\r\nHost: g\r\nContent-Length: 3\r\n\r\na")
            while proxy.upstream.received.range(of: "\r\n\r\na") == nil {
                _ = await proxy.server.counters()
            }
            await Self.pass(.milliseconds(300), proxy)
            try await client.send("bc")
            #expect(try await client.readAnswer().head.hasPrefix("HTTP/1.1 200 "))
            #expect(proxy.upstream.connectionCount == 1)
        }
    }
}
