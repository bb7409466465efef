import Glibc
import System
import TestSupport
import Testing
import Transport
import Values

/// What happens when the process may not open more descriptors; in a process of its own, since the
/// limit is the whole process's.
@Suite struct DescriptorTests {
    @Test func `AV-20 without descriptors accepting pauses, clients are served, and it recovers`()
        async
    {
        await #expect(processExitsWith: .success) {
            var limits = LoopLimits.fast
            limits.acceptedStreams = 1000
            try await withGroup(limits: limits) { group in
                let address = try group.listen(on: .loopback(port: 0)) { _ in
                    Acceptor { _ in EchoHandler() }
                }
                let port = try #require(address.port)
                let server = try RawServer()
                let first = try await RawClient.connect(port: port)
                try await first.send("a\n")
                #expect(try await first.read(until: "\n") == "a\n")

                // The loop waits while a client comes and the process runs out of descriptors.
                let gate = Mailbox<Bool>(capacity: 1)
                let isWaiting = group.inboxes[0].post { _ in _ = gate.receive() }
                #expect(isWaiting)
                let late = try await RawClient.connect(port: port)
                try await late.send("c\n")
                let shortage = Shortage()
                gate.close()

                while try await group.run({ $0.counters.acceptPauses }) == 0 {}
                try await first.send("a\n")
                #expect(try await first.read(until: "\n") == "a\n")

                // Whoever is being served still reaches one upstream; the next attempt says why not.
                let journal = try Journal()
                let upstream = SocketAddress.loopback(port: server.port)
                let failures = try await group.run { loop in
                    (0..<2).map { _ in Self.connect(loop, to: upstream, journal) }
                }
                #expect(failures == [nil, .noDescriptors])
                let event = try await journal.next()
                #expect(event == .opened)

                shortage.end()
                #expect(try await late.read(until: "\n") == "c\n")
            }
        }
    }

    @Test(.enabled(if: TestAuthority.isInstalled))
    func `AV-20 without descriptors handshakes that are under way are done`() async {
        await #expect(processExitsWith: .success) {
            let authority = try await TestAuthority()
            let context = try TLSServerContext(await authority.issue("server"))
            let target = try authority.target()
            var limits = LoopLimits.fast
            limits.acceptedStreams = 1000
            try await withGroup(limits: limits) { group in
                let port = try group.listenTLS(context)
                let first = try Journal()
                try await group.connectTLS(port: port, target, journal: first) { handler in
                    handler.onOpened = { $0.write("a") }
                }
                #expect(try await first.next() == .opened)
                #expect(try await first.next() == .received("a"))

                // Both ends live in this process: one connection more than it may have.
                let gate = Mailbox<Bool>(capacity: 1)
                let isWaiting = group.inboxes[0].post { _ in _ = gate.receive() }
                #expect(isWaiting)
                let late = try await RawClient.connect(port: port)
                let shortage = Shortage()
                gate.close()
                while try await group.run({ $0.counters.acceptPauses }) == 0 {}

                // A stream that is there goes on, and TLS needs no descriptor of its own.
                let renewed = try TLSServerContext(
                    identities: [
                        TLSIdentity(
                            certificatePEM: authority.own.certificatePEM,
                            keyPEM: authority.own.keyPEM)
                    ])
                await group.replaceTLS(of: .loopback(port: port), with: renewed)
                shortage.end()
                try await late.send("GET / HTTP/1.1\r\n\r\n")
                #expect(await late.isClosedByPeer())
                let second = try Journal()
                try await group.connectTLS(
                    port: port, authority.target(), journal: second)
                guard case .failed(.tls(.nameMismatch, _)) = try await second.next() else {
                    Issue.record("the new certificate was not shown")
                    return
                }
                #expect(try await group.counters().handshakeFailures[.notTLS] == 1)
            }
        }
    }

    private static func connect(
        _ loop: EventLoop, to address: SocketAddress, _ journal: Journal
    ) -> TransportFailure? {
        do throws(TransportFailure) {
            _ = try loop.connect(
                to: address, handler: ScriptedHandler(journal),
                deadline: loop.now.monotonic.advanced(by: .seconds(10)))
            return nil
        } catch {
            return error
        }
    }
}

/// All descriptors that the process may have are open.
private struct Shortage {
    private var taken: [Int32] = []
    private var before = rlimit()

    init() {
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
        var low = before
        low.rlim_cur = 256
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
        while true {
            let next = dup(1)
            guard next >= 0 else { return }
            taken.append(next)
        }
    }

    func end() {
        var limit = before
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        for number in taken { close(number) }
    }
}
