import Documents
import PolicyEngine
import SelfService
import Testing
import TestSupport
import Values

@Suite struct ActionVerdictTests {
    /// A rule set of two files: the project, and these actions.
    private func snapshot(_ actions: String?) throws -> PolicySnapshot {
        let project = """
            gatehouse: 1
            kind: project
            name: test
            policies: [routes/*.yaml]
            \(actions == nil ? "" : "self_service: self-service.yaml")
            """
        let vocabulary = """
            gatehouse: 1
            kind: vocabulary
            name: vocabulary
            permissions:
              create:organization: Create
            """
        var files = [
            SourceFile(path: "project.yaml", bytes: Array(project.utf8)),
            SourceFile(path: "vocabulary.yaml", bytes: Array(vocabulary.utf8)),
        ]
        if let actions {
            let text = """
                gatehouse: 1
                kind: self-service
                name: organizations
                actions:
                \(actions)
                """
            files.append(SourceFile(path: "self-service.yaml", bytes: Array(text.utf8)))
        }
        let loaded = PolicyLoader.load(
            files,
            environment: PolicyEnvironment(
                upstreams: [], audiences: ["https://api.example"], rolesKnown: false,
                permissionsFromRoles: false
            )
        )
        return try #require(loaded.snapshot, "\(loaded.diagnostics)")
    }

    @Test func `an action that is not mentioned is not offered`() throws {
        let rules = try snapshot("  org.list_mine: {allow: authenticated}")
        #expect(ActionVerdict(of: rules, .createOrganization, Bench.person()) == .notOffered)
        #expect(ActionVerdict(of: rules, .listOrganizations, Bench.person()) == .allowed)
        #expect(
            ActionVerdict(of: try snapshot(nil), .listOrganizations, Bench.person())
                == .notOffered
        )
    }

    @Test func `a rule without kind holds for people only`() throws {
        let rules = try snapshot("  org.create: {allow: authenticated}")
        #expect(ActionVerdict(of: rules, .createOrganization, Bench.person()) == .allowed)
        #expect(
            ActionVerdict(of: rules, .createOrganization, Bench.person(kind: .machine)) == .denied
        )
    }
}
