import Documents
import PolicyEngine
import Testing
import Values

@Suite struct SelfServicePolicyTests {
    private func load(_ actions: String) throws -> PolicySnapshot {
        let files = PolicyFixture.files(
            PolicyFixture.head + "routes: []\n",
            project: PolicyFixture.project + "self_service: own.yaml\n",
            more: [
                "own.yaml": "gatehouse: 1\nkind: self-service\nname: own\n"
                    + "roles: {boss: {logto: owner, protected: true, min: 1}}\n" + actions
            ])
        let loaded = PolicyLoader.load(files, environment: PolicyFixture.withRoles)
        guard let snapshot = loaded.snapshot else {
            throw PolicyFixture.Unloadable(
                text: DiagnosticRenderer(files: files).text(loaded.diagnostics))
        }
        return snapshot
    }

    private func outcome(
        _ snapshot: PolicySnapshot,
        _ action: String,
        _ principal: Principal?
    ) throws -> String {
        let policy = try #require(snapshot.selfService)
        let decision = policy.decide(action: action, as: principal)
        guard let reason = decision.reason else {
            return "allow \(policy.because(decision)?.id ?? "")"
        }
        return "\(snapshot.status(decision)) \(reason.code)"
    }

    @Test func `an action that no file mentions does not exist`() throws {
        let snapshot = try load("actions: {org.list_mine: {allow: authenticated}}\n")
        #expect(try outcome(snapshot, "org.create", snapshot.user()) == "404 no-route")
        #expect(try outcome(snapshot, "org.list_mine", snapshot.user()) == "allow org.list_mine/1")
        #expect(snapshot.selfService?.openActions == ["org.list_mine"])
        #expect(snapshot.selfService?.opens("org.create") == false)
    }

    @Test func `actions are guarded by the rules that guard routes`() throws {
        let snapshot = try load(
            """
            actions:
              org.create:
                allow:
                  - {id: users, authenticated: true}
                  - {id: programs, permission: admin, kind: machine}
                deny:
                  - {id: blocked, permission: write, because: Blocked}

            """)
        let robot = snapshot.user(in: nil, scopes: ["admin"], kind: .machine)
        #expect(try outcome(snapshot, "org.create", nil) == "401 unauthenticated")
        #expect(try outcome(snapshot, "org.create", snapshot.user()) == "allow users")
        #expect(try outcome(snapshot, "org.create", robot) == "allow programs")
        #expect(
            try outcome(snapshot, "org.create", snapshot.user(kind: .machine))
                == "403 not-permitted")
        #expect(
            try outcome(snapshot, "org.create", snapshot.user(scopes: ["write"])) == "403 denied")
    }

    @Test func `a permission of an organization does not count for an action without one`() throws {
        let snapshot = try load(
            "actions: {org.create: {allow: [{permission: admin}]}}\n")
        let member = snapshot.user(in: "org_a", scopes: ["admin"])
        let global = snapshot.user(in: nil, scopes: ["admin"])
        #expect(try outcome(snapshot, "org.create", member) == "403 not-permitted")
        #expect(try outcome(snapshot, "org.create", global) == "allow org.create/1")
    }

    @Test func `callers of another rule set and of unknown audiences are refused`() throws {
        let snapshot = try load("actions: {org.create: {allow: authenticated}}\n")
        let other = try load("actions: {org.create: {allow: authenticated}}\n")
        #expect(try outcome(snapshot, "org.create", other.user()) == "403 policy-error")
        let foreign = snapshot.user(audience: "https://other.example.test")
        #expect(try outcome(snapshot, "org.create", foreign) == "401 token-not-accepted")
    }

    @Test func `the roles of the template are known to the invariants`() throws {
        let snapshot = try load("actions: {}\n")
        let roles = snapshot.selfService?.roles
        #expect(roles?.map(\.name) == ["boss"])
        #expect(roles?.first?.logto == "owner")
        #expect(roles?.first?.isProtected == true)
        #expect(roles?.first?.minimum == 1)
    }
}
