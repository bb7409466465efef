import PolicyEngine
import Testing
import Values

@Suite struct CrossingTests {
    private let door = """
        routes:
          - id: door
            match: GET /support/{org}
            crosses_organizations: support
            allow:
              - {id: own, permission: read}
              - {id: support, permission: admin, kind: any}

        """

    private func load(_ from: String, deny: String = "") throws -> PolicySnapshot {
        try PolicyFixture.load(
            deny + door,
            project: PolicyFixture.project
                + "crossing_allowed_by: [{rule: support, from: [\(from)]}]\n")
    }

    @Test func `only the named rule crosses, and only from a listed organization`() throws {
        let snapshot = try load("staff")
        let staff = snapshot.user(in: "staff", scopes: ["read", "admin"])
        let outsider = snapshot.user(in: "org_a", scopes: ["read", "admin"])
        let reader = snapshot.user(in: "staff", scopes: ["read"])
        #expect(snapshot.outcome("GET /support/org_b", as: staff) == "allow support")
        #expect(snapshot.outcome("GET /support/org_b", as: outsider) == "404 other-organization")
        #expect(snapshot.outcome("GET /support/org_b", as: reader) == "404 other-organization")
        #expect(snapshot.outcome("GET /support/org_a", as: outsider) == "allow own")
    }

    @Test func `a program crosses where machines are listed, with or without an organization`()
        throws
    {
        let snapshot = try load("machine")
        let roaming = snapshot.user(in: nil, scopes: ["admin"], kind: .machine)
        let settled = snapshot.user(in: "org_a", scopes: ["admin"], kind: .machine)
        let user = snapshot.user(in: nil, scopes: ["admin"])
        #expect(snapshot.outcome("GET /support/org_b", as: roaming) == "allow support")
        #expect(snapshot.outcome("GET /support/org_b", as: settled) == "allow support")
        #expect(snapshot.outcome("GET /support/org_b", as: user) == "403 organization-required")
    }

    @Test func `a deny rule counts what the token has wherever it crosses to`() throws {
        let snapshot = try load(
            "staff", deny: "deny: [{id: contractors, permission: write, because: No}]\n")
        let contractor = snapshot.user(in: "staff", scopes: ["admin", "write"])
        #expect(snapshot.outcome("GET /support/org_b", as: contractor) == "403 denied")
    }
}
