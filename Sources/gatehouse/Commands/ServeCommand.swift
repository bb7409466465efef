import Documents
import Gateway
import System

/// `gatehouse serve`: the gateway.
enum ServeCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "serve",
            summary: "Run the gateway",
            options: [
                .init(
                    name: "config", value: "FILE",
                    help: "the operator's file (default gatehouse.yaml)"),
                .init(
                    name: "drain", value: "SECONDS",
                    help: "how long requests under way may take after SIGTERM, instead of "
                        + "`shutdown.timeout`"),
            ],
            notes: """
                SIGTERM and Ctrl-C end it: readiness goes off, requests under way finish. SIGHUP reads the rule
                files again; they are also read when they change. A rule set with an error never comes into force.
                Nothing listens unless configuration and rule files are without errors.
                Exit codes: 0 ended as asked, 2 could not start, or a part of it died.
                """),
        run: { await run($0) })

    private static func run(_ options: ParsedOptions) async -> ExitCode {
        let seconds = options["drain"].map { Int64($0) ?? -1 }
        guard seconds.map({ (0...3600).contains($0) }) ?? true else {
            return Failure.report("serve", "--drain is a number of seconds from 0 to 3600")
        }
        let path = options["config"] ?? "gatehouse.yaml"
        let configuration: GatewayConfiguration
        switch ConfigurationFile.read(path) {
        case .read(let read, let found, let file):
            StandardStream.error.write(DiagnosticRenderer(files: [file]).text(found))
            configuration = read
        case .wrong(let found, let file):
            StandardStream.error.write(DiagnosticRenderer(files: [file]).text(found))
            return .failure
        case .unreadable(let problem):
            return Failure.report("serve", problem, "name the file with --config FILE")
        }
        do {
            ProcessSignals.ignoreBrokenPipes()
            let signals = try ProcessSignals()
            let files = try PolicyFiles.read(configuration.policies)
            let gateway = try await GatewayRuntime.start(
                configuration, GatewayRuntime.Options(policyFiles: files))
            try await run(
                gateway, signals,
                drain: seconds.map { .seconds($0) } ?? configuration.shutdown.timeout)
            return .success
        } catch let failure as GatewayStartFailure {
            StandardStream.error.write(failure.message)
            return .failure
        } catch {
            return Failure.report("serve", "\(error)")
        }
    }

    /// Runs a gateway until a signal ends it.
    static func run(
        _ gateway: GatewayRuntime, _ signals: ProcessSignals, drain: Duration
    ) async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await signal in signals.signals {
                    switch signal {
                    case .hangUp: gateway.reload()
                    case .terminate, .interrupt:
                        stop.yield()
                        return
                    }
                }
            }
            try await gateway.run(until: stops, drainingWithin: drain)
            await signals.stop()
        }
    }
}
