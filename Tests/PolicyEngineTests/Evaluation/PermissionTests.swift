import PolicyEngine
import Testing
import Values

@Suite struct PermissionTests {
    private let routes = """
        routes:
          - {id: read, match: "GET /orgs/{org}/r", allow: read}
          - {id: write, match: "GET /orgs/{org}/w", allow: write}
          - {id: member, match: "GET /orgs/{org}/m", allow: [{role: member}]}
          - {id: global, match: GET /global, organization: none, allow: read}

        """

    private func held(_ snapshot: PolicySnapshot, _ principal: Principal) -> [String] {
        snapshot.vocabulary.names(ofPermissions: principal.permissions)
    }

    @Test func `scopes that the vocabulary does not declare count for nothing`() throws {
        let snapshot = try PolicyFixture.load(routes)
        #expect(held(snapshot, snapshot.user(scopes: ["reads", "read", "READ"])) == ["read"])
    }

    @Test func `known roles are a ceiling and never add`() throws {
        let snapshot = try PolicyFixture.load(routes)
        #expect(
            held(snapshot, snapshot.user(scopes: ["read", "write"], roles: ["member"])) == ["read"])
        #expect(held(snapshot, snapshot.user(scopes: ["read"], roles: ["owner"])) == ["read"])
        #expect(held(snapshot, snapshot.user(scopes: ["read"], roles: [])) == [])
        #expect(held(snapshot, snapshot.user(scopes: ["read"], roles: ["nobody"])) == [])
    }

    @Test func `roles count only for first-party applications, the ceiling for all`() throws {
        let snapshot = try PolicyFixture.load(routes)
        let third = snapshot.user(
            scopes: ["read", "write"], roles: ["member"], isFirstParty: false)
        #expect(held(snapshot, third) == ["read"])
        #expect(third.roleNames == [])
        #expect(snapshot.outcome("GET /orgs/org_a/m", as: third) == "403 not-permitted")
        let first = snapshot.user(roles: ["member"])
        #expect(snapshot.outcome("GET /orgs/org_a/m", as: first) == "allow member/1")
    }

    @Test func `whom Logto knows as no member is none, whatever the token says`() throws {
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: open, match: "GET /orgs/{org}/o", allow: members}

            """)
        var facts = snapshot.user(roles: []).facts
        #expect(
            snapshot.outcome("GET /orgs/org_a/o", as: snapshot.principal(facts)).hasPrefix("allow"))
        facts.isStranger = true
        #expect(
            snapshot.outcome("GET /orgs/org_a/o", as: snapshot.principal(facts))
                == "403 not-permitted")
    }

    @Test func `a role has what it extends`() throws {
        let snapshot = try PolicyFixture.load(routes)
        let owner = snapshot.user(scopes: ["read", "write", "admin"], roles: ["owner"])
        #expect(owner.roleNames == ["owner", "editor", "member"])
        #expect(snapshot.outcome("GET /orgs/org_a/m", as: owner) == "allow member/1")
        #expect(held(snapshot, owner) == ["read", "write", "admin"])
    }

    @Test func `permissions from roles ignore scopes`() throws {
        let environment = PolicyEnvironment(
            upstreams: ["projects"], audiences: ["https://api.example.test"], rolesKnown: true,
            permissionsFromRoles: true)
        let snapshot = try PolicyFixture.load(routes, environment: environment)
        #expect(held(snapshot, snapshot.user(scopes: ["admin"], roles: ["member"])) == ["read"])
        #expect(held(snapshot, snapshot.user(scopes: ["admin"], roles: nil)) == [])
        let third = snapshot.user(scopes: ["read"], roles: ["owner"], isFirstParty: false)
        #expect(held(snapshot, third) == [])
    }

    @Test func `without an organization only a token without one has permissions`() throws {
        let snapshot = try PolicyFixture.load(routes)
        let global = snapshot.user(in: nil, scopes: ["read"])
        let member = snapshot.user(in: "org_a", scopes: ["read"])
        #expect(snapshot.outcome("GET /global", as: global) == "allow global/1")
        #expect(snapshot.outcome("GET /global", as: member) == "403 not-permitted")
    }

    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 192, 1_000])
    func `a vocabulary may be of any size`(_ size: Int) throws {
        let names = (0..<size).map { "p\($0)" }
        let last = names.last ?? ""
        let vocabulary =
            "gatehouse: 1\nkind: vocabulary\npermissions:\n"
            + names.map { "  \($0):\n" }.joined()
        let snapshot = try PolicyFixture.load(
            """
            routes:
              - {id: last, match: "GET /orgs/{org}/last", allow: \(last)}
              - {id: both, match: "GET /orgs/{org}/both", allow: {all: [p0, \(last)]}}
              - {id: some, match: "GET /orgs/{org}/some", allow: [p0, \(last)]}

            """,
            vocabulary: vocabulary)
        let all = snapshot.user(scopes: names)
        let rest = snapshot.user(scopes: Array(names.dropLast()))
        let none = snapshot.user(scopes: [])
        for route in ["last", "both", "some"] {
            let line = "GET /orgs/org_a/\(route)"
            #expect(snapshot.outcome(line, as: all) == "allow \(route)/1")
            #expect(snapshot.outcome(line, as: none) == "403 not-permitted")
        }
        #expect(snapshot.outcome("GET /orgs/org_a/last", as: rest) == "403 not-permitted")
        #expect(snapshot.outcome("GET /orgs/org_a/both", as: rest) == "403 not-permitted")
    }

    @Test func `names are compared by their bytes`() throws {
        let snapshot = try PolicyFixture.load(
            "routes:\n  - {id: k, match: \"GET /orgs/{org}/k\", allow: \"K\"}\n",
            vocabulary: "gatehouse: 1\nkind: vocabulary\npermissions: {\"K\": Kelvin}\n")
        let kelvin = snapshot.user(scopes: ["\u{212A}"])
        #expect(snapshot.outcome("GET /orgs/org_a/k", as: kelvin) == "403 not-permitted")
    }
}
