import Documents
import Gateway
import HTTPProxy
import Logto
import LogtoEmulator
import System
import Telemetry
import Transport
import Values

/// The parts of `gatehouse dev`, running: emulator, backends, gateway.
struct DevSetup: Sendable {
    /// The wished ports.
    struct Ports: Sendable {
        var gateway: UInt16 = 8080
        var admin: UInt16 = 9901
        var logto: UInt16 = 3001
        var projects: UInt16 = 9001
        var billing: UInt16 = 9002

        static var options: [(String, WritableKeyPath<Ports, UInt16>)] {
            [
                ("port", \.gateway), ("admin-port", \.admin), ("logto-port", \.logto),
                ("projects-port", \.projects), ("billing-port", \.billing),
            ]
        }
    }

    /// The API of the demo's product.
    static let audience = "https://api.acme.example"
    /// The page that may call the built-in routes.
    static let browserOrigin = "http://localhost:5173"

    let loops: EventLoopGroup
    /// Writes a line for each decision: a terminal that is not read holds up this and no event loop.
    let console: LogWriter
    let emulator: EmulatorServer
    let backends: [(name: String, server: HTTPServer)]
    let gateway: GatewayRuntime
    let cast: DevCast

    /// Starts everything; nothing is printed yet.
    static func start(policies: String, ports: Ports) async throws -> DevSetup {
        let console = try LogWriter()
        let loops = try EventLoopGroup(count: 1, name: "dev")
        loops.start()
        do {
            let logto = try EmulatedLogto(
                configuration: EmulatorConfiguration(
                    endpoint: "http://127.0.0.1:\(ports.logto)", seeded: true,
                    customClaims: .organizationRoles(claim: "organization_roles"),
                    clock: Clocks.wall))
            let emulator = try await EmulatorServer.start(logto, on: loops, port: ports.logto)
            var backends: [(name: String, server: HTTPServer)] = []
            for (name, port) in [("projects", ports.projects), ("billing", ports.billing)] {
                let service = SampleBackend(name: name)
                let server = try await PortChoice.firstFree(from: port) {
                    (address) throws(TransportFailure) in
                    try HTTPServer(
                        group: loops, address: address, configuration: HTTPServerConfiguration()
                    ) { _ in LocalServiceGate(service) }
                }
                backends.append((name, server))
            }
            let cast = try DevCast(logto, audience: audience)
            let gateway = try await startGateway(
                policies: policies, ports: ports, emulator: emulator, backends: backends,
                console: console)
            return DevSetup(
                loops: loops, console: console, emulator: emulator, backends: backends,
                gateway: gateway, cast: cast)
        } catch {
            await loops.stop(drainDeadline: .zero)
            await console.stop()
            throw error
        }
    }

    private static func startGateway(
        policies: String, ports: Ports, emulator: EmulatorServer,
        backends: [(name: String, server: HTTPServer)], console: LogWriter
    ) async throws -> GatewayRuntime {
        let files = try PolicyFiles.read(policies)
        var admin = ports.admin
        var port = ports.gateway
        for _ in 0..<50 {
            let configuration = try configuration(
                policies: policies, port: port, admin: admin, emulator: emulator, backends: backends
            )
            do throws(GatewayStartFailure) {
                return try await GatewayRuntime.start(
                    configuration,
                    GatewayRuntime.Options(
                        policyFiles: files, log: .text, minimumLogLevel: .warning,
                        console: console.standardOutput(), announce: announce))
            } catch {
                guard let taken = error.addressInUse?.port, taken != 0,
                    taken == port || taken == admin
                else { throw error }
                if taken == port { port = next(port, after: ports.gateway) }
                if taken == admin { admin = next(admin, after: ports.admin) }
            }
        }
        throw GatewayStartFailure.other("no free port was found for the gateway")
    }

    /// The port after this one; after twenty tries the kernel chooses.
    private static func next(_ port: UInt16, after wished: UInt16) -> UInt16 {
        port == .max || port - wished >= 20 ? 0 : port + 1
    }

    /// The gateway's configuration, as an operator would write it: read by the code that reads theirs.
    private static func configuration(
        policies: String, port: UInt16, admin: UInt16, emulator: EmulatorServer,
        backends: [(name: String, server: HTTPServer)]
    ) throws -> GatewayConfiguration {
        let logto = emulator.emulator
        let client = logto.managementClient
        let upstreams = backends.map {
            "  \($0.name): {url: \"http://\($0.server.boundAddress)\"}\n"
        }
        let text = """
            gatehouse: 1
            kind: gateway
            listen: [{address: "127.0.0.1:\(port)"}]
            admin: "127.0.0.1:\(admin)"
            logto:
              endpoint: "\(emulator.endpoint)"
              audiences: ["\(audience)"]
              organization_roles: claim:organization_roles
              first_party_clients: [app_browser, m_robot]
              management:
                client_id: "\(client.id)"
                client_secret: ${env:SECRET}
                resource: "\(logto.managementResource)"
            upstreams:
            \(upstreams.joined())
            policies: \(JSONText.quoted(policies))
            self_service: {creator_role: owner, cors: {origins: ["\(browserOrigin)"]}}
            log: {decisions: off, access: off}
            """
        let file = SourceFile(path: "gatehouse.yaml of the demo", text: text)
        let (configuration, found) = ConfigurationDecoder.decode(
            file,
            surroundings: ConfigurationSurroundings(
                variable: { _ in client.secret.reveal() }, file: { _ in nil }, folder: "/"))
        guard let configuration else { throw GatewayStartFailure.files(found, [file]) }
        return configuration
    }

    /// Says what came of a save.
    private static let announce: @Sendable (PolicyReloader.Outcome) -> Void = { outcome in
        switch outcome {
        case .replaced(let hash, let found, let files):
            StandardStream.error.write(DiagnosticRenderer(files: files).text(found))
            StandardStream.output.write("       policies replaced: \(hash.prefix(19))\n")
        case .unchanged: break
        case .kept(let found, let files):
            StandardStream.error.write(
                "\n" + DiagnosticRenderer(files: files).text(found)
                    + "\nThe policies before this change stay in force.\n\n")
        case .unreadable(let problem):
            StandardStream.error.write(
                "\nerror: \(problem)\n\nThe policies before this change stay in force.\n\n")
        }
    }

    /// Runs until a signal comes: waits until everything answers, prints the page, then decisions.
    func run(signals: ProcessSignals, shownPolicies: String, state: String) async throws {
        let page = try page(policies: shownPolicies)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [emulator] in try? await emulator.emulator.run() }
            group.addTask { [gateway] in
                if await gateway.becameReady(within: .seconds(10)) {
                    try StateFile.write(page.state, to: state)
                    StandardStream.output.write(page.text)
                }
            }
            do {
                try await ServeCommand.run(gateway, signals, drain: .seconds(2))
            } catch {
                await emulator.emulator.stop()
                throw error
            }
            await emulator.emulator.stop()
            try await group.waitForAll()
        }
        FileSystem.remove(state)
    }

    /// Ends what the gateway does not end itself.
    func stop() async {
        await emulator.server.drain(within: .seconds(1))
        for backend in backends { await backend.server.drain(within: .seconds(1)) }
        await loops.stop(drainDeadline: .seconds(1))
        await console.stop()
    }

    private func page(policies: String) throws -> DevPage {
        let gateway = "http://\(self.gateway.addresses.first?.description ?? "")"
        return DevPage(
            gateway: gateway, admin: "http://\(self.gateway.adminAddress)",
            endpoint: emulator.endpoint, issuer: emulator.emulator.issuer,
            management: try emulator.management(),
            upstreams: backends.map { ($0.name, "http://\($0.server.boundAddress)") }, cast: cast,
            policies: policies, requests: DevRequests.all(gateway, cast))
    }
}
