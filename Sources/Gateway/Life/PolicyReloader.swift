package import Documents
package import PolicyEngine
package import SelfService
import Synchronization
import System
import Telemetry
package import Values

/// Loads the rule files when they change, and puts them in force as a whole or not at all.
package final class PolicyReloader: Service {
    /// What came of one load.
    package enum Outcome: Sendable {
        /// The new set is in force.
        case replaced(hash: String, [Diagnostic], files: [SourceFile])
        /// The files say the same as before.
        case unchanged
        /// The files cannot be used; the set before stays in force.
        case kept([Diagnostic], files: [SourceFile])
        /// The files cannot be read; the set before stays in force.
        case unreadable(String)
    }

    package let name = "policy reload"
    private let folder: String
    private let environment: PolicyEnvironment
    private let routes: SelfServiceRoutes?
    private let hub: SnapshotHub
    private let logger: Logger
    private let announce: @Sendable (Outcome) -> Void
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation
    private let turns = Turns()
    private let status: Mutex<Status>
    private let reloads: (success: Counter, failure: Counter)
    private let stale: Gauge

    /// How the set in force stands against the files.
    package struct Status: Sendable {
        /// When the set came into force.
        package var loadedAt: UnixTime
        /// Why the files are not in force; nil while they are.
        package var problem: String?
    }

    init(
        folder: String, environment: PolicyEnvironment, routes: SelfServiceRoutes?,
        hub: SnapshotHub, logger: Logger, metrics: Metrics,
        announce: @escaping @Sendable (Outcome) -> Void = { _ in }
    ) {
        self.folder = folder
        self.environment = environment
        self.routes = routes
        self.hub = hub
        self.logger = logger
        self.announce = announce
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        status = Mutex(Status(loadedAt: Clocks.wall(), problem: nil))
        reloads = (
            metrics.counter(
                "gatehouse_policy_reload_total", help: "Reloads of the rule files.",
                labels: ["result": "ok"]),
            metrics.counter(
                "gatehouse_policy_reload_total", help: "Reloads of the rule files.",
                labels: ["result": "failed"])
        )
        stale = metrics.gauge(
            "gatehouse_policy_stale", help: "1 while the rule files are not in force.")
    }

    /// How the set in force stands against the files.
    package var standing: Status { status.withLock { $0 } }

    /// Asks for a load; several wishes at once are one.
    package func reload() { wish.yield() }

    package func run() async throws {
        let watch = try DirectoryWatch(folder) { [wish] in wish.yield() }
        for await _ in wishes {
            announce(await load())
        }
        await watch.stop()
    }

    package func stop() async { wish.finish() }

    /// Loads the files now, when every load that began before has ended: one that read older files must
    /// not be the last to put them in force.
    func load() async -> Outcome {
        await turns.take { await loadAlone() }
    }

    private func loadAlone() async -> Outcome {
        let files: [SourceFile]
        do throws(FileFailure) {
            files = try PolicyFiles.read(folder)
        } catch {
            return failed("\(error)", .unreadable("\(error)"))
        }
        let (snapshot, found) = Self.load(files, environment, routes)
        guard let snapshot else {
            return failed(Self.summary(of: found, in: files), .kept(found, files: files))
        }
        let before = hub.current.policies.hash
        if before == snapshot.hash, standing.problem == nil { return .unchanged }
        await hub.replace(snapshot)
        status.withLock { $0 = Status(loadedAt: Clocks.wall(), problem: nil) }
        reloads.success.add()
        stale.set(0)
        logger.info(
            "policies replaced",
            facts: [
                "gatehouse.policy": .string(snapshot.hash),
                "gatehouse.policy.before": .string(before),
                "gatehouse.policy.routes": .integer(Int64(snapshot.routes.count)),
            ])
        return .replaced(hash: snapshot.hash, found, files: files)
    }

    private func failed(_ problem: String, _ outcome: Outcome) -> Outcome {
        status.withLock { $0.problem = problem }
        reloads.failure.add()
        stale.set(1)
        logger.error(
            "policies not replaced",
            facts: [
                "gatehouse.reason": .string(problem),
                "gatehouse.policy": .string(hub.current.policies.hash),
            ])
        return outcome
    }

    /// The first errors with their places, for one log line; `gatehouse check` shows all with carets.
    private static func summary(of found: [Diagnostic], in files: [SourceFile]) -> String {
        let renderer = DiagnosticRenderer(files: files)
        let errors = renderer.sorted(found.filter { $0.severity == .error })
        guard !errors.isEmpty else { return "the files cannot be used" }
        let shown = errors.prefix(shownErrors).map { error in
            (error.primary.map { "\(renderer.place($0)): " } ?? "") + error.message
        }
        let more = errors.count > shownErrors ? "; and \(errors.count - shownErrors) more" : ""
        return shown.joined(separator: "; ") + more
    }

    /// How many errors a log line names.
    private static let shownErrors = 10

    /// Loads rule files and checks them against the built-in routes; the same for start and reload.
    package static func load(
        _ files: [SourceFile], _ environment: PolicyEnvironment, _ routes: SelfServiceRoutes?
    ) -> (snapshot: PolicySnapshot?, diagnostics: [Diagnostic]) {
        var (snapshot, found) = PolicyLoader.load(files, environment: environment)
        if let loaded = snapshot, let routes {
            let clashes = clashes(of: loaded, with: routes)
            found += clashes
            if clashes.containsError { snapshot = nil }
        }
        return (snapshot, found)
    }

    /// A policy's route that a built-in route would hide, or the other way round.
    private static func clashes(
        of policies: PolicySnapshot, with routes: SelfServiceRoutes
    ) -> [Diagnostic] {
        let evaluator = PolicyEvaluator(policies)
        return routes.table.compactMap { route in
            guard policies.selfService?.opens(route.action.rawValue) == true else { return nil }
            let path = Array(route.path.utf8)
            let access = AccessRequest(
                method: route.method, host: 0..<0, path: 0..<path.count,
                requestID: ExchangeID(seed: 0, number: 0))
            guard let match = evaluator.match(access, in: path.span) else { return nil }
            return .error(
                "route-conflict",
                "`\(route.method) \(route.path)` is a built-in route (`\(route.action.rawValue)`)",
                at: policies.routes[match.route].span,
                help:
                    "set `self_service.prefix`, or do not mention `\(route.action.rawValue)` in the "
                    + "self-service file")
        }
    }
}
