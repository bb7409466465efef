package import Documents
import HTTPProxy
import JOSE
package import Logto
import Outbound
import PolicyEngine
import SelfService
import Store
import Synchronization
import System
package import Telemetry
package import Transport
import Values

/// One running gateway: its loops, its listeners and its services, from start to the last log line.
package final class GatewayRuntime: Sendable {
    /// What a gateway is started from, besides its configuration.
    package struct Options: Sendable {
        /// The rule files, already read.
        package var policyFiles: [SourceFile]
        /// Where log lines of services go.
        package var log: LogFormat
        /// Lines of services below it are not written.
        package var minimumLogLevel: LogLevel
        /// Where one short line for each exchange goes; nil: nowhere.
        package var console: (any LogSink)?
        /// The time by which answers of Logto are remembered.
        package var clock: ServiceClock
        /// Hears of each load of the rule files.
        package var announce: @Sendable (PolicyReloader.Outcome) -> Void
        /// How signatures are checked that take too long for a loop.
        var verification = VerifierPool.Settings()

        package init(
            policyFiles: [SourceFile], log: LogFormat = .json, minimumLogLevel: LogLevel = .info,
            console: (any LogSink)? = nil, clock: ServiceClock = .machine,
            announce: @escaping @Sendable (PolicyReloader.Outcome) -> Void = { _ in }
        ) {
            self.policyFiles = policyFiles
            self.log = log
            self.minimumLogLevel = minimumLogLevel
            self.console = console
            self.clock = clock
            self.announce = announce
        }
    }

    /// The public addresses, with the ports that were bound.
    package let addresses: [SocketAddress]
    /// The admin listener's address.
    package let adminAddress: SocketAddress
    /// For messages of whoever runs the gateway.
    package let logger: Logger

    let loops: EventLoopGroup
    let adminLoops: EventLoopGroup
    let servers: [HTTPServer]
    let adminServer: HTTPServer
    let services: [any Service]
    let writer: LogWriter
    let outbound: OutboundClient
    let store: EmbeddedStore?
    let reloader: PolicyReloader
    /// Where roles are asked for, with `organization_roles: live`.
    let roles: LiveRoles?
    let readiness: Readiness
    /// For those who take something away, and for whoever reports what is degraded.
    let revocations: RevocationService
    let upstreams: UpstreamDirectory
    let certificates: CertificateService
    private let names: NameResolution
    private let shutdownDelay: Duration

    init(_ parts: GatewayParts) {
        addresses = parts.servers.map(\.boundAddress)
        adminAddress = parts.adminServer.boundAddress
        logger = parts.logger
        loops = parts.loops
        adminLoops = parts.adminLoops
        servers = parts.servers
        adminServer = parts.adminServer
        services = parts.services
        writer = parts.writer
        outbound = parts.outbound
        store = parts.store
        reloader = parts.reloader
        roles = parts.roles
        readiness = parts.readiness
        revocations = parts.revocations
        upstreams = parts.upstreams
        certificates = parts.certificates
        names = parts.names
        shutdownDelay = parts.shutdownDelay
    }

    /// Reads rule files and certificates, and looks upstreams up, again, soon.
    package func reload() {
        reloader.reload()
        certificates.reload()
        upstreams.refreshSoon()
    }

    /// Waits until requests can be decided; false where that does not come in time.
    ///
    /// - Parameter wholly: whether nothing may be degraded either.
    package func becameReady(within time: Duration, wholly: Bool = false) async -> Bool {
        let end = Clocks.monotonic().advanced(by: time)
        while !readiness.problems.isEmpty || (wholly && !readiness.degradations.isEmpty) {
            guard Clocks.monotonic() < end, !Task.isCancelled else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    /// Runs the services until one of them dies or `stop` yields, then ends everything in order:
    /// readiness off, listeners closed, exchanges drained, services, outgoing calls, store, logs.
    ///
    /// - Throws: the error of a service that died.
    package func run(
        until stop: AsyncStream<Void>, drainingWithin deadline: Duration = .seconds(30)
    ) async throws {
        logger.info(
            "gateway serving",
            facts: [
                "gatehouse.addresses": .list(addresses.map(\.description)),
                "gatehouse.admin": .string(adminAddress.description),
                "gatehouse.loops": .integer(Int64(loops.count)),
            ])
        let died = FirstError()
        await withTaskGroup(of: Void.self) { group in
            let (ends, end) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            for service in services {
                group.addTask { [logger] in
                    do {
                        try await service.run()
                    } catch {
                        logger.error(
                            "service died",
                            facts: [
                                "gatehouse.service": .string(service.name),
                                "gatehouse.reason": .string("\(error)"),
                            ])
                        died.note(error)
                        end.yield()
                    }
                }
            }
            group.addTask {
                for await _ in stop { break }
                end.yield()
            }
            for await _ in ends { break }
            await shutDown(within: deadline)
            group.cancelAll()
        }
        await finish()
        if let error = died.error { throw error }
    }

    private func shutDown(within deadline: Duration) async {
        logger.info("gateway stopping")
        readiness.isStopping = true
        // A load balancer needs a moment to see it; until then everything is served as before.
        if shutdownDelay > .zero { try? await Task.sleep(for: shutdownDelay) }
        await withTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask { await server.drain(within: deadline) }
            }
        }
        for service in services.reversed() { await service.stop() }
    }

    private func finish() async {
        await loops.stop(drainDeadline: .seconds(1))
        await adminServer.drain(within: .seconds(1))
        await adminLoops.stop(drainDeadline: .seconds(1))
        await names.stop()
        await outbound.shutdown()
        await store?.close()
        logger.info("gateway stopped")
        await writer.stop()
    }
}

/// The first of several errors.
private final class FirstError: Sendable {
    private let state = Mutex<(any Error)?>(nil)

    var error: (any Error)? { state.withLock { $0 } }

    func note(_ error: any Error) { state.withLock { $0 = $0 ?? error } }
}

/// What a runtime is put together from.
struct GatewayParts {
    let loops: EventLoopGroup
    let adminLoops: EventLoopGroup
    let servers: [HTTPServer]
    let adminServer: HTTPServer
    let services: [any Service]
    let writer: LogWriter
    let logger: Logger
    let outbound: OutboundClient
    let store: EmbeddedStore?
    let reloader: PolicyReloader
    let roles: LiveRoles?
    let readiness: Readiness
    let revocations: RevocationService
    let upstreams: UpstreamDirectory
    let certificates: CertificateService
    let names: NameResolution
    let shutdownDelay: Duration
}
