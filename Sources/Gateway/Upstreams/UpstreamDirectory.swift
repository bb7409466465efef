import HTTPProxy
import Synchronization
import System
import Telemetry
import Transport
import Values

/// Knows where the upstreams are: looks their names up at start and again when their time is up,
/// and reads what TLS to them needs again when its files change.
///
/// What cannot be looked up or read again stays as it was, and is said.
final class UpstreamDirectory: Service {
    /// The addresses of a name, in the order of preference; an address is its own.
    typealias LookUp = @Sendable (String) async throws(NameResolution.Failure) -> [HostAddress]

    /// How long a look-up counts. The C library does not tell how long the answer itself does.
    static let nameLife = Duration.seconds(30)

    let name = "upstream directory"
    private let configured: [UpstreamConfiguration]
    private let lookUp: LookUp
    private let logger: Logger
    private let failures: Counter
    private let state = Mutex(State())
    private let turns = Turns()
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    /// What is known of one upstream.
    private struct Known {
        var upstream: HTTPServerConfiguration.Upstream
        var material: UpstreamMaterial?
    }

    private struct State {
        var known: [Known] = []
        /// Why the last look-up or reading failed, by the names of the upstreams.
        var problems: [String: String] = [:]
        var servers: [HTTPServer] = []
    }

    init(
        _ configured: [UpstreamConfiguration], logger: Logger, metrics: Metrics,
        lookUp: @escaping LookUp
    ) {
        self.configured = configured
        self.lookUp = lookUp
        self.logger = logger
        failures = metrics.counter(
            "gatehouse_upstream_refresh_failures_total",
            help:
                "Upstreams whose name could not be looked up, or whose files could not be read, again."
        )
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The upstreams as they are known now, in the order of the configuration.
    var upstreams: [HTTPServerConfiguration.Upstream] {
        state.withLock { $0.known.map(\.upstream) }
    }

    /// What is worse than it should be; nil: nothing.
    var degradation: String? {
        state.withLock { state in
            state.problems.min { $0.key < $1.key }.map {
                "upstream `\($0.key)`: \($0.value); what was known before is used"
            }
        }
    }

    /// The first look-up of all names, and the first reading of all files.
    func load() async throws(GatewayStartFailure) {
        var known: [Known] = []
        for configured in configured {
            do {
                known.append(try await find(configured, before: nil))
            } catch {
                throw .other("upstream `\(configured.name)`: \(error)")
            }
        }
        state.withLock { $0.known = known }
    }

    /// Whom to tell of changes.
    func tell(_ servers: [HTTPServer]) { state.withLock { $0.servers = servers } }

    /// Asks for a look-up, and for a reading of the files, soon.
    func refreshSoon() { wish.yield() }

    func run() async throws {
        let files = configured.flatMap { UpstreamMaterial.paths(of: $0.tls) }
        let watch = try FileWatch(files) { [wish] in wish.yield() }
        // They may have changed between the first reading and the watch.
        if !files.isEmpty { wish.yield() }
        await withTaskGroup(of: Void.self) { group in
            if configured.contains(where: \.isNamed) {
                group.addTask { [wish] in
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.nameLife)
                        wish.yield()
                    }
                }
            }
            for await _ in wishes { await refresh() }
            group.cancelAll()
        }
        await watch.stop()
    }

    func stop() async { wish.finish() }

    /// Looks everything up again, and tells the servers what has changed.
    func refresh() async {
        await turns.take { await refreshAlone() }
    }

    private func refreshAlone() async {
        let before = state.withLock { $0.known }
        var next = before
        var problems: [String: String] = [:]
        for (index, configured) in configured.enumerated() where index < before.count {
            // A look-up takes long where no name server answers: whoever stops waits for one alone.
            guard !Task.isCancelled else { return }
            do {
                next[index] = try await find(configured, before: before[index])
            } catch {
                failures.add()
                problems[configured.name] = "\(error)"
            }
        }
        let (servers, problemsBefore) = state.withLock { state in
            defer { (state.known, state.problems) = (next, problems) }
            return (state.servers, state.problems)
        }
        for (name, problem) in problems where problemsBefore[name] != problem {
            logger.warning(
                "upstream kept as it was",
                facts: ["gatehouse.upstream": .string(name), "gatehouse.reason": .string(problem)])
        }
        var hasChanged = false
        for (old, new) in zip(before, next) where old.upstream != new.upstream {
            hasChanged = true
            logger.info(
                "upstream changed",
                facts: [
                    "gatehouse.upstream": .string(new.upstream.name),
                    "gatehouse.addresses": .list(new.upstream.addresses.map(\.description)),
                ])
        }
        guard hasChanged else { return }
        for server in servers { await server.replaceUpstreams(next.map(\.upstream)) }
    }

    /// Everything that is to be known of an upstream; what has not changed is taken over.
    private func find(
        _ configured: UpstreamConfiguration, before: Known?
    ) async throws -> Known {
        let found = try await addresses(of: configured)
        // Name servers turn the order round to spread load: that is no change.
        let known = before?.upstream.addresses ?? []
        var upstream = configured.upstream(at: Set(found) == Set(known) ? known : found)
        let material = try configured.tls.map { try UpstreamMaterial($0) }
        if let material {
            upstream.tls =
                material == before?.material ? before?.upstream.tls : try material.target()
        }
        return Known(upstream: upstream, material: material)
    }

    private func addresses(
        of configured: UpstreamConfiguration
    ) async throws(NameResolution.Failure) -> [SocketAddress] {
        switch configured.place {
        case .unix(let path): return [.unix(path)]
        case .host(let host, let port):
            let found = try await lookUp(host)
            guard !found.isEmpty else { throw .unknownName(host) }
            return found.map { SocketAddress($0, port: port) }
        }
    }
}

extension UpstreamConfiguration {
    /// Whether it is reached by a name, whose addresses may change.
    var isNamed: Bool {
        guard case .host(let host, _) = place else { return false }
        return HostAddress(host) == nil
    }

    /// The upstream at these addresses, without TLS.
    func upstream(at addresses: [SocketAddress]) -> HTTPServerConfiguration.Upstream {
        var upstream = HTTPServerConfiguration.Upstream(
            name: name, addresses: addresses, authority: authority)
        upstream.stripPrefix = stripPrefix
        upstream.addPrefix = addPrefix
        upstream.connectTimeout = connectTimeout
        upstream.responseTimeout = responseTimeout
        upstream.bodyIdleTimeout = idleTimeout
        upstream.totalTimeout = totalTimeout
        upstream.maxConnections = connections
        return upstream
    }
}
