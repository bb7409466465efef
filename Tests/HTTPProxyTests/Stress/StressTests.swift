import Glibc
import HTTPProxy
import Synchronization
import System
import TestSupport
import Testing
import Values

@testable import Transport

/// Everything at once, at random: clients and upstreams that leave at any point, in clear text and under
/// TLS, while upstreams and certificates are replaced and exchanges are judged again. With
/// `GATEHOUSE_LONG` set it lasts minutes.
@Suite(.enabled(if: TestAuthority.isInstalled)) struct StressTests {
    /// What the gates know of each exchange: that it began, and how often it ended.
    private final class Books: Sendable {
        private let ends = Mutex<[Int: Int]>([:])
        private let last = Atomic(0)
        let standing = Atomic<UInt64>(1)

        func begin() -> Int {
            let tag = last.add(1, ordering: .relaxed).newValue
            ends.withLock { $0[tag] = 0 }
            return tag
        }

        func end(_ outcomes: [GateLog.Outcome]) -> [Int: Int] {
            var all = ends.withLock { $0 }
            for outcome in outcomes where outcome.tag > 0 { all[outcome.tag, default: 0] += 1 }
            return all
        }
    }

    private static let isLong = unsafe getenv("GATEHOUSE_LONG") != nil

    @Test(arguments: isLong ? Array(1...5) : [1] as [UInt64])
    func `whatever clients and upstreams do, each answer is its request's and nothing stays behind`(
        seed: UInt64
    ) async throws {
        let books = Books()
        let log = GateLog()
        let authority = try await TestAuthority()
        let issued = try await authority.issue("server")
        func server() throws -> TLSServerContext {
            try TLSServerContext(identities: [
                try TLSIdentity(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
            ])
        }
        func target() throws -> TLSTarget {
            TLSTarget(
                context: try TLSClientContext(authoritiesPEM: authority.own.certificatePEM),
                serverName: "localhost")
        }

        var limits = LoopLimits()
        limits.sweepInterval = .milliseconds(2)
        limits.closing = .milliseconds(500)
        limits.lingering = .milliseconds(100)
        let outside = try EventLoopGroup(count: 1, name: "outside", limits: limits)
        outside.start()
        limits.handshakes = 8
        let group = try EventLoopGroup(count: 2, name: "proxy", limits: limits)
        group.start()

        // Upstreams.
        let clear = try outside.listen(on: .loopback(port: 0)) { _ in
            UnreliableUpstream(seed: seed)
        }
        let sealed = try outside.listen(
            on: .loopback(port: 0), settings: ListenerSettings(tls: try server())
        ) { _ in UnreliableUpstream(seed: seed &+ 1) }
        let nobody = ReservedPort()
        let dead = SocketAddress.loopback(port: nobody.port)
        var kinds: [HTTPServerConfiguration.Upstream] = []
        for addresses in [[clear], [dead, clear], [sealed], [dead, sealed], [clear, dead]] {
            var upstream = HTTPServerConfiguration.Upstream(name: "u", addresses: addresses)
            if addresses.contains(sealed) { upstream.tls = try target() }
            upstream.connectTimeout = .milliseconds(300)
            upstream.responseTimeout = .milliseconds(150)
            upstream.bodyIdleTimeout = .milliseconds(150)
            upstream.idleTimeout = .milliseconds(40)
            upstream.maxConnections = 6
            kinds.append(upstream)
            upstream.totalTimeout = .milliseconds(60)
            kinds.append(upstream)
        }

        // The servers.
        var configuration = HTTPServerConfiguration(upstreams: [kinds[0]])
        configuration.deadlines.write = .milliseconds(500)
        configuration.deadlines.bodyWindow = .milliseconds(300)
        var later = TestGate.Later()
        later.standing = { books.standing.load(ordering: .relaxed) }
        later.ask = { line in
            switch Int.random(in: 0..<20) {
            case 0: .ends(Refusal(status: 401, code: "token-stale"))
            case 1: .undecided
            default: .stands(until: nil)
            }
        }
        let reviewer = later
        let makeGate: @Sendable (EventLoop) -> any RequestGate = { _ in
            TestGate(
                protected: [], log: log,
                verdict: { _, edits in
                    if edits.tag < 0 { edits.tag = books.begin() }
                    return .forward(to: 0, rules: .standard)
                }, later: reviewer)
        }
        let servers = [
            try HTTPServer(
                group: group, address: .loopback(port: 0), configuration: configuration,
                makeGate: makeGate),
            try HTTPServer(
                group: group, address: .loopback(port: 0),
                settings: ListenerSettings(tls: try server()), configuration: configuration,
                makeGate: makeGate),
        ]

        // The clients.
        let count = 24
        let connections = Self.isLong ? 100 : 12
        let findings = StressFindings(clients: count)
        let places = [
            UnreliableClient.Place(address: servers[0].boundAddress, tls: nil),
            UnreliableClient.Place(address: servers[1].boundAddress, tls: try target()),
        ]
        await outside.broadcast { loop in
            for number in 0..<count {
                UnreliableClient(
                    seed: seed &* 1_000_003 &+ UInt64(number), places: places, findings: findings,
                    connections: connections
                ).next(on: loop)
            }
        }

        // What changes meanwhile.
        var random = SeededGenerator(seed: seed)
        while !findings.isOver {
            for _ in 0..<20 { await group.broadcast { _ in } }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                guard let next = kinds.randomElement(using: &random) else { break }
                for server in servers { await server.replaceUpstreams([next]) }
            case 4: await group.replaceTLS(of: servers[1].boundAddress, with: try server())
            case 5..<8: books.standing.add(1, ordering: .relaxed)
            default: break
            }
        }
        #expect(findings.wrong.isEmpty, "seed \(seed)")
        #expect(findings.whole > 0)
        print("stress, seed \(seed): \(findings.summary)")

        // Nothing stays behind.
        let time = Clocks.monotonic().advanced(by: .seconds(10))
        var left = ProxyCounters()
        repeat {
            left = ProxyCounters()
            for server in servers { left.add(await server.counters()) }
        } while (left.connections > 0 || left.exchanges > 0
            || left.upstreams.contains { $0.openConnections > 0 }) && Clocks.monotonic() < time
        #expect(left.connections == 0 && left.exchanges == 0)
        #expect(left.upstreams.allSatisfy { $0.openConnections == 0 && $0.idleConnections == 0 })
        let rest = Mutex<[String]>([])
        repeat {
            rest.withLock { $0 = [] }
            await group.broadcast { loop in
                let text =
                    "streams \(loop.streamCount), accepted \(loop.acceptedStreamCount), "
                    + "lent \(loop.lentBytes), handshakes \(loop.handshakes.count)"
                rest.withLock { $0.append(text) }
            }
        } while rest.withLock({ $0.contains { !$0.hasPrefix("streams 0,") } })
            && Clocks.monotonic() < time
        let nothing = "streams 0, accepted 0, lent 0, handshakes 0"
        #expect(rest.withLock { $0 } == [nothing, nothing])
        let ends = books.end(log.outcomes)
        #expect(ends.values.allSatisfy { $0 == 1 }, "each exchange is told of once")
        await group.stop(drainDeadline: .zero)
        withExtendedLifetime(nobody) {}
        await outside.stop(drainDeadline: .zero)
    }
}
