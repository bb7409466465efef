import HTTPProxy
import TestSupport
import Testing
import Transport

/// Upstreams under TLS.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct UpstreamTLSTests {
    static let get = "GET /a HTTP/1.1\r\nHost: g\r\n\r\n"

    /// An upstream with a certificate for `localhost`, and a proxy that expects some name of it.
    private static func options(
        expecting name: String, script: @escaping RecordingUpstream.Script
    ) async throws -> ProxyUnderTest.Options {
        let authority = try await TestAuthority()
        let issued = try await authority.issue("server")
        let identity = try TLSIdentity(
            certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
        let target = TLSTarget(
            context: try TLSClientContext(
                authoritiesPEM: authority.own.certificatePEM, identity: nil), serverName: name)
        var options = ProxyUnderTest.Options()
        options.upstreamListener = ListenerSettings(
            tls: try TLSServerContext(identities: [identity], clients: .none))
        options.configure = { $0.upstreams[0].tls = target }
        options.script = script
        return options
    }

    @Test func `requests and bodies go to an upstream under TLS, on one connection`() async throws {
        let options = try await Self.options(expecting: "localhost") { request in
            let size = request.utf8.count
            return .send(
                "HTTP/1.1 200 OK\r\nContent-Length: \("\(size)".utf8.count)\r\n\r\n\(size)")
        }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 100000\r\n\r\n"
                    + String(repeating: "x", count: 100_000))
            #expect(Int(try await client.readAnswer().body) ?? 0 > 100_000)
            try await client.send(Self.get)
            #expect(Int(try await client.readAnswer().body) ?? 0 > 20)
            #expect(proxy.upstream.connectionCount == 1)
        }
    }

    @Test func `an upstream whose certificate is for another name gets nothing`() async throws {
        let options = try await Self.options(expecting: "other.test") { _ in .close }
        try await ProxyUnderTest.run(options) { proxy in
            let client = try await proxy.connect()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\n\r\nhi")
            let answer = try await client.readAnswer()
            #expect(answer.head.hasPrefix("HTTP/1.1 502 "))
            #expect(answer.body.range(of: "upstream-tls") != nil)
            #expect(proxy.upstream.received.isEmpty)
            let counters = await proxy.server.counters().upstreams[0]
            let number = UpstreamFailure.insecure(.nameMismatch).number
            #expect(counters.failures[number] == 1 && counters.connectFailures == 1)
        }
    }

    @Test func `AV-08 an answer that TLS does not end is cut, one that it ends is complete`()
        async throws
    {
        let reply = "HTTP/1.1 200 OK\r\n\r\nhello"
        let group = try EventLoopGroup(count: 1, name: "relay")
        group.start()
        for isEnded in [true, false] {
            // A reset behind the relay becomes an orderly end in front of it, which TLS did not send.
            let options = try await Self.options(expecting: "localhost") { _ in
                isEnded ? .sendThenClose(reply) : .sendThenReset(reply)
            }
            try await ProxyUnderTest.run(options) { proxy in
                let relay = try ByteRelay.listen(on: group, to: proxy.upstream.address)
                var upstream = HTTPServerConfiguration.Upstream(name: "test", address: relay)
                var settings = HTTPServerConfiguration(upstreams: [upstream])
                options.configure(&settings)
                upstream.tls = settings.upstreams[0].tls
                await proxy.server.replaceUpstreams([upstream])
                let client = try await proxy.connect()
                try await client.send(Self.get)
                if isEnded {
                    let answer = try await client.read(until: "\r\n0\r\n\r\n")
                    #expect(answer.hasSuffix("5\r\nhello\r\n0\r\n\r\n"))
                } else {
                    let answer = (try? await client.readTextToEnd()) ?? ""
                    #expect(!answer.hasSuffix("0\r\n\r\n"))
                }
                #expect(await proxy.log.waitForOutcomes(1)[0].isComplete == isEnded)
            }
        }
        await group.stop(drainDeadline: .zero)
    }
}
