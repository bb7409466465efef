import System
import TestSupport
import Testing
import Transport
import Values

/// Peers that do not keep to TLS, or make it last.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSAttackTests {
    /// The client's first message, as the `openssl` command says it.
    private func clientHello(_ authority: TestAuthority) async throws -> [UInt8] {
        let relay = try RawServer()
        async let ending = authority.openSSLClient(port: relay.port)
        let client = try await relay.accept()
        let hello = try await client.readRecord()
        await client.close()
        _ = try await ending
        return hello
    }

    private func untilGone(_ group: EventLoopGroup) async throws {
        while try await group.run({ $0.streamCount }) > 0 {}
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", TLSFailure.Reason.notTLS),
        ("CONNECT a:443 HTTP/1.1\r\n\r\n", .notTLS),
        ("SSH-2.0-OpenSSH_9.2\r\n", .notTLS),
        ("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", .notTLS),
        ("\u{16}\u{3}\u{1}\u{0}\u{4}\u{1}\u{0}\u{0}\u{0}", .protocolViolation),
    ])
    func `what is no TLS ends the connection and is counted`(
        text: String, reason: TLSFailure.Reason
    ) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let client = try await RawClient.connect(port: group.listenTLS(context))
            try await client.send(text)
            #expect(await client.isClosedByPeer())
            #expect(try await group.counters().handshakeFailures[reason] == 1)
            try await untilGone(group)
        }
    }

    @Test func `random bytes and random changes of a good greeting never do harm`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let hello = try await clientHello(authority)
        var system = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &system)
        var random = SplitMix(seed: seed)
        try await withGroup { group in
            let port = try group.listenTLS(context)
            for _ in 0..<200 {
                var bytes = hello
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] =
                        UInt8.random(in: .min ... .max, using: &random)
                }
                let client = try await RawClient.connect(port: port)
                _ = try? await client.send(bytes)
                try? await client.finishWriting()
                #expect(await client.isClosedByPeer(), "seed \(seed)")
            }
            try await untilGone(group)
            let ending = try await authority.openSSLClient(port: port, ["-brief"])
            #expect(ending.code == 0)
        }
    }

    @Test func `HTTP-38 a handshake that is not done in time ends, begun or not`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let hello = try await clientHello(authority)
        var limits = LoopLimits.fast
        limits.handshake = .milliseconds(50)
        try await withGroup(limits: limits) { group in
            let port = try group.listenTLS(context)
            for begin in [[], Array(hello.prefix(3)), Array(hello.dropLast()), hello] {
                let client = try await RawClient.connect(port: port)
                if !begin.isEmpty { try await client.send(begin) }
                #expect(await client.isClosedByPeer())
            }
            #expect(try await group.counters().handshakeFailures[.tooSlow] == 4)
            try await untilGone(group)
        }
    }

    @Test func `a client that leaves in the handshake leaves nothing behind`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let hello = try await clientHello(authority)
        try await withGroup { group in
            let port = try group.listenTLS(context)
            for count in [0, 1, hello.count] {
                for isReset in [true, false] {
                    let client = try await RawClient.connect(port: port)
                    if count > 0 { try await client.send(Array(hello.prefix(count))) }
                    if count == hello.count { _ = try await client.readRecord() }
                    if isReset { await client.reset() } else { await client.close() }
                }
            }
            while try await group.counters().failures < 6 {}
            try await untilGone(group)
            let lent = try await group.run { $0.lentBytes }
            #expect(lent == 0)
        }
    }

    @Test func `HTTP-38 of too many handshakes the oldest gives way`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        var limits = LoopLimits.fast
        limits.handshakes = 2
        limits.handshake = .seconds(60)
        try await withGroup(limits: limits) { group in
            let port = try group.listenTLS(context) { _ in LineEcho() }
            let first = try await RawClient.connect(port: port)
            let second = try await RawClient.connect(port: port)
            while try await group.run({ $0.streamCount }) < 2 {}
            let ending = try await authority.openSSLClient(port: port, ["-quiet", "-ign_eof"])
            #expect(ending.output == "hello\n")
            #expect(await first.isClosedByPeer())
            #expect(try await group.counters().handshakeFailures[.tooMany] == 1)
            await second.close()
        }
    }

    @Test func `HTTP-38 handshakes wait for time, and each gets its turn`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let target = try authority.target()
        var limits = LoopLimits.fast
        // One handshake a tick at most, and that at its end.
        limits.handshakeTime = .zero
        try await withGroup(limits: limits) { group in
            let port = try group.listenTLS(context)
            let journal = try Journal()
            for _ in 0..<20 {
                try await group.connectTLS(port: port, target, journal: journal) { handler in
                    handler.onOpened = { $0.write("x") }
                }
            }
            var answered = 0
            while answered < 20 {
                let event = try await journal.next()
                if event == .received("x") { answered += 1 } else { #expect(event == .opened) }
            }
            #expect(try await group.counters().handshakes == 40)
        }
    }

    @Test func `a handshake under way does not keep the port when listening stops`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let target = try authority.target()
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let late = try await RawClient.connect(port: port)
            while try await group.run({ $0.streamCount }) == 0 {}
            await group.stopListening(.loopback(port: port))
            await #expect(throws: RawClient.Failure.self) {
                try await RawClient.connect(port: port)
            }
            _ = try group.listen(
                on: .loopback(port: port), settings: ListenerSettings(tls: context)
            ) { _ in Acceptor { _ in EchoHandler() } }
            let journal = try Journal()
            try await group.connectTLS(port: port, target, journal: journal)
            #expect(try await journal.next() == .opened)
            await late.close()
        }
    }

    @Test func `a client of TLS 1.2 that wants to begin anew does not get it`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let ending = try await authority.openSSLClient(port: port, ["-tls1_2"], says: "R")
            #expect(ending.messages.contains("no renegotiation"), "\(ending)")
            #expect(ending.output.contains("Compression: NONE"))
            #expect(try await group.counters().handshakes == 1)
        }
    }

    @Test func `new keys of TLS 1.3 are taken, and answered`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let port = try group.listenTLS(context) { _ in LineEcho() }
            // `K` asks for new keys of both sides; what follows is a line under them.
            let ending = try await authority.openSSLClient(
                port: port, ["-tls1_3", "-msg"], says: #"K\nhello"#)
            #expect(ending.output.contains("KeyUpdate"), "\(ending)")
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `an end without a farewell is an end, and not a clean one`(version: String) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let journal = try Journal()
            let endings = Mailbox<Bool>(capacity: 1)
            let port = try group.listenTLS(context) { stream in
                stream.write("hello\n")
                let handler = ScriptedHandler(journal)
                handler.onEnded = { stream in
                    _ = endings.send(stream.endedCleanly)
                    stream.close()
                }
                return handler
            }
            try await ChildProcess.with(
                "openssl",
                ["s_client", "-quiet", version, "-connect", "127.0.0.1:\(port)"],
                in: "/"
            ) { client in
                // It has read everything, or the kernel would reset the connection.
                _ = try await client.text(with: "hello")
            }
            // The process was killed: the kernel ended the connection, TLS did not.
            #expect(try await journal.next() == .ended)
            #expect(endings.receive() == false)
        }
    }
}
