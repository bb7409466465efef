import Documents
import PolicyEngine
import SelfService
import Store
import Synchronization
import Telemetry
import Values

/// Log lines, kept.
final class LogBook: LogSink {
    private let lines = Mutex<[String]>([])

    func write(_ line: [UInt8]) {
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }

    var text: String { lines.withLock { $0.joined() } }
}

/// A clock that tests set, and bytes that come in order.
final class ManualTime: Sendable {
    private let state = Mutex((now: UnixTime(seconds: 1_790_000_000), counter: UInt64(0)))

    var now: UnixTime { state.withLock { $0.now } }
    func advance(seconds: Int64) {
        state.withLock { $0.now = $0.now.advanced(bySeconds: seconds) }
    }

    func surroundings(wait: @escaping @Sendable (Duration) async -> Void) -> Surroundings {
        Surroundings(
            now: { self.now }, wait: wait,
            randomBytes: { count in
                self.state.withLock { state in
                    state.counter += 1
                    let counter = state.counter
                    return (0..<count).map { index in
                        index < 8 ? UInt8(truncatingIfNeeded: counter >> UInt64(8 * index)) : 0
                    }
                }
            }
        )
    }
}

/// Self-service over a fake tenant.
final class Bench: Sendable {
    let directory: FakeDirectory
    let store: EmbeddedStore
    let time: ManualTime
    let log = LogBook()
    let service: OrganizationService

    init(
        directory: FakeDirectory = FakeDirectory(), store: EmbeddedStore? = nil,
        time: ManualTime = ManualTime(), creatorRole: String? = "owner", prefix: String = "",
        policy: @escaping ActionPolicy = { _, _ in .allowed },
        wait: @escaping @Sendable (Duration) async -> Void = { _ in }
    ) throws {
        self.directory = directory
        self.store = try store ?? EmbeddedStore.open(.inMemory)
        self.time = time
        guard let routes = SelfServiceRoutes(prefix: prefix) else { throw Unexpected() }
        service = OrganizationService(
            configuration: .init(routes: routes, creatorRole: creatorRole), directory: directory,
            store: self.store, policy: policy, surroundings: time.surroundings(wait: wait),
            log: Logger(minimum: .debug, sink: log, time: { time.now })
        )
    }

    struct Unexpected: Error {}

    static func person(
        _ id: String = "ana", kind: PrincipalFacts.Kind = .user, organization: String? = nil,
        audience: String? = "https://api.example"
    ) -> PrincipalFacts {
        PrincipalFacts(
            id: UserID(id), organization: organization.map { OrganizationID($0) }, kind: kind,
            client: ClientID("app"), isFirstParty: true, audience: audience, scopes: [], roles: nil
        )
    }

    /// Sends `POST /organizations`.
    func create(
        _ body: JSONValue = ["name": "Acme"], key: String? = nil,
        as person: PrincipalFacts = Bench.person(), keys: [String]? = nil, query: String? = nil,
        contentType: String? = "application/json", raw: [UInt8]? = nil
    ) async -> Answer {
        await answer(
            ActionRequest(
                action: .createOrganization, principal: person, path: "/organizations",
                query: query, contentType: contentType,
                idempotencyKeys: keys ?? key.map { [$0] } ?? [],
                body: raw ?? JSONWriter.write(body), requestID: RequestID("r1"),
                receivedAt: time.now
            )
        )
    }

    /// Sends `GET /organizations`.
    func list(
        _ query: String? = nil, as person: PrincipalFacts = Bench.person()
    ) async -> Answer {
        await answer(
            ActionRequest(
                action: .listOrganizations, principal: person, path: "/organizations",
                query: query, contentType: nil, idempotencyKeys: [], body: [],
                requestID: RequestID("r1"), receivedAt: time.now
            )
        )
    }

    private func answer(_ request: ActionRequest) async -> Answer {
        Answer(await service.perform(request))
    }

    /// What the service does at its start.
    func round() async {
        await service.check()
        await service.settleOpenCreations(untouchedFor: 0)
    }

    /// The creations that the store holds open.
    func openCreations() async throws -> [CreationRecord] {
        try await store.perform { database throws(StoreFailure) in
            try database.openCreations(limit: 100)
        }
    }
}

/// An answer, read.
struct Answer: Sendable {
    let result: ActionResult
    let body: JSONValue

    init(_ result: ActionResult) {
        self.result = result
        body = (try? JSONReader.read(result.body)) ?? .null
    }

    var status: Int { result.status }
    var code: String? { body["code"]?.stringValue }
    var id: String? { body["data"]?["id"]?.stringValue }
    var text: String { String(decoding: result.body, as: UTF8.self) }
    var errors: [String] {
        (body["errors"]?.arrayValue ?? []).map { error in
            "\(error["pointer"]?.stringValue ?? "") \(error["code"]?.stringValue ?? "")"
        }
    }
}
