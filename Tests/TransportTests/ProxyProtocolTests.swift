import System
import TestSupport
import Testing
import Transport
import Values

/// PROXY headers in front of connections.
@Suite struct ProxyProtocolTests {
    private static let line = "PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n"

    /// Answers with both addresses of the connection, then echoes.
    private final class Introduction: StreamHandler {
        func opened(_ stream: ByteStream) {}
        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            stream.write("\(stream.peer) \(stream.transportPeer.host) \(bytes.text)")
            return bytes.count
        }
        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) { stream.close() }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {}
    }

    private static func listen(
        _ group: EventLoopGroup, trusting ranges: [String] = ["127.0.0.0/8"]
    ) throws -> UInt16 {
        let trusted = AddressSet(ranges.compactMap { AddressRange($0) })
        let address = try group.listen(
            on: .loopback(port: 0), settings: ListenerSettings(proxyProtocol: trusted)
        ) { _ in Acceptor { _ in Introduction() } }
        return address.port ?? 0
    }

    @Test func `a connection has the address that its header announces`() async throws {
        try await withGroup { group in
            let client = try await RawClient.connect(port: Self.listen(group))
            try await client.send(Self.line + "hello\n")
            #expect(try await client.read(until: "\n") == "192.0.2.1:8080 127.0.0.1 hello\n")
        }
    }

    @Test func `a header may come byte by byte, and nothing is told before it is whole`()
        async throws
    {
        try await withGroup { group in
            let client = try await RawClient.connect(port: Self.listen(group))
            for byte in ProxyHeaderTests.binary(0x21, 0x21, ProxyHeaderTests.ipv6) {
                try await client.send([byte])
            }
            try await client.send("hello\n")
            #expect(
                try await client.read(until: "\n") == "[2001:db8::1]:8080 127.0.0.1 hello\n")
        }
    }

    @Test(arguments: ["PROXY UNKNOWN\r\n"])
    func `a header without an address leaves the socket's own`(header: String) async throws {
        try await withGroup { group in
            let client = try await RawClient.connect(port: Self.listen(group))
            try await client.send(header + "hello\n")
            let answer = try await client.read(until: "\n")
            #expect(answer.hasPrefix("127.0.0.1:"))
            #expect(answer.hasSuffix(" 127.0.0.1 hello\n"))
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 192.0.2.1\r\n", "\n"])
    func `a connection without a good header is closed and counted`(text: String) async throws {
        try await withGroup { group in
            let client = try await RawClient.connect(port: Self.listen(group))
            try await client.send(text)
            #expect(await client.isClosedByPeer())
            #expect(try await group.counters().proxyHeadersRefused == 1)
            #expect(try await group.run { $0.streamCount } == 0)
        }
    }

    @Test func `a sender that is not trusted is closed, whatever it sends`() async throws {
        try await withGroup { group in
            let port = try Self.listen(group, trusting: ["10.0.0.0/8", "::/0"])
            let client = try await RawClient.connect(port: port)
            _ = try? await client.send(Self.line + "hello\n")
            try #require(await client.isClosedByPeer())
            while try await group.counters().proxyHeadersRefused == 0 {}
        }
    }

    @Test func `HTTP-38 a header that does not come ends the connection at its deadline`()
        async throws
    {
        var limits = LoopLimits.fast
        limits.handshake = .milliseconds(20)
        try await withGroup(limits: limits) { group in
            let client = try await RawClient.connect(port: Self.listen(group))
            try await client.send("PROXY TCP4 192.0.2.1")
            #expect(await client.isClosedByPeer())
            #expect(try await group.counters().proxyHeadersRefused == 1)
        }
    }

    @Test(.enabled(if: TestAuthority.isInstalled))
    func `a header stands before TLS, in one packet with it or alone`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(
                context, proxyProtocol: AddressSet([AddressRange("127.0.0.1")].compactMap { $0 })
            ) { _ in Introduction() }
            // A balancer between the client and us: it puts the header in front of what it passes.
            for isAlone in [true, false] {
                let relay = try RawServer()
                async let answer = authority.openSSLClient(
                    port: relay.port, ["-quiet", "-ign_eof", "-no_ign_eof"])
                let outside = try await relay.accept()
                let inside = try await RawClient.connect(port: port)
                let hello = try await outside.readRecord()
                if isAlone {
                    try await inside.send(Self.line)
                    try await inside.send(hello)
                } else {
                    try await inside.send(Array(Self.line.utf8) + hello)
                }
                // The server's part of the handshake shows that it took the client's.
                let first = try await inside.readRecord()
                #expect(first[0] == 0x16)
                await outside.close()
                await inside.close()
                _ = try await answer
            }
        }
    }
}

extension RawClient {
    /// Whether the other end closes or resets the connection; reads what comes before.
    func isClosedByPeer() async -> Bool {
        do {
            _ = try await readToEnd()
            return true
        } catch let failure as Failure {
            return failure == .reset
        } catch {
            return false
        }
    }

    /// One record of TLS.
    func readRecord() async throws -> [UInt8] {
        let head = try await read(count: 5)
        return head + (try await read(count: Int(head[3]) << 8 | Int(head[4])))
    }
}
