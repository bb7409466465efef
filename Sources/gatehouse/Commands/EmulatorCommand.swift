import Documents
import HTTPProxy
import LogtoEmulator
import System
import Transport
import Values

/// `gatehouse emulator`: a Logto in memory, for a team's own tests.
enum EmulatorCommand {
    static let entry = Command.Entry(
        table: OptionTable(
            command: "emulator",
            summary:
                "A Logto in memory: discovery, keys, tokens, Management API; for your own tests",
            options: [
                .init(
                    name: "listen", value: "ADDRESS",
                    help: "where it answers (default 127.0.0.1:3001; port 0: any free one)"),
                .init(
                    name: "empty", value: nil,
                    help: "a tenant as Logto seeds it, without the demo's people and organizations"),
                .init(
                    name: "state", value: "FILE",
                    help: "write addresses and credentials to FILE as JSON, once it answers"),
            ],
            notes: """
                It prints its address, and the credentials of an application that may use its Management API.
                Nothing is kept: a new start is a new tenant with new keys.
                `POST /emulator/faults` makes calls fail on purpose: see docs/emulator.md.
                """),
        run: { await run($0) })

    private static func run(_ options: ParsedOptions) async -> ExitCode {
        let text = options["listen"] ?? "127.0.0.1:3001"
        guard let address = SocketAddress(text), address.isLoopback else {
            return Failure.report(
                "emulator", "`\(text)` is no loopback address such as 127.0.0.1:3001",
                "tokens of the emulator are for tests: it does not listen to the network")
        }
        do {
            ProcessSignals.ignoreBrokenPipes()
            let signals = try ProcessSignals([.terminate, .interrupt])
            let emulator = try EmulatedLogto(
                configuration: EmulatorConfiguration(
                    endpoint: "http://\(address)", seeded: !options.has("empty"),
                    clock: Clocks.wall))
            let loops = try EventLoopGroup(count: 1, name: "emulator")
            loops.start()
            let server = try EmulatorServer.start(emulator, on: loops, at: address)
            let management = try server.management()
            if let path = options["state"] {
                let state = JSONValue.object(
                    JSONObject([
                        (
                            "logto",
                            DevPage.logto(
                                endpoint: server.endpoint, issuer: emulator.issuer,
                                management: management)
                        )
                    ]))
                try StateFile.write(state, to: path)
            }
            StandardStream.output.write(page(server, management))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await emulator.run() }
                for await _ in signals.signals { break }
                await emulator.stop()
            }
            await server.server.drain(within: .seconds(2))
            await loops.stop(drainDeadline: .seconds(1))
            return .success
        } catch {
            return Failure.report("emulator", "\(error)")
        }
    }

    private static func page(
        _ server: EmulatorServer, _ management: DevPage.Management
    ) -> String {
        """
        The Logto emulator is running. Ctrl-C stops it.

          endpoint        \(server.endpoint)
          issuer          \(server.emulator.issuer)
          resource        \(management.resource)
          client id       \(management.clientID)
          client secret   \(management.clientSecret.reveal())

        A Management API token, good for an hour:

        \(management.token)

        """
    }
}
