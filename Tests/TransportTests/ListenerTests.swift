import System
import TestSupport
import Testing
import Transport
import Values

@Suite struct ListenerTests {
    private static let echo: @Sendable (EventLoop) -> any StreamAcceptor = { _ in
        Acceptor { _ in EchoHandler() }
    }

    @Test(arguments: [1, 2])
    func `an address in use is an error, also when another group shares its port`(
        loops: Int
    ) async throws {
        try await withGroup(loops: loops) { group in
            let address = try group.listen(on: .loopback(port: 0), accept: Self.echo)
            #expect(throws: TransportFailure.addressInUse(address)) {
                try group.listen(on: address, accept: Self.echo)
            }
            let other = try EventLoopGroup(count: loops, name: "other")
            #expect(throws: TransportFailure.addressInUse(address)) {
                try other.listen(on: address, accept: Self.echo)
            }
            await other.stop(drainDeadline: .zero)
            await group.stopListening(address)
            #expect(try group.listen(on: address, accept: Self.echo) == address)
        }
    }

    @Test func `an address of another machine is an error`() async throws {
        try await withGroup { group in
            let address = SocketAddress.ipv4(0xC000_0201, port: 0)
            #expect(throws: TransportFailure.addressNotAvailable(address)) {
                try group.listen(on: address, accept: Self.echo)
            }
        }
    }

    @Test func `a socket file that a dead process left is replaced, a used one is not`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(directory("s"))
        try directory.leaveSocket("s")
        try await withGroup { group in
            let bound = try group.listen(on: address, accept: Self.echo)
            #expect(bound == address)
            #expect(throws: TransportFailure.addressInUse(address)) {
                try group.listen(on: address, accept: Self.echo)
            }
        }
        try directory.write("file", "not a socket")
        try await withGroup { group in
            let address = SocketAddress.unix(directory("file"))
            #expect(throws: TransportFailure.addressInUse(address)) {
                try group.listen(on: address, accept: Self.echo)
            }
        }
        #expect(try directory.names() == ["file"])
    }

    @Test func `every loop has an acceptor of its own`() async throws {
        try await withGroup(loops: 3) { group in
            let made = Mailbox<Int>(capacity: 10)
            _ = try group.listen(on: .loopback(port: 0)) { loop in
                _ = made.send(loop.index)
                return Acceptor { _ in EchoHandler() }
            }
            await group.broadcast { _ in }
            made.close()
            var indices: Set<Int> = []
            while let index = made.receive() { indices.insert(index) }
            #expect(indices == [0, 1, 2])
        }
    }

    @Test func `AV-20 above its limit a group stops accepting, serves on, and recovers`()
        async throws
    {
        var limits = LoopLimits.fast
        limits.acceptedStreams = 2
        try await withGroup(limits: limits) { group in
            let address = try group.listen(on: .loopback(port: 0), accept: Self.echo)
            let port = try #require(address.port)
            let first = try await RawClient.connect(port: port)
            let second = try await RawClient.connect(port: port)
            for client in [first, second] {
                try await client.send("x\n")
                #expect(try await client.read(until: "\n") == "x\n")
            }
            // The kernel takes this one into the listener's queue; nobody accepts it.
            let third = try await RawClient.connect(port: port)
            try await third.send("y\n")
            while try await group.run({ $0.counters.acceptPauses }) == 0 {}
            #expect(try await group.run { $0.streamCount } == 2)
            try await first.send("z\n")
            #expect(try await first.read(until: "\n") == "z\n")
            let before = try await group.run { $0.counters }
            try await first.send("z\n")
            #expect(try await first.read(until: "\n") == "z\n")
            #expect(try await group.run { $0.counters.acceptPauses } == before.acceptPauses)
            await second.close()
            #expect(try await third.read(until: "\n") == "y\n")
            await first.close()
            await third.close()
        }
    }

    @Test func `AV-26 what the queue still holds when listening stops is accepted`() async throws {
        try await withGroup(loops: 2) { group in
            let address = try group.listen(on: .loopback(port: 0), accept: Self.echo)
            let port = try #require(address.port)
            // The loops are kept busy, so that connections stay in the queues.
            let gate = Mailbox<Bool>(capacity: 1)
            for inbox in group.inboxes { #expect(inbox.post { _ in _ = gate.receive() }) }
            var clients: [RawClient] = []
            for _ in 0..<20 { clients.append(try await RawClient.connect(port: port)) }
            async let stopped: Void = group.stopListening(address)
            gate.close()
            await stopped
            for client in clients {
                try await client.send("x\n")
                #expect(try await client.read(until: "\n") == "x\n")
                await client.close()
            }
            await #expect(throws: RawClient.Failure.self) {
                try await RawClient.connect(port: port)
            }
        }
    }

    @Test(arguments: [
        "127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[2001:db8::1]:80", "unix:/run/a.sock",
    ])
    func `an address is read and written alike`(text: String) throws {
        #expect(try #require(SocketAddress(text)).description == text)
    }

    @Test(arguments: [
        "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1: 80", "::1:80", "[::1]", "[::1]80", "[127.0.0.1]:80", "localhost:80", "unix:",
        "unix:\0", "unix:" + String(repeating: "a", count: 200), "127.0.0.1:8٠",
        "127.0.0.1:000080",
    ])
    func `what is no address is refused`(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test func `a path that is too long is refused when it is used`() async throws {
        let address = SocketAddress.unix(String(repeating: "a", count: 200))
        try await withGroup { group in
            #expect(throws: TransportFailure.self) {
                try group.listen(on: address, accept: Self.echo)
            }
        }
    }
}
