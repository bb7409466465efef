import System
import TestSupport
import Testing
import Transport
import Values

/// What a listener under TLS chooses, asks and remembers, with the `openssl` command as its client.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSListenerTests {
    /// Answers each line with what is known of the connection, and closes.
    private final class FactsHandler: StreamHandler {
        func opened(_ stream: ByteStream) {}
        func received(_ bytes: Span<UInt8>, on stream: ByteStream) -> Int {
            if let facts = stream.tls {
                stream.write(
                    """
                    facts \(facts.version) \(facts.protocol) \(facts.serverName ?? "-") \
                    [\(facts.clientSubject ?? "-")] \(facts.clientDNSNames) \
                    \(facts.isResumed ? "resumed" : "new")\n
                    """)
            }
            stream.close()
            return bytes.count
        }
        func writable(_ stream: ByteStream) {}
        func ended(_ stream: ByteStream) { stream.close() }
        func failed(_ stream: ByteStream, _ failure: TransportFailure) {}
        func deadlinePassed(_ stream: ByteStream) {}
    }

    private func listen(_ group: EventLoopGroup, _ context: TLSServerContext) throws -> UInt16 {
        try group.listenTLS(context) { _ in FactsHandler() }
    }

    @Test func `the name that is asked for chooses the certificate`() async throws {
        let authority = try await TestAuthority()
        let first = try await authority.issue("first", names: ["DNS:first.example"])
        let exact = try await authority.issue("exact", names: ["DNS:a.b.example", "DNS:c.example"])
        let star = try await authority.issue("star", names: ["DNS:*.b.example"])
        let context = try TLSServerContext(
            identities: [first.identity(), star.identity(), exact.identity()])
        try await withGroup { group in
            let port = try listen(group, context)
            for (name, subject) in [
                ("a.b.example", "exact"), ("A.B.Example", "exact"), ("c.example", "exact"),
                ("x.b.example", "star"), ("b.example", "first"), ("x.y.b.example", "first"),
                ("unknown", "first"), ("first.example", "first"),
            ] {
                let ending = try await authority.openSSLClient(
                    port: port, ["-ign_eof", "-servername", name])
                #expect(ending.output.contains("subject=CN = \(subject)\n"), "\(name)")
                #expect(ending.output.contains(" \(name) [-]"), "\(ending.output)")
            }
            let nameless = try await authority.openSSLClient(
                port: port, ["-ign_eof", "-noservername"])
            #expect(nameless.output.contains("subject=CN = first\n"))
            #expect(nameless.output.contains("facts TLSv1.3 http/1.1 - [-] [] new"))
        }
    }

    @Test func `the protocol is ours to prefer, and a client of others alone is refused`()
        async throws
    {
        let authority = try await TestAuthority()
        let identity = try await authority.issue("server").identity()
        let context = try TLSServerContext(
            identities: [identity], protocols: ["two", "http/1.1"])
        try await withGroup { group in
            let port = try listen(group, context)
            for (offer, chosen) in [
                ("http/1.1,two", "two"), ("x,http/1.1", "http/1.1"), ("http/1.1", "http/1.1"),
            ] {
                let ending = try await authority.openSSLClient(
                    port: port, ["-ign_eof", "-alpn", offer])
                #expect(ending.output.contains("ALPN protocol: \(chosen)\n"))
                #expect(ending.output.contains("facts TLSv1.3 \(chosen) "))
            }
            let refused = try await authority.openSSLClient(port: port, ["-alpn", "h2,tw,two2"])
            #expect(refused.messages.contains("no application protocol"), "\(refused.messages)")
            #expect(try await group.counters().handshakeFailures[.noCommonProtocol] == 1)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `a required certificate is verified, and its facts are told`(
        version: String
    ) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(
            await authority.issue("server"),
            clients: .required(authoritiesPEM: authority.own.certificatePEM))
        let good = try await authority.issue(
            "good", subject: "/O=Acme, Inc./CN=client", names: ["DNS:Client.example", "DNS:b"])
        try await withGroup { group in
            let port = try listen(group, context)
            let ending = try await authority.openSSLClient(
                port: port, [version, "-ign_eof", "-cert", good.certificate, "-key", good.key])
            #expect(
                ending.output.contains(
                    #"[CN=client,O=Acme\, Inc.] ["client.example", "b"] new"#), "\(ending)")

            let none = try await authority.openSSLClient(port: port, [version, "-ign_eof"])
            #expect(!none.output.contains("facts"))
            #expect(try await group.counters().handshakeFailures[.certificateMissing] == 1)
        }
    }

    /// Certificates that say nothing: of another authority, expired, of themselves, for servers.
    private static let bad = ["stranger", "expired", "itself", "server"]

    @Test(arguments: bad, [true, false])
    func `a certificate that cannot be verified ends the handshake, asked for or demanded`(
        kind: String, isRequired: Bool
    ) async throws {
        let authority = try await TestAuthority()
        let stranger = try await TestAuthority()
        let pem = authority.own.certificatePEM
        let context = try TLSServerContext(
            await authority.issue("server"),
            clients: isRequired ? .required(authoritiesPEM: pem) : .optional(authoritiesPEM: pem))
        let client =
            switch kind {
            case "stranger": try await stranger.issue("client")
            case "expired": try await authority.issue("client", days: -1)
            case "itself": try await authority.issue("client", signedByItself: true)
            default:
                try await authority.issue("client", extensions: ["extendedKeyUsage=serverAuth"])
            }
        try await withGroup { group in
            let port = try listen(group, context)
            let ending = try await authority.openSSLClient(
                port: port, ["-ign_eof", "-cert", client.certificate, "-key", client.key])
            #expect(!ending.output.contains("facts"), "\(ending.output)")
            let failures = try await group.counters().handshakeFailures
            #expect(failures.total == 1)
            switch kind {
            case "stranger": #expect(failures[.unknownAuthority] == 1)
            case "expired": #expect(failures[.certificateExpired] == 1)
            case "itself": #expect(failures[.selfSigned] == 1)
            default: #expect(failures[.certificateRefused] == 1)
            }
        }
    }

    @Test func `where certificates are optional, a client without one has no facts of one`()
        async throws
    {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(
            await authority.issue("server"),
            clients: .optional(authoritiesPEM: authority.own.certificatePEM))
        try await withGroup { group in
            let port = try listen(group, context)
            let ending = try await authority.openSSLClient(port: port, ["-ign_eof"])
            #expect(ending.output.contains("[-] [] new"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `a session resumes, on whichever loop, and under the context of a reload`(
        version: String
    ) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        let renewed = try TLSServerContext(await authority.issue("renewed"))
        let asking = try TLSServerContext(
            await authority.issue("asking"),
            clients: .optional(authoritiesPEM: authority.own.certificatePEM))
        let file = authority.path("session")
        try await withGroup(loops: 2) { group in
            let port = try listen(group, context)
            let address = SocketAddress.loopback(port: port)
            let first = try await authority.openSSLClient(
                port: port, [version, "-ign_eof", "-sess_out", file])
            #expect(first.output.contains("facts") && first.output.contains(" new\n"))
            for _ in 0..<4 {
                let next = try await authority.openSSLClient(
                    port: port, [version, "-ign_eof", "-sess_in", file])
                #expect(next.output.contains(" resumed\n"), "\(next)")
                #expect(next.output.contains("Reused, "))
            }
            await group.replaceTLS(of: address, with: renewed)
            let after = try await authority.openSSLClient(
                port: port, [version, "-ign_eof", "-sess_in", file])
            #expect(after.output.contains(" resumed\n"))
            #expect(try await group.counters().handshakesResumed == 5)

            await group.replaceTLS(of: address, with: asking)
            let asked = try await authority.openSSLClient(
                port: port, [version, "-ign_eof", "-sess_in", file])
            #expect(asked.output.contains(" new\n"), "\(asked)")
            #expect(asked.output.contains("subject=CN = asking\n"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `a session keeps its client's verified certificate`(version: String) async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(
            await authority.issue("server"),
            clients: .required(authoritiesPEM: authority.own.certificatePEM))
        let client = try await authority.issue("client", names: [])
        let file = authority.path("session")
        try await withGroup { group in
            let port = try listen(group, context)
            let options = [
                version, "-ign_eof", "-cert", client.certificate, "-key", client.key,
            ]
            _ = try await authority.openSSLClient(port: port, options + ["-sess_out", file])
            let next = try await authority.openSSLClient(port: port, options + ["-sess_in", file])
            #expect(next.output.contains("[CN=client] [] resumed"), "\(next)")
        }
    }

    @Test func `a replaced certificate is shown to those who come, and the others live on`()
        async throws
    {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("old"))
        let renewed = try TLSServerContext(await authority.issue("new"))
        let target = try authority.target()
        try await withGroup(loops: 2) { group in
            let port = try group.listenTLS(context)
            let journal = try Journal()
            let keeper = Mailbox<ByteStreamBox>(capacity: 1)
            try await group.connectTLS(port: port, target, journal: journal) { handler in
                handler.onOpened = { _ = keeper.send(ByteStreamBox($0)) }
            }
            #expect(try await journal.next() == .opened)
            await group.replaceTLS(of: .loopback(port: port), with: renewed)
            let ending = try await authority.openSSLClient(port: port, [])
            #expect(ending.output.contains("subject=CN = new\n"))
            let box = try #require(keeper.receive())
            try await group.run { _ in box.stream.write("still here") }
            #expect(try await journal.next() == .received("still here"))
        }
    }

    @Test func `a listener in clear text does not become one under TLS`() async throws {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(await authority.issue("server"))
        try await withGroup { group in
            let address = try group.listen(on: .loopback(port: 0)) { _ in
                Acceptor { _ in EchoHandler() }
            }
            await group.replaceTLS(of: address, with: context)
            let client = try await RawClient.connect(port: try #require(address.port))
            try await client.send("clear\n")
            #expect(try await client.read(until: "\n") == "clear\n")
        }
    }
}

/// Carries a stream back to its loop. Only used there, hence `@unchecked`.
final class ByteStreamBox: @unchecked Sendable {
    let stream: ByteStream
    init(_ stream: ByteStream) { self.stream = stream }
}
