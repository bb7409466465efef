import Documents
import PolicyEngine
import TestSupport
import Testing

/// The author's guide is true to the code: its worked example loads and passes its own tests.
@Suite struct PolicyGuideTests {
    private func example() throws -> [SourceFile] {
        let page = try SourceTree.text(of: "docs/policies.md")
        var blocks: [String] = []
        var block: String?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```yaml" {
                block = ""
            } else if line == "```" {
                block.map { blocks.append($0) }
                block = nil
            } else if block != nil {
                block? += line + "\n"
            }
        }
        let paths = [
            "project.yaml", "vocabulary.yaml", "routes/notes.yaml", "routes/notes.test.yaml",
            "fixtures/people.yaml",
        ]
        return zip(paths, blocks).map { SourceFile(path: $0, text: $1) }
    }

    @Test func `the worked example of the guide loads and passes its tests`() throws {
        let files = try example()
        let environment = PolicyEnvironment(
            upstreams: ["notes"], audiences: ["https://api.example.test"], rolesKnown: false,
            permissionsFromRoles: false)
        let report = PolicyTestRunner.run(files, environment: environment)
        #expect(DiagnosticRenderer(files: files).text(report.diagnostics) == "")
        #expect(report.results.count == 8)
        #expect(report.passed, "\(report.text)")
    }

    @Test func `the guide names every reason of a refusal that a request can meet`() throws {
        let page = try SourceTree.text(of: "docs/policies.md")
        for reason in DecisionReason.allCases
        where reason != .methodNotAllowed && reason != .organizationPendingDeletion {
            #expect(page.contains("`\(reason.code)`"), "\(reason.code)")
        }
    }
}
