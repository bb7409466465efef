import Cryptography
import HTTPProxy
import JOSE
import Logto
import LogtoEmulator
import PolicyEngine
import Synchronization
import TestSupport
import Testing
import Values

@testable import Gateway

/// `organization_roles: live` through a running gateway, with the emulator as Logto.
@Suite struct LiveRolesThroughGatewayTests {
    private let clock = ManualClock()
    private let list = "GET /orgs/org_a/projects"
    private let create = "POST /orgs/org_a/projects"

    /// A gateway that asks for roles.
    private func live(
        firstParty: [String] = ["app_browser", "m_robot"], settings: String = "",
        rate: String = "requests: 100", threads: Int = 1, on time: ServiceClock? = nil,
        _ body: (TestSite) async throws -> Void
    ) async throws {
        let roles = """
            gatehouse: 1
            kind: policy
            name: roles
            upstream: backend
            organization: path.org
            routes:
              - {id: admins, match: "GET /orgs/{org}/admins", allow: [{role: admin}]}
              - {id: members, match: "GET /orgs/{org}/members", allow: members}
              - id: robots
                match: GET /orgs/{org}/robots
                allow: [{permission: read:projects, kind: machine}]
            """
        let clients = firstParty.map { "\"\($0)\"" }.joined(separator: ", ")
        try await TestSite.with(
            files: [("routes/roles.yaml", roles)],
            configuration: { text in
                text.replacing(
                    "  management:\n",
                    with: "  organization_roles: live\n  first_party_clients: [\(clients)]\n"
                        + settings + "  management:\n    rate: {\(rate)}\n"
                ).replacing("threads: 1", with: "threads: \(threads)")
            }, options: { $0.clock = time ?? clock.service }, body)
    }

    private func status(
        _ site: TestSite, _ line: String, _ token: String
    ) async throws -> Int {
        try await site.send(line, token: token).status
    }

    /// Gives a person other roles, past the gateway.
    private func setRoles(_ site: TestSite, _ roles: [String], of person: String) throws {
        _ = site.emulator.removeMember(person, of: "org_a")
        try site.emulator.addMember(person, of: "org_a", roles: roles)
    }

    /// How often Logto was asked for somebody's roles.
    private func lookUps(_ site: TestSite, _ operation: String = "member") async throws -> Int {
        try await site.send("GET /metrics", toAdmin: true).body.split(separator: "\n")
            .filter {
                $0.hasPrefix("gatehouse_management_calls_total{operation=\"\(operation).roles")
            }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            .reduce(0, +)
    }

    private func forget(_ site: TestSite, _ scope: CacheScope) async throws {
        let roles = try #require(site.gateway.roles)
        await roles.forget(scope)
    }

    @Test func `AZ-20 a role that was taken away ends with the entry, within a minute`()
        async throws
    {
        try await live { site in
            let adam = try site.token("u_adam", in: "org_a")
            #expect(try await status(site, list, adam) == 200)
            #expect(try await status(site, create, adam) == 200)
            #expect(try await status(site, "GET /orgs/org_a/admins", adam) == 200)
            try setRoles(site, ["member"], of: "u_adam")
            clock.advance(by: .seconds(49))
            #expect(try await status(site, create, adam) == 200)
            #expect(try await lookUps(site) == 1)
            clock.advance(by: .seconds(11))
            #expect(try await status(site, create, adam) == 403)
            #expect(try await status(site, list, adam) == 200)
            #expect(try await status(site, "GET /orgs/org_a/admins", adam) == 403)
            #expect(try await lookUps(site) == 2)
        }
    }

    @Test func `AZ-20 after it was forgotten the next request sees the change`() async throws {
        try await live { site in
            let adam = try site.token("u_adam", in: "org_a")
            let olga = try site.token("u_olga", in: "org_a")
            #expect(try await status(site, create, adam) == 200)
            #expect(try await status(site, create, olga) == 200)
            try setRoles(site, ["member"], of: "u_adam")
            #expect(try await status(site, create, adam) == 200)
            try await forget(site, .member(OrganizationID("org_a"), "u_adam"))
            #expect(try await status(site, create, adam) == 403)
            #expect(try await status(site, create, olga) == 200)
            #expect(try await lookUps(site) == 3)
        }
    }

    @Test func `AZ-20 forgetting is in force on every loop, whatever the loops remember`()
        async throws
    {
        // On the machine's clock each loop keeps the compiled caller for fifty seconds.
        try await live(threads: 3, on: .machine) { site in
            let adam = try site.token("u_adam", in: "org_a")
            for _ in 0..<12 { #expect(try await status(site, create, adam) == 200) }
            #expect(try await lookUps(site) == 1)
            try setRoles(site, ["member"], of: "u_adam")
            #expect(try await status(site, create, adam) == 200)
            try await forget(site, .member(OrganizationID("org_a"), "u_adam"))
            for _ in 0..<12 { #expect(try await status(site, create, adam) == 403) }
            #expect(try await lookUps(site) == 2)
        }
    }

    @Test func `AZ-20 a webhook of Logto makes the next request see the change`() async throws {
        let settings = "  webhook_secrets: [\"${env:SECRET}\"]\n"
        try await live(settings: settings, on: .machine) { site in
            let adam = try site.token("u_adam", in: "org_a")
            #expect(try await status(site, create, adam) == 200)
            try setRoles(site, ["member"], of: "u_adam")
            let body = #"{"event":"Organization.Membership.Updated","organizationId":"org_a"}"#
            let key = Array(site.emulator.managementClient.secret.reveal().utf8)
            let signature = Hexadecimal.text(
                HMACSHA256.authenticate(Array(body.utf8), key: key))
            let answer = try await site.send(
                "POST /hooks/logto", headers: ["Logto-Signature-Sha-256: \(signature)"],
                body: body)
            #expect(answer.status == 204)
            #expect(try await status(site, create, adam) == 403)
            #expect(try await status(site, list, adam) == 200)
        }
    }

    @Test func `AZ-21 a thousand requests of a removed member do nothing`() async throws {
        try await live { site in
            let ann = try site.token("u_ann", in: "org_a")
            #expect(try await status(site, list, ann) == 200)
            #expect(try await status(site, "GET /orgs/org_a/members", ann) == 200)
            _ = site.emulator.removeMember("u_ann", of: "org_a")
            try await forget(site, .organization(OrganizationID("org_a")))
            let before = site.backend.requests.count
            for _ in 0..<50 {
                #expect(try await status(site, list, ann) == 403)
                #expect(try await status(site, "GET /orgs/org_a/members", ann) == 403)
            }
            #expect(site.backend.requests.count == before)
            // Two seconds of "no member" are one call.
            #expect(try await lookUps(site) == 2)
            try site.emulator.addMember("u_ann", of: "org_a", roles: ["member"])
            clock.advance(by: .seconds(2))
            #expect(try await status(site, list, ann) == 200)
        }
    }

    @Test func `AZ-06 AZ-21 roles of one organization say nothing about another`() async throws {
        try await live { site in
            // Olga owns both; in A she becomes a member.
            let inA = try site.token("u_olga", in: "org_a")
            let inB = try site.token("u_olga", in: "org_b")
            try setRoles(site, ["member"], of: "u_olga")
            #expect(try await status(site, "POST /orgs/org_b/projects", inB) == 200)
            #expect(try await status(site, create, inA) == 403)
            #expect(try await status(site, list, inA) == 200)
            #expect(try await status(site, "POST /orgs/org_a/projects", inB) == 404)
        }
    }

    @Test func `AZ-22 an organization made anew under its old id is asked for anew`()
        async throws
    {
        try await live { site in
            try site.emulator.addOrganization(id: "org_n", name: "Acme")
            try site.emulator.addMember("u_zoe", of: "org_n", roles: ["owner"])
            let zoe = try site.token("u_zoe", in: "org_n")
            let line = "POST /orgs/org_n/projects"
            #expect(try await status(site, line, zoe) == 200)
            // Same name, other id: nothing is shared with the organization of that name.
            #expect(try await status(site, create, zoe) == 404)
            _ = site.emulator.removeMember("u_zoe", of: "org_n")
            try await forget(site, .organization(OrganizationID("org_n")))
            #expect(try await status(site, line, zoe) == 403)
        }
    }

    @Test func `while Logto is away roles serve for five minutes more, then 503`() async throws {
        try await live { site in
            let adam = try site.token("u_adam", in: "org_a")
            let zoe = try site.token("u_zoe", in: "org_b")
            #expect(try await status(site, create, adam) == 200)
            await site.emulatorServer.drain(within: .zero)
            clock.advance(by: .seconds(61))
            #expect(try await status(site, create, adam) == 200)
            // Whoever was never known is not let in.
            let unknown = try await site.send("GET /orgs/org_b/projects", token: zoe)
            #expect(unknown.status == 503 && unknown.code == "roles-unavailable")
            #expect(unknown.header("Retry-After") != nil)
            clock.advance(by: .seconds(298))
            #expect(try await status(site, create, adam) == 200)
            clock.advance(by: .seconds(1))
            let late = try await site.send(create, token: adam)
            #expect(late.status == 503 && late.code == "roles-unavailable")
            #expect(late.header("Retry-After") != nil)
            #expect(try await status(site, "GET /healthz", adam) == 200)
        }
    }

    @Test func `AV-04 a Logto that answers slowly holds a request for a second`() async throws {
        try await live { site in
            try site.emulator.plan(
                Fault(
                    method: .get, path: "/api/organizations/*/users/*/roles",
                    effect: .delay(.seconds(60))))
            let adam = try site.token("u_adam", in: "org_a")
            async let answer = site.send(create, token: adam)
            await clock.sleeper(for: .seconds(1))
            clock.advance(by: .seconds(1))
            #expect(try await answer.code == "roles-unavailable")
        }
    }

    @Test func `AV-05 a 429 is honoured: nobody is asked, and what is known serves`()
        async throws
    {
        try await live { site in
            let adam = try site.token("u_adam", in: "org_a")
            let ann = try site.token("u_ann", in: "org_a")
            #expect(try await status(site, create, adam) == 200)
            try site.emulator.plan(
                Fault(
                    method: .get, path: "/api/organizations/*/users/*/roles",
                    effect: .answer(status: 429, headers: ["Retry-After": "30"], body: [])))
            #expect(try await site.send(list, token: ann).code == "roles-unavailable")
            clock.advance(by: .seconds(29))
            #expect(try await site.send(list, token: ann).code == "roles-unavailable")
            #expect(try await lookUps(site) == 2)
            clock.advance(by: .seconds(2))
            #expect(try await status(site, list, ann) == 200)
            #expect(try await lookUps(site) == 3)
        }
    }

    @Test func `over the budget nobody is asked`() async throws {
        try await live(rate: "requests: 3, per: 10s") { site in
            // Self-service reads the template at the start, and is counted too.
            while try await !site.send("GET /metrics", toAdmin: true).body.contains(
                #"{operation="template.roles",result="done"}"#)
            {}
            for person in ["u_ann", "u_adam"] {
                let token = try site.token(person, in: "org_a")
                #expect(try await status(site, list, token) == 200)
            }
            let olga = try site.token("u_olga", in: "org_a")
            #expect(try await site.send(list, token: olga).code == "roles-unavailable")
            #expect(try await lookUps(site) == 2)
            clock.advance(by: .seconds(5))
            #expect(try await status(site, list, olga) == 200)
        }
    }

    @Test func `requests of one caller that come together are one look-up`() async throws {
        try await live { site in
            let adam = try site.token("u_adam", in: "org_a")
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await site.send(list, token: adam).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await lookUps(site) == 1)
        }
    }

    @Test func `the application of a third party has no roles, and roles cap it all the same`()
        async throws
    {
        try await live(firstParty: []) { site in
            let adam = try site.token("u_adam", in: "org_a")
            #expect(try await status(site, create, adam) == 200)
            #expect(try await status(site, "GET /orgs/org_a/admins", adam) == 403)
            try setRoles(site, ["member"], of: "u_adam")
            try await forget(site, .everything)
            #expect(try await status(site, create, adam) == 403)
        }
    }

    @Test func `a token never has more than its scopes, whatever its holder's roles give`()
        async throws
    {
        try await live { site in
            let narrow = try site.emulator.mint(
                user: "u_olga", organization: "org_a", scopes: ["read:projects"])
            #expect(try await status(site, list, narrow) == 200)
            #expect(try await status(site, create, narrow) == 403)
        }
    }

    @Test func `with permissions from roles the scopes of a token count for nothing`()
        async throws
    {
        try await live(settings: "  permissions_from: roles\n") { site in
            let none = try site.emulator.mint(user: "u_adam", organization: "org_a", scopes: [])
            #expect(try await status(site, create, none) == 200)
            let ann = try site.emulator.mint(
                user: "u_ann", organization: "org_a", scopes: ["read:projects", "write:projects"])
            #expect(try await status(site, create, ann) == 403)
        }
        try await live(firstParty: [], settings: "  permissions_from: roles\n") { site in
            let adam = try site.token("u_adam", in: "org_a")
            #expect(try await status(site, list, adam) == 403)
        }
    }

    @Test func `machines are asked for as applications`() async throws {
        try await live { site in
            let robot = try site.emulator.mint(user: "m_robot", organization: "org_a")
            // The vocabulary does not declare its role: what nobody declared gives nothing.
            #expect(try await status(site, "GET /orgs/org_a/robots", robot) == 403)
            #expect(try await lookUps(site, "machine") == 1)
            #expect(try await lookUps(site) == 0)
        }
    }

    @Test func `a token without an organization has no roles to ask for`() async throws {
        try await live { site in
            let ann = try site.token("u_ann")
            #expect(try await status(site, "GET /me", ann) == 200)
            #expect(try await lookUps(site) == 0)
        }
    }
}
