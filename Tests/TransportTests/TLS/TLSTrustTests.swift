import System
import TestSupport
import Testing
import Transport
import Values

/// Which servers a client takes, and what it says of the others.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct TLSTrustTests {
    /// Connects, and answers what the handler heard first.
    private func outcome(
        _ group: EventLoopGroup, port: UInt16, _ target: TLSTarget
    ) async throws -> ScriptedHandler.Event? {
        let journal = try Journal()
        try await group.connectTLS(port: port, target, journal: journal)
        return try await journal.next()
    }

    private func failure(
        of certificate: TestAuthority.Issued, _ target: TLSTarget
    ) async throws -> TransportFailure? {
        let context = try TLSServerContext(certificate)
        var failure: TransportFailure?
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let event = try await outcome(group, port: port, target)
            if case .failed(let told) = event { failure = told }
            #expect(try await group.counters().connectFailures == (failure == nil ? 0 : 1))
        }
        return failure
    }

    @Test(arguments: ["localhost", "127.0.0.1", "::1", "a.b.example"])
    func `a certificate is good for the names and addresses that it lists`(
        name: String
    ) async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue(
            "server",
            names: ["DNS:localhost", "IP:127.0.0.1", "IP:::1", "DNS:*.b.example"])
        #expect(try await failure(of: certificate, authority.target(name)) == nil)
    }

    @Test(arguments: ["other.example", "127.0.0.2", "localhost.example", "x.a.b.example"])
    func `another name is refused, and the message says which there are`(
        name: String
    ) async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue(
            "server", names: ["DNS:localhost", "IP:127.0.0.1", "DNS:*.b.example"])
        let failure = try await failure(of: certificate, authority.target(name))
        #expect(
            failure
                == .tls(
                    .nameMismatch,
                    "the certificate of `CN=server` is for `localhost`, `*.b.example`, "
                        + "`127.0.0.1`, not for `\(name)`"))
    }

    @Test func `a common name is no host name`() async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue("localhost", names: [])
        let failure = try await failure(of: certificate, authority.target())
        #expect(
            failure
                == .tls(
                    .nameMismatch,
                    "the certificate of `CN=localhost` is for no host, not for `localhost`"))
    }

    @Test func `an expired certificate is refused`() async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue("server", days: -1)
        let failure = try await failure(of: certificate, authority.target())
        #expect(failure?.code == "tls-certificate-expired")
        #expect("\(try #require(failure))".hasPrefix("the certificate of `CN=server` expired on 2"))
    }

    @Test func `a certificate that signed itself is refused`() async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue("server", signedByItself: true)
        let failure = try await failure(of: certificate, authority.target())
        #expect(failure?.code == "tls-self-signed")
    }

    @Test func `one that signed itself is good where it is the authority that is trusted`()
        async throws
    {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue("server", signedByItself: true)
        let target = TLSTarget(
            context: try TLSClientContext(authoritiesPEM: certificate.certificatePEM),
            serverName: "localhost")
        #expect(try await failure(of: certificate, target) == nil)
    }

    @Test func `a certificate of an unknown authority is refused, also by the system's`()
        async throws
    {
        let authority = try await TestAuthority()
        let stranger = try await TestAuthority()
        let certificate = try await stranger.issue("server")
        let failure = try await failure(of: certificate, authority.target())
        #expect(failure?.code == "tls-unknown-authority")
        let system = TLSTarget(context: try TLSClientContext(), serverName: "localhost")
        let other = try await self.failure(of: certificate, system)
        #expect(other?.code == "tls-unknown-authority")
    }

    @Test func `a server that shows a client's certificate is refused`() async throws {
        let authority = try await TestAuthority()
        let certificate = try await authority.issue(
            "server", extensions: ["extendedKeyUsage=clientAuth"])
        let failure = try await failure(of: certificate, authority.target())
        #expect(failure?.code == "tls-certificate-refused")
    }

    @Test func `a server that speaks no TLS is told from one that is not trusted`() async throws {
        let authority = try await TestAuthority()
        let target = try authority.target()
        try await withGroup { group in
            let server = try RawServer()
            async let event = outcome(group, port: server.port, target)
            let client = try await server.accept()
            try await client.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            #expect(
                try await event == .failed(.tls(.notTLS, "what the peer sent is no TLS")))
        }
    }

    @Test func `a server that closes in the handshake is told`() async throws {
        let authority = try await TestAuthority()
        let target = try authority.target()
        try await withGroup { group in
            let server = try RawServer()
            async let event = outcome(group, port: server.port, target)
            let client = try await server.accept()
            _ = try await client.readRecord()
            await client.close()
            let failure = try await event
            #expect(
                failure
                    == .failed(
                        .tls(
                            .closedEarly, "the peer closed the connection in the TLS handshake")))
        }
    }

    @Test func `a server that does not answer in time is told`() async throws {
        let authority = try await TestAuthority()
        let target = try authority.target()
        var limits = LoopLimits.fast
        limits.handshake = .milliseconds(20)
        try await withGroup(limits: limits) { group in
            let server = try RawServer()
            let event = try await outcome(group, port: server.port, target)
            #expect(event == .failed(.tls(.tooSlow, "the TLS handshake took too long")))
        }
    }

    @Test(arguments: ["", "a\0b"])
    func `without a name that can be verified there is no connection`(name: String) async throws {
        let authority = try await TestAuthority()
        let target = try authority.target(name)
        try await withGroup { group in
            let server = try RawServer()
            await #expect(throws: TransportFailure.self) {
                try await group.connectTLS(port: server.port, target, journal: Journal())
            }
        }
    }

    @Test func `our certificate opens a server that demands one, and no other does`()
        async throws
    {
        let authority = try await TestAuthority()
        let context = try TLSServerContext(
            await authority.issue("server"),
            clients: .required(authoritiesPEM: authority.own.certificatePEM))
        let identity = try await authority.issue("client").identity()
        try await withGroup { group in
            let port = try group.listenTLS(context)
            let journal = try Journal()
            try await group.connectTLS(
                port: port, authority.target(identity: identity), journal: journal
            ) { $0.onOpened = { $0.write("hello") } }
            #expect(try await journal.next() == .opened)
            #expect(try await journal.next() == .received("hello"))

            // Under TLS 1.3 a client hears of its refusal only behind its own part.
            let refused = try Journal()
            try await group.connectTLS(port: port, authority.target(), journal: refused)
            #expect(try await refused.next() == .opened)
            let event = try await refused.next()
            guard case .failed(.tls(.refusedByPeer, let text)) = event else {
                Issue.record("\(String(describing: event))")
                return
            }
            #expect(text.contains("certificate required"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `sessions resume, each ticket once`(version: String) async throws {
        let authority = try await TestAuthority()
        let server = try await OpenSSLServer.started(
            name: "localhost", options: [version])
        defer { server.stop() }
        let context = try TLSClientContext(
            authoritiesPEM: FileSystem.read(server.certificate, maxBytes: 65_536))
        let target = TLSTarget(context: context, serverName: "localhost", protocols: [])
        _ = authority
        try await withGroup { group in
            for round in 0..<4 {
                let journal = try Journal()
                try await group.connectTLS(port: server.port, target, journal: journal) {
                    $0.isQuiet = true
                    $0.onOpened = { $0.write("GET / HTTP/1.0\r\n\r\n") }
                    $0.onEnded = { $0.close() }
                }
                #expect(try await journal.next() == .opened)
                #expect(try await journal.next() == .ended)
                #expect(try await group.counters().handshakesResumed == UInt64(round))
            }
        }
    }
}
