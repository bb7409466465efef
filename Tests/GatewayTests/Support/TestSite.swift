import Documents
import HTTPProxy
import LogtoEmulator
import Synchronization
import System
import Telemetry
import TestSupport
import Transport
import Values

@testable import Gateway

/// A gateway between an emulated Logto and a backend that records what it received.
final class TestSite: Sendable {
    /// What the backend received.
    final class Backend: LocalService {
        let bodyLimit = 1 << 20
        private let received = Mutex<[LocalRequest]>([])

        func respond(to request: LocalRequest, _ responder: consuming Responder) {
            received.withLock { $0.append(request) }
            responder.answer(
                LocalResponse(
                    status: 200, headers: ["Content-Type": "text/plain", "X-Backend": "1"],
                    body: Array("from the backend".utf8)))
        }

        var requests: [LocalRequest] { received.withLock { $0 } }
    }

    /// Gathers lines.
    final class Lines: LogSink {
        private let bytes = Mutex<[UInt8]>([])
        func write(_ line: [UInt8]) { bytes.withLock { $0 += line } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    static let audience = "https://api.acme.example"

    let loops: EventLoopGroup
    let emulator: EmulatedLogto
    let emulatorServer: HTTPServer
    let backend: Backend
    let backendServer: HTTPServer
    let gateway: GatewayRuntime
    let policies: TemporaryDirectory
    let console: Lines
    let announced: Announcements

    /// What the reloader said, in order.
    final class Announcements: Sendable {
        private let outcomes: AsyncStream<PolicyReloader.Outcome>
        private let intake: AsyncStream<PolicyReloader.Outcome>.Continuation

        init() { (outcomes, intake) = AsyncStream.makeStream() }

        func note(_ outcome: PolicyReloader.Outcome) { intake.yield(outcome) }

        /// The next load that was not "nothing changed".
        func next() async -> PolicyReloader.Outcome? {
            for await outcome in outcomes {
                if case .unchanged = outcome { continue }
                return outcome
            }
            return nil
        }
    }

    static let files: [(String, String)] = [
        (
            "project.yaml",
            """
            gatehouse: 1
            kind: project
            name: test
            policies: [routes/*.yaml]
            self_service: self-service.yaml
            """
        ),
        (
            "vocabulary.yaml",
            """
            gatehouse: 1
            kind: vocabulary
            permissions:
              read:projects: See projects
              write:projects: Change projects
              delete:projects: Delete projects
              read:invoices: See invoices
              pay:invoices: Pay invoices
              read:audit: Read the audit trail
              support:access: Look into organizations
            roles:
              member: {permissions: [read:projects]}
              admin: {extends: member, permissions: [write:projects, read:invoices]}
              owner: {extends: admin, permissions: [delete:projects, pay:invoices, read:audit]}
              support: {permissions: [support:access]}
            """
        ),
        (
            "self-service.yaml",
            """
            gatehouse: 1
            kind: self-service
            name: organizations
            roles:
              owner: {logto: owner, protected: true, min: 1}
            actions:
              org.create: {allow: authenticated}
              org.list_mine: {allow: authenticated}
            """
        ),
        (
            "routes/projects.yaml",
            """
            gatehouse: 1
            kind: policy
            name: projects
            upstream: backend
            organization: path.org
            routes:
              - id: health
                match: GET /healthz
                organization: none
                allow: public
              - id: me
                match: GET /me
                organization: none
                allow: authenticated
              - id: list
                match: GET /orgs/{org}/projects
                allow: read:projects
              - id: create
                match: POST /orgs/{org}/projects
                allow: write:projects
              - id: audit
                match: GET /audit
                organization: header.x-organization
                allow: read:projects
              - id: dead
                match: GET /dead
                organization: none
                allow: public
            then:
              request_headers:
                set: {X-User-Id: "${principal.id}"}
            """
        ),
    ]

    private init(
        loops: EventLoopGroup, emulator: EmulatedLogto, emulatorServer: HTTPServer,
        backend: Backend, backendServer: HTTPServer, gateway: GatewayRuntime,
        policies: TemporaryDirectory, console: Lines, announced: Announcements
    ) {
        self.loops = loops
        self.emulator = emulator
        self.emulatorServer = emulatorServer
        self.backend = backend
        self.backendServer = backendServer
        self.gateway = gateway
        self.policies = policies
        self.console = console
        self.announced = announced
    }

    /// Runs a body with a gateway of its own; everything is gone when it returns.
    ///
    /// - Parameters:
    ///   - files: rule files besides the usual ones, or in their place.
    ///   - change: changes the configuration's text.
    ///   - options: changes what the gateway is started with besides.
    ///   - emulatorRuns: whether Logto is there at the start.
    static func with(
        emulatorRuns: Bool = true, files ownFiles: [(String, String)] = [],
        configuration change: @Sendable (String) -> String = { $0 },
        options: @Sendable (inout GatewayRuntime.Options) -> Void = { _ in },
        _ body: (TestSite) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1, name: "site")
        loops.start()
        let emulator = try EmulatedLogto(
            configuration: EmulatorConfiguration(
                endpoint: "http://127.0.0.1:1", seeded: true, clock: Clocks.wall))
        let emulatorServer = try HTTPServer(
            group: loops, address: .loopback(port: 0), configuration: HTTPServerConfiguration()
        ) { _ in LocalServiceGate(emulator) }
        emulator.move(to: "http://\(emulatorServer.boundAddress)")
        if !emulatorRuns { await emulatorServer.drain(within: .zero) }
        let backend = Backend()
        let backendServer = try HTTPServer(
            group: loops, address: .loopback(port: 0), configuration: HTTPServerConfiguration()
        ) { _ in LocalServiceGate(backend) }
        let policies = try TemporaryDirectory()
        for (path, text) in files + ownFiles { try policies.write(path, text) }
        let console = Lines()
        let announced = Announcements()
        let gateway = try await start(
            change, options, emulator, backendServer, policies, console, announced)
        let site = TestSite(
            loops: loops, emulator: emulator, emulatorServer: emulatorServer, backend: backend,
            backendServer: backendServer, gateway: gateway, policies: policies, console: console,
            announced: announced)
        try await site.run(body, waitsForKeys: emulatorRuns)
    }

    private static func start(
        _ change: @Sendable (String) -> String,
        _ changeOptions: @Sendable (inout GatewayRuntime.Options) -> Void,
        _ emulator: EmulatedLogto,
        _ backend: HTTPServer, _ policies: TemporaryDirectory, _ console: Lines,
        _ announced: Announcements
    ) async throws -> GatewayRuntime {
        let client = emulator.managementClient
        let text = change(
            """
            gatehouse: 1
            kind: gateway
            listen: [{address: "127.0.0.1:0"}]
            admin: "127.0.0.1:0"
            threads: 1
            logto:
              endpoint: "\(emulator.endpoint)"
              audiences: ["\(audience)"]
              management:
                client_id: "\(client.id)"
                client_secret: ${env:SECRET}
                resource: "\(emulator.managementResource)"
            upstreams:
              backend: {url: "http://\(backend.boundAddress)"}
            policies: "\(policies.path)"
            self_service: {creator_role: owner, cors: {origins: ["https://app.acme.example"]}}
            log: {decisions: off, access: off}
            """)
        let file = SourceFile(path: "gatehouse.yaml", text: text)
        let (configuration, found) = ConfigurationDecoder.decode(
            file,
            surroundings: ConfigurationSurroundings(
                variable: { _ in client.secret.reveal() }, file: { _ in nil }, folder: "/"))
        guard let configuration else { throw GatewayStartFailure.files(found, [file]) }
        var options = GatewayRuntime.Options(
            policyFiles: try PolicyFiles.read(policies.path), minimumLogLevel: .error,
            console: console, announce: { announced.note($0) })
        changeOptions(&options)
        return try await GatewayRuntime.start(configuration, options)
    }

    private func run(
        _ body: (TestSite) async throws -> Void, waitsForKeys: Bool
    ) async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [gateway] in
                try await gateway.run(until: stops, drainingWithin: .seconds(1))
            }
            do {
                if waitsForKeys, await !gateway.becameReady(within: .seconds(30)) {
                    throw GatewayStartFailure.other("the gateway did not become ready")
                }
                try await body(self)
            } catch {
                stop.yield()
                try await group.waitForAll()
                throw error
            }
            stop.yield()
            try await group.waitForAll()
        }
        await loops.stop(drainDeadline: .zero)
    }

    // MARK: Requests

    /// An answer, read to its end.
    struct Answer {
        let status: Int
        let head: String
        let body: String

        /// The `code` of a problem.
        var code: String? {
            guard case .object(let object)? = try? JSONReader.read(Array(body.utf8)),
                case .string(let code)? = object["code"]
            else { return nil }
            return code
        }

        /// The value of a header.
        func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, HeaderList.isSame(String(parts[0]), name) {
                    return String(parts[1].drop { $0 == " " })
                }
            }
            return nil
        }
    }

    /// Sends one request to the gateway, or to its admin listener, and reads the whole answer.
    func send(
        _ line: String, token: String? = nil, headers: [String] = [], body: String = "",
        toAdmin: Bool = false
    ) async throws -> Answer {
        let address = toAdmin ? gateway.adminAddress : gateway.addresses[0]
        let client = try await RawClient.connect(port: address.port ?? 0)
        let host = toAdmin ? address.description : "gw.test"
        var lines = ["\(line) HTTP/1.1", "Host: \(host)", "Connection: close"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        lines += headers
        if !body.isEmpty {
            lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        }
        try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let text = try await client.readTextToEnd()
        await client.close()
        guard let end = text.range(ofBytes: "\r\n\r\n") else {
            return Answer(status: 0, head: text, body: "")
        }
        let head = String(text[..<end.lowerBound])
        return Answer(
            status: Int(head.split(separator: " ")[1]) ?? 0, head: head,
            body: String(text[end.upperBound...]))
    }

    /// An organization token.
    func token(_ person: String, in organization: String) throws -> String {
        try emulator.mint(user: person, organization: organization)
    }

    /// An API token.
    func token(_ person: String) throws -> String {
        try emulator.mint(user: person, resource: Self.audience)
    }
}

extension String {
    /// Where a text stands first, by its UTF-8 bytes: a line end is one character of Swift's.
    func range(ofBytes text: String) -> Range<String.Index>? {
        let (whole, part) = (Array(utf8), Array(text.utf8))
        guard whole.count >= part.count else { return nil }
        for start in 0...(whole.count - part.count)
        where whole[start..<start + part.count].elementsEqual(part) {
            return utf8.index(
                startIndex, offsetBy: start)..<utf8.index(startIndex, offsetBy: start + part.count)
        }
        return nil
    }
}
