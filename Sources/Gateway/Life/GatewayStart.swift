import Cryptography
import Documents
import HTTPProxy
import JOSE
import Logto
import Outbound
package import PolicyEngine
import SelfService
import Store
import Synchronization
import System
import Telemetry
import Transport
import Values

extension GatewayRuntime {
    /// Starts a gateway: files are checked, names resolved, listeners bound. Nothing listens unless
    /// everything is well.
    package static func start(
        _ configuration: GatewayConfiguration, _ options: Options
    ) async throws(GatewayStartFailure) -> GatewayRuntime {
        try await GatewayStart(configuration, options).run()
    }
}

/// The steps of a start.
struct GatewayStart {
    private let configuration: GatewayConfiguration
    private let options: GatewayRuntime.Options
    private let metrics = Metrics()
    private let plan = GatewayMetrics()
    private let readiness = Readiness()

    init(_ configuration: GatewayConfiguration, _ options: GatewayRuntime.Options) {
        self.configuration = configuration
        self.options = options
    }

    func run() async throws(GatewayStartFailure) -> GatewayRuntime {
        guard let routes = SelfServiceRoutes(prefix: configuration.selfService.prefix) else {
            throw .other("`self_service.prefix` is no path: \(configuration.selfService.prefix)")
        }
        let policies = try loadPolicies(routes)
        let upstreams = try await resolveUpstreams()
        let writer = try Self.named("start the log writer") { () throws(SystemFailure) in
            try LogWriter()
        }
        let logger = Logger(
            minimum: options.minimumLogLevel, format: options.log, sink: writer.standardError(),
            time: Clocks.wall)
        let outputs = try self.outputs(writer)
        let outbound = try Self.named("start the client for Logto") {
            try OutboundClient(metrics: metrics, clock: Clocks.monotonic)
        }
        let store = try openStore()
        // Twice the descriptors of clients: each may hold a connection to an upstream as well.
        _ = DescriptorLimit.raise()
        let loops = try makeLoops(
            configuration.threads ?? Environment.coreCount, name: "loop")
        let adminLoops = try makeLoops(1, name: "admin")
        let hub = SnapshotHub(policies: policies, trust: initialTrust(), group: loops)
        let reloader = PolicyReloader(
            folder: configuration.policies, environment: environment, routes: routes, hub: hub,
            logger: logger, metrics: metrics, announce: options.announce)
        let refresher = keyRefresher(hub, outbound, logger)
        let demand = KeyDemandService(refreshers: [refresher])
        let selfService = selfService(routes, hub, outbound, store, logger)
        let actionWork = LocalWork(name: "built-in routes", capacity: 256)
        let adminWork = LocalWork(name: "admin endpoints", capacity: 64)
        let builtIns = BuiltInRoutes(
            actions: selfService.map {
                ActionCalls(routes: routes, selfService: $0, work: actionWork)
            },
            metadata: MetadataService(
                issuer: configuration.logto.endpoint.issuer,
                audiences: configuration.logto.audiences))
        loops.start()
        adminLoops.start()
        do throws(GatewayStartFailure) {
            let servers = try listen(
                loops, gates(hub, demand, builtIns, outputs), upstreams: upstreams)
            let adminServer = try listenAdmin(adminLoops, loops, hub, reloader, writer, adminWork)
            var services: [any Service] = [reloader, refresher, demand, actionWork, adminWork]
            if let selfService { services.append(selfService) }
            return GatewayRuntime(
                GatewayParts(
                    loops: loops, adminLoops: adminLoops, servers: servers,
                    adminServer: adminServer, services: services, writer: writer, logger: logger,
                    outbound: outbound, store: store, reloader: reloader, readiness: readiness))
        } catch {
            await loops.stop(drainDeadline: .zero)
            await adminLoops.stop(drainDeadline: .zero)
            await outbound.shutdown()
            await store?.close()
            await writer.stop()
            throw error
        }
    }

    // MARK: Files

    private var environment: PolicyEnvironment { configuration.policyEnvironment }

    private func loadPolicies(
        _ routes: SelfServiceRoutes
    ) throws(GatewayStartFailure) -> PolicySnapshot {
        let (snapshot, found) = PolicyReloader.load(options.policyFiles, environment, routes)
        guard let snapshot else { throw .files(found, options.policyFiles) }
        return snapshot
    }

    private func openStore() throws(GatewayStartFailure) -> EmbeddedStore? {
        guard configuration.logto.management != nil else { return nil }
        do {
            return try EmbeddedStore.open(configuration.storePath.map { .file($0) } ?? .inMemory)
        } catch {
            throw .other("\(error)")
        }
    }

    private func outputs(
        _ writer: LogWriter
    ) throws(GatewayStartFailure) -> ExchangeLog.Outputs {
        func sink(_ destination: LogDestination) throws(GatewayStartFailure) -> (any LogSink)? {
            switch destination {
            case .off: return nil
            case .standardOutput: return writer.standardOutput()
            case .file(let path):
                return try Self.named("open a log file") { () throws(SystemFailure) in
                    try writer.file(path)
                }
            }
        }
        return ExchangeLog.Outputs(
            access: try sink(configuration.logs.access),
            decisions: try sink(configuration.logs.decisions), console: options.console)
    }

    // MARK: Upstreams and loops

    private func resolveUpstreams() async throws(GatewayStartFailure) -> [HTTPServerConfiguration
        .Upstream]
    {
        let resolution = try Self.named("start name resolution") { () throws(SystemFailure) in
            try NameResolution()
        }
        var upstreams: [HTTPServerConfiguration.Upstream] = []
        var failure: GatewayStartFailure?
        for configured in configuration.upstreams {
            do {
                guard let address = try await resolution.addresses(of: configured.host).first else {
                    throw NameResolution.Failure.unknownName(configured.host)
                }
                var upstream = HTTPServerConfiguration.Upstream(
                    name: configured.name,
                    address: SocketAddress(address, port: configured.port),
                    authority: configured.authority)
                upstream.connectTimeout = configured.connectTimeout
                upstream.responseTimeout = configured.responseTimeout
                upstreams.append(upstream)
            } catch {
                failure = .other("upstream `\(configured.name)`: \(error)")
            }
        }
        await resolution.stop()
        if let failure { throw failure }
        return upstreams
    }

    private func makeLoops(
        _ count: Int, name: String
    ) throws(GatewayStartFailure) -> EventLoopGroup {
        do {
            var limits = LoopLimits()
            // The loops share it. As many descriptors again are kept for connections to upstreams.
            limits.acceptedStreams = min(
                configuration.limits.connections, max((DescriptorLimit.current - 64) / 2, 16))
            return try EventLoopGroup(count: count, name: name, limits: limits)
        } catch {
            throw .other("cannot start the event loops: \(error)")
        }
    }

    private static func named<Value, Failure: Error>(
        _ what: String, _ body: () throws(Failure) -> Value
    ) throws(GatewayStartFailure) -> Value {
        do {
            return try body()
        } catch {
            throw .other("cannot \(what): \(error)")
        }
    }
}

// MARK: - The parts

extension GatewayStart {
    private func initialTrust() -> TrustSnapshot {
        let logto = configuration.logto
        return TrustSnapshot(
            configuration: TrustConfiguration(
                issuers: logto.issuers.map(\.issuer), audiences: logto.audiences,
                algorithms: logto.algorithms, leewaySeconds: logto.leewaySeconds,
                maxTokenLifetimeSeconds: logto.maxTokenLifetimeSeconds, roles: logto.roles,
                firstPartyClients: logto.firstPartyClients),
            keys: [:], generation: 1)
    }

    private func keyRefresher(
        _ hub: SnapshotHub, _ outbound: OutboundClient, _ logger: Logger
    ) -> KeyRefresher {
        KeyRefresher(
            issuer: configuration.logto.endpoint.issuer, client: outbound,
            settings: KeyRefreshSettings(
                refresh: configuration.logto.keyRefresh, maxStale: configuration.logto.keyMaxStale),
            clock: .machine, metrics: metrics, logger: logger
        ) { [readiness] publication in
            await hub.replaceKeys(publication)
            readiness.keys = publication.state
        }
    }

    private func selfService(
        _ routes: SelfServiceRoutes, _ hub: SnapshotHub, _ outbound: OutboundClient,
        _ store: EmbeddedStore?, _ logger: Logger
    ) -> OrganizationService? {
        guard let management = configuration.logto.management, let store else { return nil }
        let tokens = MachineTokenSource(
            MachineCredentials(
                endpoint: management.endpoint, resource: management.resource,
                clientID: ClientID(management.clientID), clientSecret: management.clientSecret),
            client: outbound, clock: .machine, logger: logger)
        let client = ManagementClient(
            endpoint: management.endpoint, tokens: tokens, client: outbound, metrics: metrics,
            logger: logger)
        return OrganizationService(
            configuration: OrganizationService.Configuration(
                routes: routes, creatorRole: configuration.selfService.creatorRole),
            directory: LogtoDirectory(client),
            store: store,
            policy: { ActionVerdict(of: hub.current.policies, $0, $1) },
            surroundings: .machine,
            log: logger)
    }

    private func gates(
        _ hub: SnapshotHub, _ demand: KeyDemandService, _ builtIns: BuiltInRoutes,
        _ outputs: ExchangeLog.Outputs
    ) -> @Sendable (EventLoop) -> any RequestGate {
        let settings = GateSettings(
            scheme: "http", corsOrigins: configuration.selfService.corsOrigins,
            cachedTokens: 20_000, cachedTokenBytes: 64 << 20)
        let answers = AnswerSet()
        let plan = plan
        let seed = RandomBytes.make(16).reduce((UInt64(0), UInt64(0))) { state, byte in
            (state.0 << 8 | state.1 >> 56, state.1 << 8 | UInt64(byte))
        }
        return { loop in
            // Listeners of one loop share its gate, and with it the token cache.
            if let gate = loop.attached(PolicyGate.self) { return gate }
            let log = ExchangeLog(outputs)
            let gate = PolicyGate(
                settings: settings, snapshots: hub.current, keyDemand: demand, builtIns: builtIns,
                answers: answers, log: log, metrics: plan, cacheSeed: seed)
            loop.attach(gate)
            loop.onSweep { _ in log.flush() }
            loop.onStop { _ in log.flush() }
            return gate
        }
    }

    private func listen(
        _ loops: EventLoopGroup, _ makeGate: @escaping @Sendable (EventLoop) -> any RequestGate,
        upstreams: [HTTPServerConfiguration.Upstream]
    ) throws(GatewayStartFailure) -> [HTTPServer] {
        var server = HTTPServerConfiguration(upstreams: upstreams)
        server.limits.head.headBytes = configuration.limits.requestHeadBytes
        server.limits.head.fields = configuration.limits.headers
        server.limits.bodyBytes = configuration.limits.bodyBytes
        var servers: [HTTPServer] = []
        for address in configuration.listeners {
            do {
                servers.append(
                    try HTTPServer(
                        group: loops, address: address, configuration: server, makeGate: makeGate))
            } catch {
                throw Self.listening(error)
            }
        }
        return servers
    }

    private func listenAdmin(
        _ adminLoops: EventLoopGroup, _ loops: EventLoopGroup, _ hub: SnapshotHub,
        _ reloader: PolicyReloader, _ writer: LogWriter, _ work: LocalWork
    ) throws(GatewayStartFailure) -> HTTPServer {
        let source = AdminSource(
            unreadiness: { [readiness] in readiness.problems },
            metrics: { [metrics, plan] in
                await Self.metricsPage(metrics, plan, loops, writer)
            },
            policy: { Self.policyStanding(hub, reloader) },
            reload: {
                switch await reloader.load() {
                case .replaced, .unchanged: nil
                case .kept(let found, let files): DiagnosticRenderer(files: files).text(found)
                case .unreadable(let problem): problem
                }
            })
        let service = AdminService(
            source: source, work: work, isOnLoopback: configuration.admin.isLoopback)
        do {
            return try HTTPServer(
                group: adminLoops, address: configuration.admin,
                configuration: HTTPServerConfiguration()
            ) { _ in LocalServiceGate(service) }
        } catch {
            throw Self.listening(error)
        }
    }

    private static func listening(_ failure: TransportFailure) -> GatewayStartFailure {
        if case .addressInUse(let address) = failure { return .addressInUse(address) }
        return .other("cannot listen: \(failure)")
    }

    private static func metricsPage(
        _ metrics: Metrics, _ plan: GatewayMetrics, _ loops: EventLoopGroup, _ writer: LogWriter
    ) async -> [UInt8] {
        let gathered = Gathered()
        await loops.broadcast { loop in
            guard let gate = loop.attached(PolicyGate.self) else { return }
            gathered.counters.withLock { $0.append(gate.counters) }
        }
        var page = MetricsPage()
        metrics.write(to: &page)
        plan.plan.write(gathered.counters.withLock { $0 }, to: &page)
        page.counter(
            "gatehouse_log_blocks_dropped_total", help: "Blocks of log lines that were dropped.",
            labels: [:], value: writer.droppedBlocks)
        page.counter(
            "gatehouse_log_blocks_failed_total",
            help: "Blocks of log lines that could not be written.", labels: [:],
            value: writer.failedBlocks)
        return page.text()
    }

    private final class Gathered: Sendable {
        let counters = Mutex<[Telemetry.LoopCounters]>([])
    }

    private static func policyStanding(_ hub: SnapshotHub, _ reloader: PolicyReloader) -> JSONValue
    {
        let policies = hub.current.policies
        let standing = reloader.standing
        return .object(
            JSONObject([
                ("hash", .string(policies.hash)), ("name", .string(policies.name)),
                ("routes", .integer(Int64(policies.routes.count))),
                ("loaded_at", .string(standing.loadedAt.rfc3339)),
                ("age_seconds", .integer(Clocks.wall().seconds - standing.loadedAt.seconds)),
                ("stale", .bool(standing.problem != nil)),
                ("problem", standing.problem.map { .string($0) } ?? .null),
            ]))
    }
}

extension GatewayConfiguration {
    /// What the configuration tells the policies.
    package var policyEnvironment: PolicyEnvironment {
        PolicyEnvironment(
            upstreams: upstreams.map(\.name), audiences: logto.audiences,
            rolesKnown: logto.roles != .none, permissionsFromRoles: logto.permissionsFromRoles)
    }
}
