import Documents
import HTTPProxy
import Logto
import PolicyEngine
import Synchronization
import System
import Telemetry
import Transport
import Values

/// The operator's listener and what it reports.
extension GatewayStart {
    func listenAdmin(
        _ adminLoops: EventLoopGroup, _ loops: EventLoopGroup, _ hub: SnapshotHub,
        _ reloader: PolicyReloader, _ refreshers: [KeyRefresher], _ writer: LogWriter,
        _ work: LocalWork, _ servers: [HTTPServer]
    ) throws(GatewayStartFailure) -> HTTPServer {
        let source = AdminSource(
            unreadiness: { [readiness] in readiness.problems },
            degradations: { [readiness] in readiness.degradations },
            metrics: { [metrics, plan] in
                await Self.metricsPage(metrics, plan, loops, writer, servers)
            },
            policy: { Self.policyStanding(hub, reloader) },
            reload: {
                switch await reloader.load() {
                case .replaced, .unchanged: nil
                case .kept(let found, let files): DiagnosticRenderer(files: files).text(found)
                case .unreadable(let problem): problem
                }
            },
            flushKeys: { await Self.flush(refreshers) })
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

    private static func metricsPage(
        _ metrics: Metrics, _ plan: GatewayMetrics, _ loops: EventLoopGroup, _ writer: LogWriter,
        _ servers: [HTTPServer]
    ) async -> [UInt8] {
        let gathered = Gathered()
        await loops.broadcast { loop in
            guard let gate = loop.attached(PolicyGate.self) else { return }
            let counters = gate.metrics.counters(gate.counters, of: gate.cache)
            gathered.counters.withLock { $0.append(counters) }
            gathered.connections.withLock { $0.add(loop.counters) }
            let own = (loop.index, loop.acceptedStreamCount)
            gathered.streams.withLock { $0.append(own) }
        }
        var proxied = ProxyCounters()
        for server in servers { proxied.add(await server.counters()) }
        var page = MetricsPage()
        metrics.write(to: &page)
        plan.plan.write(gathered.counters.withLock { $0 }, to: &page)
        ConnectionMetrics.write(gathered.connections.withLock { $0 }, to: &page)
        ConnectionMetrics.write(proxied, to: &page)
        for (loop, count) in gathered.streams.withLock({ $0.sorted { $0.0 < $1.0 } }) {
            page.gauge(
                "gatehouse_loop_connections", help: "Connections of clients on an event loop.",
                labels: ["loop": "\(loop)"], value: Double(count))
        }
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
        let connections = Mutex(Transport.LoopCounters())
        let streams = Mutex<[(loop: Int, count: Int)]>([])
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
