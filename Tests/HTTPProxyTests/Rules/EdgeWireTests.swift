import HTTPProxy
import TestSupport
import Testing
import Transport

/// The rules of the edge on a running server.
@Suite struct EdgeWireTests {
    private func options(trusting ranges: [String]) -> ProxyUnderTest.Options {
        var options = ProxyUnderTest.Options()
        options.configure = { configuration in
            let set = AddressSet(ranges.compactMap { AddressRange($0) })
            configuration.edge = EdgeSettings(trustedProxies: set, identifier: "test") ?? .init()
        }
        return options
    }

    @Test func `HDR-06 HDR-07 a trusted peer is believed, on each request by itself`() async throws
    {
        try await ProxyUnderTest.run(options(trusting: ["127.0.0.0/8"])) { proxy in
            let client = try await proxy.connect()
            for (line, chain) in [
                ("X-Forwarded-For: 6.6.6.6, 2.2.2.2\r\n", "2.2.2.2, 127.0.0.1"),
                ("", "127.0.0.1"),
                ("Forwarded: for=3.3.3.3;proto=https\r\n", "3.3.3.3, 127.0.0.1"),
            ] {
                try await client.send("GET /a HTTP/1.1\r\nHost: g\r\n\(line)\r\n")
                _ = try await client.readAnswer()
                let request = try #require(proxy.upstream.requests.last)
                #expect(request.occurrences(of: "X-Forwarded-For: \(chain)\r\n") == 1)
                let scheme = line.isEmpty || !line.hasPrefix("Forwarded") ? "http" : "https"
                #expect(request.occurrences(of: "X-Forwarded-Proto: \(scheme)\r\n") == 1)
            }
        }
    }

    @Test func `HDR-07 what has no reading reaches no upstream`() async throws {
        try await ProxyUnderTest.run(options(trusting: ["127.0.0.1"])) { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nX-Forwarded-For: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.range(of: "\"forwarding-malformed\"") != nil)
            #expect(proxy.upstream.received.isEmpty && proxy.log.admitted.isEmpty)
        }
    }

    @Test func `HTTP-42 a loop is answered 508, and OPTIONS at its last hop 204`() async throws {
        try await ProxyUnderTest.run { proxy in
            let loop = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nVia: 1.1 other, 1.1 test\r\n\r\n")
            #expect(loop.hasPrefix("HTTP/1.1 508 Loop Detected\r\n"))
            #expect(loop.range(of: "\"loop-detected\"") != nil)
            let options = try await proxy.answer(
                to: "OPTIONS /a HTTP/1.1\r\nHost: g\r\nMax-Forwards: 0\r\n"
                    + "Connection: close\r\n\r\n")
            #expect(options.hasPrefix("HTTP/1.1 204 "))
            #expect(proxy.upstream.received.isEmpty)
        }
    }

    @Test func `PATH-17 an upstream's prefixes are taken away and put in front`() async throws {
        var options = ProxyUnderTest.Options()
        options.configure = {
            $0.upstreams[0].stripPrefix = "/api"
            $0.upstreams[0].addPrefix = "/v1"
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            for (path, sent) in [("/api", "/v1/"), ("/api/x?y=/../z", "/v1/x?y=/../z")] {
                try await client.send("GET \(path) HTTP/1.1\r\nHost: g\r\n\r\n")
                _ = try await client.readAnswer()
                let request = try #require(proxy.upstream.requests.last)
                #expect(request.hasPrefix("GET \(sent) HTTP/1.1\r\nHost: g\r\n"))
                #expect(request.occurrences(of: "X-Forwarded-Prefix: /api\r\n") == 1)
            }
            try await client.send("GET /apiadmin HTTP/1.1\r\nHost: g\r\n\r\n")
            let outside = try await client.readAnswer()
            #expect(outside.head.hasPrefix("HTTP/1.1 404 "))
            #expect(outside.body.range(of: "\"no-upstream-path\"") != nil)
            // Nothing is wrong with the connection.
            try await client.send("GET /api/x HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(try await client.readAnswer().body == "ok")
            #expect(proxy.upstream.requests.count == 3)
        }
    }

    @Test func `PATH-17 an upstream with a prefix that is none gets nothing`() async throws {
        var options = ProxyUnderTest.Options()
        options.configure = { $0.upstreams[0].addPrefix = "/v1/../admin" }
        try await ProxyUnderTest.run(options) { proxy in
            let answer = try await proxy.answer(
                to: "GET /a HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 502 ") && proxy.upstream.received.isEmpty)
        }
    }
}
