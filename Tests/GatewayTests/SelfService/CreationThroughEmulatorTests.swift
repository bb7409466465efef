import Documents
import HTTPProxy
import Logto
import LogtoEmulator
import Outbound
import PolicyEngine
import SelfService
import Store
import System
import Telemetry
import Testing
import Transport
import Values

/// Self-service over the Management API client and an emulator behind a real listener: what a fault
/// on the wire leaves behind.
@Suite(.serialized) struct CreationThroughEmulatorTests {
    /// Logto's emulator and a service that talks to it.
    private struct Place {
        let emulator: EmulatedLogto
        let service: OrganizationService

        func create(_ name: String = "Initech", key: String) async -> ActionResult {
            await service.perform(
                ActionRequest(
                    action: .createOrganization, principal: Self.ana, path: "/organizations",
                    query: nil, contentType: "application/json", idempotencyKeys: [key],
                    body: JSONWriter.write(["name": .string(name)] as JSONObject),
                    requestID: RequestID("r1"), receivedAt: Clocks.wall()
                )
            )
        }

        func list() async -> ActionResult {
            await service.perform(
                ActionRequest(
                    action: .listOrganizations, principal: Self.ana, path: "/organizations",
                    query: nil, contentType: nil, idempotencyKeys: [], body: [],
                    requestID: RequestID("r2"), receivedAt: Clocks.wall()
                )
            )
        }

        /// The organizations of that name, with the roles of their members.
        func made(_ name: String = "Initech") -> [[String]] {
            emulator.organizations.filter { $0.name == name }.map { organization in
                (emulator.members(of: organization.id) ?? []).map { member in
                    "\(member.user): \(member.roles.joined(separator: ","))"
                }
            }
        }

        private static let ana = PrincipalFacts(
            id: UserID("u_ana"), organization: nil, kind: .user, client: ClientID("app_browser"),
            isFirstParty: true, audience: "https://api.acme.example", scopes: [], roles: nil
        )
    }

    private func run(_ body: (Place) async throws -> Void) async throws {
        let emulator = try EmulatedLogto(
            configuration: EmulatorConfiguration(
                endpoint: "http://127.0.0.1:1", seeded: true, clock: { Clocks.wall() }
            )
        )
        try emulator.addUser(id: "u_ana", name: "Ana")
        let group = try EventLoopGroup(count: 1, name: "emulator")
        group.start()
        let server = try HTTPServer(
            group: group, address: .loopback(port: 0), configuration: HTTPServerConfiguration()
        ) { _ in LocalServiceGate(emulator) }
        emulator.move(to: "http://127.0.0.1:\(server.boundAddress.port ?? 0)")

        let metrics = Metrics()
        let client = try OutboundClient(metrics: metrics, clock: { Clocks.monotonic() })
        let endpoint = try LogtoEndpoint(emulator.endpoint)
        let tokens = MachineTokenSource(
            MachineCredentials(
                endpoint: endpoint, resource: emulator.managementResource,
                clientID: emulator.managementClient.id,
                clientSecret: emulator.managementClient.secret
            ),
            client: client, clock: .machine, logger: .off
        )
        let management = ManagementClient(
            endpoint: endpoint, tokens: tokens, client: client, metrics: metrics, logger: .off
        )
        let store = try EmbeddedStore.open(.inMemory)
        let service = OrganizationService(
            configuration: .init(
                routes: try #require(SelfServiceRoutes(prefix: "")), creatorRole: "owner"
            ),
            directory: LogtoDirectory(management), store: store, policy: { _, _ in .allowed },
            surroundings: Surroundings(
                now: { Clocks.wall() }, wait: { _ in },
                randomBytes: Surroundings.machine.randomBytes
            ), log: .off
        )
        let result: Result<Void, any Error>
        do {
            try await body(Place(emulator: emulator, service: service))
            result = .success(())
        } catch { result = .failure(error) }
        await store.close()
        await client.shutdown()
        await server.drain(within: .zero)
        await group.stop(drainDeadline: .zero)
        try result.get()
    }

    @Test func `an organization is created with its creator as member and owner`() async throws {
        try await run { place in
            let created = await place.create(key: "k1")
            #expect(created.status == 201)
            #expect(place.made() == [["u_ana: owner"]])
            let listed = await place.list()
            let list = try JSONReader.read(listed.body)
            #expect(list["data"]?.arrayValue?.compactMap { $0["name"] } == ["Initech"])
        }
    }

    private static let steps: [(method: HTTPMethod, path: String)] = [
        (.post, "/api/organizations"), (.post, "/api/organizations/*/users"),
        (.post, "/api/organizations/*/users/*/roles"),
    ]

    private static let effects: [Fault.Effect] = [
        .closeBefore, .closeAfter, .answer(status: 500, headers: [:], body: []),
        .answerAfter(status: 500, headers: [:], body: []),
        .answer(status: 429, headers: ["Retry-After": "1"], body: []),
        .answer(
            status: 403, headers: ["Content-Type": "application/json"],
            body: Array(#"{"code":"subscription.limit_exceeded","message":"x"}"#.utf8)
        ),
        .answer(
            status: 422, headers: ["Content-Type": "application/json"],
            body: Array(#"{"code":"entity.relation_foreign_key_not_found","message":"x"}"#.utf8)
        ),
        .answer(status: 200, headers: ["Content-Type": "text/html"], body: Array("<p>".utf8)),
    ]

    @Test(arguments: 0..<3, [1, 5])
    func `C1 C2 a fault on the wire leaves a whole organization or none, and never two`(
        _ step: Int, _ times: Int
    ) async throws {
        let (method, path) = Self.steps[step]
        try await run { place in
            for (index, effect) in Self.effects.enumerated() {
                let name = "Initech \(index)"
                try place.emulator.plan(
                    Fault(method: method, path: path, times: times, effect: effect)
                )
                let first = await place.create(name, key: name)
                let made = place.made(name)
                #expect(
                    first.status == 201 ? made == [["u_ana: owner"]] : made.isEmpty,
                    "\(path) \(effect): \(first.status) \(made)"
                )
                place.emulator.clearFaults()
                let second = await place.create(name, key: name)
                #expect(second.status == 201, "\(path) \(effect)")
                #expect(place.made(name) == [["u_ana: owner"]], "\(path) \(effect)")
            }
        }
    }
}
