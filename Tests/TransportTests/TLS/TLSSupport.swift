import System
import TestSupport
import Transport
import Values

extension TestAuthority.Issued {
    func identity() throws -> TLSIdentity {
        try TLSIdentity(certificatePEM: certificatePEM, keyPEM: keyPEM)
    }
}

extension TLSServerContext {
    convenience init(_ issued: TestAuthority.Issued, clients: Clients = .none) throws {
        try self.init(identities: [issued.identity()], clients: clients)
    }
}

extension TestAuthority {
    /// A server that this authority vouches for.
    func target(
        _ name: String = "localhost", identity: TLSIdentity? = nil, protocols: [String] = []
    ) throws -> TLSTarget {
        TLSTarget(
            context: try TLSClientContext(authoritiesPEM: own.certificatePEM, identity: identity),
            serverName: name, protocols: protocols)
    }

    /// Runs `openssl s_client` against a port, says something, and awaits an answer.
    ///
    /// - Returns: everything that the client printed.
    func openSSLClient(
        port: UInt16, _ options: [String] = [], says line: String = "hello"
    ) async throws -> ChildProcess.Ending {
        // The pause lets what the server sends after the handshake arrive before the end of input.
        let script =
            "(printf '%s\\n' '\(line)'; cat \"$0\") | exec openssl s_client "
            + "-connect 127.0.0.1:\(port) -CAfile \(own.certificate) -verify_return_error "
            + options.joined(separator: " ")
        return try await ChildProcess.run("sh", ["-c", script, "/dev/null"], in: path(""))
    }
}

extension EventLoopGroup {
    /// Listens under TLS with handlers that a function makes.
    func listenTLS(
        _ context: TLSServerContext, proxyProtocol: AddressSet? = nil,
        _ make: @escaping @Sendable (ByteStream) -> any StreamHandler = { _ in EchoHandler() }
    ) throws -> UInt16 {
        let address = try listen(
            on: .loopback(port: 0),
            settings: ListenerSettings(tls: context, proxyProtocol: proxyProtocol)
        ) { _ in Acceptor(make) }
        return address.port ?? 0
    }

    /// Connects from the first loop; the journal tells what happened.
    func connectTLS(
        port: UInt16, _ target: TLSTarget, journal: Journal,
        _ configure: @escaping @Sendable (ScriptedHandler) -> Void = { _ in }
    ) async throws {
        let failure = try await run { loop -> TransportFailure? in
            let handler = ScriptedHandler(journal)
            configure(handler)
            do throws(TransportFailure) {
                _ = try loop.connect(
                    to: .loopback(port: port), tls: target, handler: handler,
                    deadline: loop.now.monotonic.advanced(by: .seconds(30)))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// What all loops have done.
    func counters() async throws -> LoopCounters {
        let gathered = Mailbox<LoopCounters>(capacity: count)
        await broadcast { _ = gathered.send($0.counters) }
        gathered.close()
        var sum = LoopCounters()
        while let one = gathered.receive() { sum.add(one) }
        return sum
    }
}
