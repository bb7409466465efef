import Cryptography
import HTTPProxy
import JOSE
import Logto
import Outbound
package import PolicyEngine
import SelfService
import Store
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
    let configuration: GatewayConfiguration
    let options: GatewayRuntime.Options
    let metrics = Metrics()
    let plan = GatewayMetrics()
    let readiness: Readiness

    init(_ configuration: GatewayConfiguration, _ options: GatewayRuntime.Options) {
        self.configuration = configuration
        self.options = options
        readiness = Readiness(issuers: configuration.logto.issuers.map(\.issuer))
    }

    func run() async throws(GatewayStartFailure) -> GatewayRuntime {
        guard let routes = SelfServiceRoutes(prefix: configuration.selfService.prefix) else {
            throw .other("`self_service.prefix` is no path: \(configuration.selfService.prefix)")
        }
        let policies = try loadPolicies(routes)
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
        let names = try Self.named("start name resolution") { () throws(SystemFailure) in
            try NameResolution()
        }
        let upstreams = UpstreamDirectory(
            configuration.upstreams, logger: logger, metrics: metrics
        ) { name throws(NameResolution.Failure) in try await names.addresses(of: name) }
        try await upstreams.load()
        readiness.ask { upstreams.degradation }
        let certificates = try Self.named("use the certificates of a listener") {
            () throws(CertificateProblem) in
            try CertificateService(
                configuration.listeners, loops: loops, logger: logger, metrics: metrics,
                clock: Clocks.wall)
        }
        readiness.ask { certificates.degradation }
        let revocations = revocations(store, loops, logger)
        try await load(revocations)
        readiness.ask { revocations.degradation }
        let hub = SnapshotHub(policies: policies, trust: initialTrust(), group: loops)
        let reloader = PolicyReloader(
            folder: configuration.policies, environment: environment, routes: routes, hub: hub,
            logger: logger, metrics: metrics, announce: options.announce)
        let refreshers = keyRefreshers(hub, outbound, logger)
        let demand = KeyDemandService(refreshers: refreshers)
        let verifiers = VerifierPool(
            options.verification, metrics: metrics, clock: Clocks.monotonic)
        let management = management(outbound, logger)
        let roles = liveRoles(management, loops, logger)
        let selfService = selfService(routes, hub, management?.client, store, logger)
        let actionWork = LocalWork(name: "built-in routes", capacity: 256)
        let adminWork = LocalWork(name: "admin endpoints", capacity: 64)
        let webhookWork = LocalWork(name: "webhooks", capacity: 64)
        let builtIns = BuiltInRoutes(
            actions: selfService.map {
                ActionCalls(routes: routes, selfService: $0, work: actionWork)
            },
            metadata: MetadataService(
                issuers: configuration.logto.issuers.map(\.issuer),
                audiences: configuration.logto.audiences),
            webhooks: webhooks(
                revocations, caches: roles.map { [$0] } ?? [], work: webhookWork, logger))
        loops.start()
        adminLoops.start()
        do throws(GatewayStartFailure) {
            let servers = try listen(
                loops, gates(hub, demand, verifiers, revocations, roles, builtIns, outputs),
                upstreams: upstreams.upstreams, certificates)
            upstreams.tell(servers)
            let adminServer = try listenAdmin(
                adminLoops, loops, hub, reloader, refreshers, writer, adminWork, servers)
            var services: [any Service] = [
                reloader, demand, verifiers, revocations, actionWork, adminWork, webhookWork,
                upstreams, certificates,
            ]
            services += refreshers
            if let roles {
                services.append(roles)
                readiness.ask { roles.problem }
            }
            if let selfService { services.append(selfService) }
            return GatewayRuntime(
                GatewayParts(
                    loops: loops, adminLoops: adminLoops, servers: servers,
                    adminServer: adminServer, services: services, writer: writer, logger: logger,
                    outbound: outbound, store: store, reloader: reloader, roles: roles,
                    readiness: readiness, revocations: revocations, upstreams: upstreams,
                    certificates: certificates, names: names,
                    shutdownDelay: configuration.shutdown.delay))
        } catch {
            await loops.stop(drainDeadline: .zero)
            await adminLoops.stop(drainDeadline: .zero)
            await names.stop()
            await outbound.shutdown()
            await store?.close()
            await writer.stop()
            throw error
        }
    }

    // MARK: Files

    var environment: PolicyEnvironment { configuration.policyEnvironment }

    private func loadPolicies(
        _ routes: SelfServiceRoutes
    ) throws(GatewayStartFailure) -> PolicySnapshot {
        let (snapshot, found) = PolicyReloader.load(options.policyFiles, environment, routes)
        guard let snapshot else { throw .files(found, options.policyFiles) }
        return snapshot
    }

    private func openStore() throws(GatewayStartFailure) -> EmbeddedStore? {
        let isNeeded = configuration.storePath != nil || configuration.logto.management != nil
        guard isNeeded else { return nil }
        do {
            return try EmbeddedStore.open(configuration.storePath.map { .file($0) } ?? .inMemory)
        } catch {
            throw Self.starting(error)
        }
    }

    private static func starting(_ failure: StoreFailure) -> GatewayStartFailure {
        .other(failure.message + (failure.help.map { "\n  = help: \($0)" } ?? ""))
    }

    private func revocations(
        _ store: EmbeddedStore?, _ loops: EventLoopGroup, _ logger: Logger
    ) -> RevocationService {
        let isLasting = configuration.storePath != nil
        return RevocationService(
            journal: isLasting ? store.map { StoredWatermarks(store: $0) } : nil, loops: loops,
            life: WatermarkLife(
                longestToken: configuration.logto.maxTokenLifetimeSeconds,
                leeway: configuration.logto.leewaySeconds),
            clock: .machine, metrics: metrics, logger: logger)
    }

    private func load(_ revocations: RevocationService) async throws(GatewayStartFailure) {
        do {
            try await revocations.load(
                isFed: !configuration.logto.webhookSecrets.isEmpty
                    || configuration.logto.management != nil)
        } catch {
            throw Self.starting(error)
        }
    }

    private func webhooks(
        _ revocations: RevocationService, caches: [any LogtoCaches], work: LocalWork,
        _ logger: Logger
    ) -> LogtoWebhookService? {
        guard !configuration.logto.webhookSecrets.isEmpty else { return nil }
        return LogtoWebhookService(
            secrets: configuration.logto.webhookSecrets, caches: caches, revocations: revocations,
            work: work, metrics: metrics, logger: logger)
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

    // MARK: Loops

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

    static func named<Value, Failure: Error>(
        _ what: String, _ body: () throws(Failure) -> Value
    ) throws(GatewayStartFailure) -> Value {
        do {
            return try body()
        } catch {
            throw .other("cannot \(what): \(error)")
        }
    }
}

// MARK: - Gates and listeners

extension GatewayStart {
    private func gates(
        _ hub: SnapshotHub, _ demand: KeyDemandService, _ verifiers: VerifierPool,
        _ revocations: RevocationService, _ roles: LiveRoles?,
        _ builtIns: BuiltInRoutes, _ outputs: ExchangeLog.Outputs
    ) -> @Sendable (EventLoop) -> any RequestGate {
        let settings = GateSettings(
            corsOrigins: configuration.selfService.corsOrigins,
            cachedTokens: 20_000, cachedTokenBytes: 64 << 20)
        let answers = AnswerSet()
        let plan = plan
        let seed = (RandomBytes.makeUInt64(), RandomBytes.makeUInt64())
        return { loop in
            // Listeners of one loop share its gate, and with it the token cache.
            if let gate = loop.attached(PolicyGate.self) { return gate }
            let log = ExchangeLog(outputs)
            let revoked = revocations.makeTable(now: loop.now)
            loop.attach(revoked)
            let gate = PolicyGate(
                loop: loop, settings: settings, snapshots: hub.current, keyDemand: demand,
                verifiers: verifiers, revocations: revoked, roles: roles, builtIns: builtIns,
                answers: answers, log: log, metrics: plan, cacheSeed: seed)
            loop.attach(gate)
            loop.onSweep { loop in
                log.flush()
                revoked.sweep(loop.now)
            }
            loop.onStop { _ in log.flush() }
            return gate
        }
    }

    private func listen(
        _ loops: EventLoopGroup, _ makeGate: @escaping @Sendable (EventLoop) -> any RequestGate,
        upstreams: [HTTPServerConfiguration.Upstream], _ certificates: CertificateService
    ) throws(GatewayStartFailure) -> [HTTPServer] {
        var server = HTTPServerConfiguration(upstreams: upstreams)
        server.edge = configuration.edge
        server.limits.head.headBytes = configuration.limits.requestHeadBytes
        server.limits.head.fields = configuration.limits.headers
        server.limits.bodyBytes = configuration.limits.bodyBytes
        var servers: [HTTPServer] = []
        for listener in configuration.listeners {
            do {
                let started = try HTTPServer(
                    group: loops, address: listener.address,
                    settings: ListenerSettings(
                        tls: certificates.context(of: listener),
                        proxyProtocol: listener.takesProxyProtocol
                            ? configuration.edge.trustedProxies : nil),
                    configuration: server, makeGate: makeGate)
                certificates.bound(listener, at: started.boundAddress)
                servers.append(started)
            } catch {
                throw Self.listening(error)
            }
        }
        return servers
    }

    static func listening(_ failure: TransportFailure) -> GatewayStartFailure {
        if case .addressInUse(let address) = failure { return .addressInUse(address) }
        return .other("cannot listen: \(failure)")
    }
}

extension GatewayConfiguration {
    /// What the configuration tells the policies.
    package var policyEnvironment: PolicyEnvironment {
        PolicyEnvironment(
            upstreams: upstreams.map(\.name), audiences: logto.audiences,
            rolesKnown: logto.roles != .none, permissionsFromRoles: logto.permissionsFromRoles,
            bodyLimit: limits.bodyBytes)
    }
}
