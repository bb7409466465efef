import Documents
import Gateway
import System

/// `gatehouse dev`: everything on one machine, with no account anywhere.
enum DevCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "dev",
            summary:
                "Try everything here: a Logto emulator, two backends, the gateway on your policies",
            options: [
                .init(
                    name: "policies", value: "DIR",
                    help: "the rule files (default policies); read again on every save"),
                .init(
                    name: "state", value: "FILE",
                    help:
                        "write addresses, people, tokens and requests to FILE as JSON, once everything\n"
                        + "answers (default .gatehouse/dev.json)"),
                .init(name: "port", value: "PORT", help: "the gateway's port (default 8080)"),
                .init(
                    name: "admin-port", value: "PORT",
                    help: "the admin listener's port (default 9901)"),
                .init(
                    name: "logto-port", value: "PORT", help: "the emulator's port (default 3001)"),
                .init(
                    name: "projects-port", value: "PORT",
                    help: "the port of the backend `projects` (default 9001)"),
                .init(
                    name: "billing-port", value: "PORT",
                    help: "the port of the backend `billing` (default 9002)"),
            ],
            notes: """
                A port that is in use is replaced by the next free one. Everything listens on loopback alone.
                It prints what runs where, and `curl` lines with tokens ready to paste; then one line for each
                decision. Ctrl-C stops everything.
                """),
        run: { await run($0) })

    private static func run(_ options: ParsedOptions) async -> ExitCode {
        var ports = DevSetup.Ports()
        for (name, path) in DevSetup.Ports.options {
            guard let text = options[name] else { continue }
            guard let port = UInt16(text) else {
                return Failure.report("dev", "--\(name) is a port from 0 to 65535, not `\(text)`")
            }
            ports[keyPath: path] = port
        }
        let folder = ConfigurationFile.absolute(options["policies"] ?? "policies")
        do {
            ProcessSignals.ignoreBrokenPipes()
            let signals = try ProcessSignals()
            let setup = try await DevSetup.start(policies: folder, ports: ports)
            do {
                try await setup.run(
                    signals: signals, shownPolicies: options["policies"] ?? "policies",
                    state: options["state"] ?? ".gatehouse/dev.json")
            } catch {
                await setup.stop()
                throw error
            }
            await setup.stop()
            return .success
        } catch let failure as GatewayStartFailure {
            StandardStream.error.write(failure.message)
            return .failure
        } catch {
            return Failure.report("dev", "\(error)")
        }
    }
}
