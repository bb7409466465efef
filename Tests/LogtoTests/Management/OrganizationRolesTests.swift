import Documents
import Logto
import Outbound
import Telemetry
import TestSupport
import Testing
import Values

/// The roles of one holder in one organization.
@Suite struct OrganizationRolesTests {
    private static let notMember = ScriptedServer.json(
        422, #"{"code":"organization.require_membership","message":"m"}"#)
    private static let two = ScriptedServer.json(
        200,
        #"[{"tenantId":"t","id":"r1","name":"x: y","description":null,"type":"User"},"#
            + #"{"tenantId":"t","id":"r2","name":"é","description":null,"type":"User"}]"#)

    private let user = UserID("u1")
    private let machine = ClientID("m1")
    private let there = OrganizationID("o1")

    @Test func `people and machines are asked for on routes of their own`() async throws {
        let tenant = try TestTenant { _ in Self.two }
        let roles = try await tenant.management.organizationRoles(ofUser: user, in: there)
        #expect(roles?.map(\.name) == ["x: y", "é"])
        #expect(roles?.map(\.id) == ["r1", "r2"])
        let others = try await tenant.management.organizationRoles(ofMachine: machine, in: there)
        #expect(others?.count == 2)
        #expect(
            tenant.calls.map(\.target) == [
                "/api/organizations/o1/users/u1/roles",
                "/api/organizations/o1/applications/m1/roles",
            ])
        await tenant.stop()
    }

    @Test func `a member without roles is not the same as no member`() async throws {
        let tenant = try TestTenant { request in
            request.target.contains("users") ? ScriptedServer.json(200, "[]") : Self.notMember
        }
        #expect(try await tenant.management.organizationRoles(ofUser: user, in: there) == [])
        #expect(try await tenant.management.organizationRoles(ofMachine: machine, in: there) == nil)
        await tenant.stop()
    }

    @Test(arguments: [
        ScriptedServer.json(422, #"{"code":"entity.relation_foreign_key_not_found"}"#),
        ScriptedServer.json(404, #"{"code":"entity.not_found"}"#),
        ScriptedServer.answer(404, ["Content-Type": "text/plain"], "Not Found"),
        ScriptedServer.answer(422), ScriptedServer.answer(500), ScriptedServer.answer(429),
        ScriptedServer.json(200, "{}"), ScriptedServer.json(200, #"[{"id":"r1"}]"#),
        ScriptedServer.json(200, #"[{"id":"r1","name":7}]"#), [.close],
    ])
    func `only one answer says "no member"; every other fault is a fault`(
        _ steps: [ScriptedServer.Step]
    ) async throws {
        let tenant = try TestTenant { _ in steps }
        let failure = await tenant.failure { management in
            _ = try await management.organizationRoles(ofUser: user, in: there)
        }
        #expect(failure != nil)
        await tenant.stop()
    }

    @Test func `AZ-09 an id with other characters is never put into a path`() async throws {
        let tenant = try TestTenant { _ in Self.two }
        for id in ["../x", "a/b", "a?b", "", "https://client.example/id"] {
            let failure = await tenant.failure { management in
                _ = try await management.organizationRoles(ofUser: UserID(id), in: there)
            }
            guard case .invalidArgument = failure else {
                Issue.record("\(id) was sent")
                continue
            }
        }
        #expect(tenant.calls.isEmpty)
        await tenant.stop()
    }

    @Test func `AV-05 a 401 renews the machine token once, and the call is made again once`()
        async throws
    {
        let tenant = try TestTenant { request in
            request.headers["authorization"] == "Bearer machine-1"
                ? ScriptedServer.json(401, #"{"code":"auth.unauthorized"}"#) : Self.two
        }
        let roles = try await tenant.management.organizationRoles(ofUser: user, in: there)
        #expect(roles?.count == 2)
        #expect(tenant.calls.count == 2 && tenant.tokenCalls.count == 2)
        await tenant.stop()
    }

    @Test func `calls that nobody paid for are counted, and a 429 pauses the budget`()
        async throws
    {
        let tenant = try TestTenant { request in
            request.target.hasSuffix("/users/u1/roles")
                ? ScriptedServer.answer(429, ["Retry-After": "12"])
                : ScriptedServer.json(404, #"{"code":"entity.not_found"}"#)
        }
        let budget = RequestBudget(
            calls: 3, per: .seconds(10), clock: tenant.clock.service, metrics: tenant.metrics)
        let client = ManagementClient(
            endpoint: try LogtoEndpoint(tenant.server.url), tokens: tenant.tokens,
            client: tenant.client, budget: budget, metrics: tenant.metrics,
            logger: tenant.lines.logger())
        _ = try? await client.user(user)
        #expect(budget.take() && budget.take() && !budget.take())
        tenant.clock.advance(by: .seconds(10))
        #expect(budget.take())
        // Paid for: the call itself takes nothing more.
        _ = try? await client.organizationRoles(ofMachine: machine, in: there)
        #expect(budget.take())
        _ = try? await client.organizationRoles(ofUser: user, in: there)
        tenant.clock.advance(by: .milliseconds(11_999))
        #expect(!budget.take())
        tenant.clock.advance(by: .milliseconds(1))
        #expect(budget.take())
        await tenant.stop()
    }
}

/// The same against what a real Logto answered.
@Suite(.enabled(if: SharedData.isPresent))
struct RecordedRolesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let name: String
        /// nil: no member.
        let names: [String]?
        var testDescription: String { "\(file) \(name)" }

        init(_ file: String, _ name: String, _ names: [String]?) {
            (self.file, self.name, self.names) = (file, name, names)
        }
    }

    static let rows = [
        Row("33-member-roles-errors", "nothing-was-assigned", []),
        Row("33-member-roles-errors", "outsider-list", nil),
        Row("33-member-roles-errors", "unknown-user", nil),
        Row("33-member-roles-errors", "unknown-organization", nil),
        Row("107-member-roles-errors-second", "user-id-upper", nil),
        Row("15-organization-deleted-everywhere", "member-roles-after", nil),
        Row("27-members-user-deleted", "roles-after", nil),
        Row("28-members-suspended", "roles-of-suspended", []),
        Row("75-application-organization-roles", "list-none", []),
        Row(
            "75-application-organization-roles", "list", ["a75 machine a", "a75 machine b"]),
        Row("75-application-organization-roles", "not-member-list", nil),
        Row("75-application-organization-roles", "roles-after-app-deleted", nil),
    ]

    @Test(arguments: rows)
    func `recorded answers say who is a member, with which roles`(_ row: Row) async throws {
        let (target, answer) = try #require(try Self.exchange(row))
        let tenant = try TestTenant { _ in answer }
        let words = target.split(separator: "/").map(String.init)
        let place = OrganizationID(words[2])
        let roles =
            words[3] == "users"
            ? try await tenant.management.organizationRoles(ofUser: UserID(words[4]), in: place)
            : try await tenant.management.organizationRoles(
                ofMachine: ClientID(words[4]), in: place)
        #expect(roles?.map(\.name.text) == row.names)
        #expect(tenant.calls.map(\.target) == [target])
        await tenant.stop()
    }

    private static func exchange(_ row: Row) throws -> (String, [ScriptedServer.Step])? {
        let bytes = try SharedData.bytes(of: "logto/recorded/management/\(row.file).jsonl")
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let exchange = try JSONReader.read(
                Array(line),
                limits: JSONReader.Limits(depth: 64, bytes: 1 << 22, allowsNUL: true))
            guard exchange["case"] == .string(row.name),
                let target = exchange["request"]?["target"]?.stringValue,
                let status = exchange["response"]?["status"]?.integerValue,
                let body = exchange["response"]?["json"]
            else { continue }
            return (target, ScriptedServer.json(Int(status), JSONWriter.text(body)))
        }
        return nil
    }
}
