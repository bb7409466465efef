import HTTPProxy
import TestSupport
import Testing
import Transport

/// Upstreams that are replaced while the server runs, and what is counted of them.
@Suite struct UpstreamReplacementTests {
    static let get = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"

    @Test func `upstreams that did not change keep their connections when others are replaced`()
        async throws
    {
        var options = ProxyUnderTest.Options()
        options.configure = {
            var other = $0.upstreams[0]
            other.name = "other"
            other.addresses.append(.loopback(port: 9))
            $0.upstreams.append(other)
        }
        options.verdict = { line, _ in
            .forward(to: line.hasSuffix("other") ? 1 : 0, rules: .standard)
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            func ask(_ target: String) async throws {
                try await client.send("GET \(target) HTTP/1.1\r\nHost: g\r\n\r\n")
                #expect(try await client.readAnswer().body == "ok")
            }
            try await ask("/a")
            try await ask("/other")
            #expect(proxy.upstream.connectionCount == 2)
            let first = HTTPServerConfiguration.Upstream(
                name: "test", address: proxy.upstream.address)
            var second = HTTPServerConfiguration.Upstream(
                name: "other", addresses: [.loopback(port: 9), proxy.upstream.address])
            // The same addresses in another order are the same upstream.
            await proxy.server.replaceUpstreams([first, second])
            try await ask("/a")
            try await ask("/other")
            #expect(proxy.upstream.connectionCount == 2)
            second.addresses.removeFirst()
            await proxy.server.replaceUpstreams([first, second])
            try await ask("/a")
            #expect(proxy.upstream.connectionCount == 2)
            try await ask("/other")
            #expect(proxy.upstream.connectionCount == 3)
            // The figures go on.
            let counters = await proxy.server.counters().upstreams
            #expect(counters.map(\.name) == ["test", "other"])
            #expect(counters.map(\.requests) == [3, 3] && counters.map(\.connects) == [1, 2])
            #expect(counters.map(\.openConnections) == [1, 1])
            #expect(counters.map(\.idleConnections) == [1, 1])
        }
    }

    @Test func `what is under way is counted, on all loops together`() async throws {
        var options = ProxyUnderTest.Options()
        options.loops = 2
        options.script = { request in request.hasPrefix("GET /b") ? .none : .close }
        try await ProxyUnderTest.run(options) { proxy in
            var clients: [RawClient] = []
            for _ in 0..<8 {
                let client = try await proxy.connect()
                try await client.send("GET /b HTTP/1.1\r\nHost: g\r\n\r\n")
                clients.append(client)
            }
            while proxy.upstream.requests.count < 8 { await Task.yield() }
            var counters = await proxy.server.counters()
            #expect(counters.connections == 8 && counters.exchanges == 8)
            #expect(counters.upstreams[0].openConnections == 8)
            #expect(counters.upstreams[0].idleConnections == 0)
            for client in clients { await client.reset() }
            _ = await proxy.log.waitForOutcomes(8)
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 502 "))
            counters = await proxy.server.counters()
            #expect(counters.upstreams[0].requests == 9)
            let closed = UpstreamFailure.closedBeforeResponse.number
            #expect(counters.upstreams[0].failures[closed] == 1)
            #expect(counters.upstreams[0].failures.reduce(0, +) == 1)
        }
    }
}
