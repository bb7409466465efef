import HTTPProxy
import Synchronization
import System
import Telemetry
import TestSupport
import Testing
import Transport
import Values

@testable import Gateway

/// Where upstreams are, looked up again and again.
@Suite struct UpstreamDirectoryTests {
    /// Name servers of a test.
    private final class Names: Sendable {
        private let answers: Mutex<[String: [String]]>

        init(_ answers: [String: [String]]) { self.answers = Mutex(answers) }

        func set(_ name: String, _ addresses: [String]) {
            answers.withLock { $0[name] = addresses }
        }

        func addresses(of name: String) throws(NameResolution.Failure) -> [HostAddress] {
            if let address = HostAddress(name) { return [address] }
            guard let found = answers.withLock({ $0[name] }) else { throw .unknownName(name) }
            return found.compactMap { HostAddress($0) }
        }
    }

    private func directory(
        _ upstreams: [UpstreamConfiguration], _ names: Names
    ) -> UpstreamDirectory {
        UpstreamDirectory(
            upstreams,
            logger: Logger(minimum: .error, format: .json, sink: TestSite.Lines()) {
                UnixTime(seconds: 0)
            }, metrics: Metrics()
        ) { name throws(NameResolution.Failure) in try names.addresses(of: name) }
    }

    private let projects = UpstreamConfiguration(
        name: "projects", place: .host("projects.internal", port: 8080),
        authority: "projects.internal:8080")

    @Test func `all addresses of a name are known, in its order`() async throws {
        let names = Names(["projects.internal": ["10.0.0.2", "10.0.0.1", "fd00::1"]])
        let directory = directory([projects], names)
        try await directory.load()
        #expect(
            directory.upstreams.first?.addresses.map(\.description) == [
                "10.0.0.2:8080", "10.0.0.1:8080", "[fd00::1]:8080",
            ])
        #expect(directory.upstreams.first?.authority == "projects.internal:8080")
    }

    @Test func `an unknown name ends the start, with the upstream's name`() async {
        let directory = directory([projects], Names([:]))
        let failure = await #expect(throws: GatewayStartFailure.self) { try await directory.load() }
        #expect(failure?.message.contains("`projects`") == true)
        #expect(failure?.message.contains("projects.internal") == true)
    }

    @Test func `other addresses are taken, the same in another order are no change`() async throws {
        let names = Names(["projects.internal": ["10.0.0.1", "10.0.0.2"]])
        let directory = directory([projects], names)
        try await directory.load()
        names.set("projects.internal", ["10.0.0.2", "10.0.0.1"])
        await directory.refresh()
        #expect(
            directory.upstreams[0].addresses.map(\.description) == [
                "10.0.0.1:8080", "10.0.0.2:8080",
            ]
        )
        names.set("projects.internal", ["10.0.0.3"])
        await directory.refresh()
        #expect(directory.upstreams[0].addresses.map(\.description) == ["10.0.0.3:8080"])
    }

    @Test func `what cannot be looked up again stays, and is said until it can`() async throws {
        let names = Names(["projects.internal": ["10.0.0.1"]])
        let directory = directory([projects], names)
        try await directory.load()
        #expect(directory.degradation == nil)
        names.set("projects.internal", [])
        await directory.refresh()
        #expect(directory.upstreams[0].addresses.map(\.description) == ["10.0.0.1:8080"])
        #expect(directory.degradation?.contains("projects.internal") == true)
        names.set("projects.internal", ["10.0.0.1"])
        await directory.refresh()
        #expect(directory.degradation == nil)
    }

    @Test func `TLS is made anew when its files change, and not before`() async throws {
        try #require(TestAuthority.isInstalled)
        let (one, other) = (try await TestAuthority(), try await TestAuthority(name: "Other"))
        let folder = try TemporaryDirectory()
        try FileSystem.writeAtomically(folder("ca.pem"), one.own.certificatePEM)
        var upstream = UpstreamConfiguration(
            name: "billing", place: .host("10.0.0.7", port: 443), authority: "billing")
        upstream.tls = UpstreamTLSConfiguration(
            authorities: folder("ca.pem"), serverName: "billing")
        let directory = directory([upstream], Names([:]))
        try await directory.load()
        let first = try #require(directory.upstreams[0].tls)
        await directory.refresh()
        #expect(directory.upstreams[0].tls === first)
        try FileSystem.writeAtomically(folder("ca.pem"), Array("nothing".utf8))
        await directory.refresh()
        #expect(directory.upstreams[0].tls === first)
        #expect(directory.degradation?.contains(folder("ca.pem")) == true)
        try FileSystem.writeAtomically(folder("ca.pem"), other.own.certificatePEM)
        await directory.refresh()
        #expect(directory.upstreams[0].tls != nil)
        #expect(directory.upstreams[0].tls !== first)
    }

    @Test func `files that change before they are watched are read again`() async throws {
        try #require(TestAuthority.isInstalled)
        let (one, other) = (try await TestAuthority(), try await TestAuthority(name: "Other"))
        let folder = try TemporaryDirectory()
        try FileSystem.writeAtomically(folder("ca.pem"), one.own.certificatePEM)
        var upstream = UpstreamConfiguration(
            name: "billing", place: .host("10.0.0.7", port: 443), authority: "billing")
        upstream.tls = UpstreamTLSConfiguration(
            authorities: folder("ca.pem"), serverName: "billing")
        let directory = directory([upstream], Names([:]))
        try await directory.load()
        let first = try #require(directory.upstreams[0].tls)
        try FileSystem.writeAtomically(folder("ca.pem"), other.own.certificatePEM)
        async let end: Void = directory.run()
        let time = Clocks.monotonic().advanced(by: .seconds(10))
        while directory.upstreams[0].tls === first, Clocks.monotonic() < time { await Task.yield() }
        #expect(directory.upstreams[0].tls !== first)
        await directory.stop()
        try await end
    }

    @Test func `whoever stops waits for one look-up alone`() async throws {
        let upstreams = (0..<5).map {
            UpstreamConfiguration(
                name: "u\($0)", place: .host("u\($0).internal", port: 80), authority: "u\($0)")
        }
        let asked = Atomic(0)
        let isAnswered = Atomic(false)
        let directory = UpstreamDirectory(
            upstreams,
            logger: Logger(minimum: .error, format: .json, sink: TestSite.Lines()) {
                UnixTime(seconds: 0)
            }, metrics: Metrics()
        ) { _ in
            // The first five are those of the start. Like the C library's, a look-up does not hear
            // that nobody waits any more.
            if asked.add(1, ordering: .relaxed).newValue > 5 {
                while !isAnswered.load(ordering: .relaxed) { await Task.yield() }
            }
            return [.ipv4(1)]
        }
        try await directory.load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await directory.run() }
            directory.refreshSoon()
            while asked.load(ordering: .relaxed) < 6 { await Task.yield() }
            await directory.stop()
            group.cancelAll()
            isAnswered.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        #expect(asked.load(ordering: .relaxed) == 6)
    }
}
