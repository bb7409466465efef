import Documents
import PolicyEngine
import TestSupport
import Testing

/// Rule sets as files, and the messages that they give. `@@ path` begins a file; the project and the
/// vocabulary of the fixture stand in where a case has none; `@ roles=none` `@ audiences=…` and
/// `@ body-limit=…` change the environment.
@Suite struct DiagnosticCaseTests {
    static let folder = "Tests/PolicyEngineTests/Cases"

    private struct Input {
        var files: [SourceFile] = []
        var environment = PolicyFixture.withRoles

        init(_ text: String) {
            var texts: [String: String] = [:]
            var path = ""
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("@@ ") {
                    path = String(line.dropFirst(3))
                    texts[path] = ""
                } else if line.hasPrefix("@ roles=none") {
                    environment = PolicyFixture.environment
                } else if line.hasPrefix("@ audiences=") {
                    environment = PolicyEnvironment(
                        upstreams: environment.upstreams,
                        audiences: line.dropFirst("@ audiences=".count).split(separator: ",")
                            .map(String.init),
                        rolesKnown: true, permissionsFromRoles: false)
                } else if line.hasPrefix("@ body-limit=") {
                    environment = PolicyEnvironment(
                        upstreams: environment.upstreams, audiences: environment.audiences,
                        rolesKnown: true, permissionsFromRoles: false,
                        bodyLimit: Int(line.dropFirst("@ body-limit=".count)) ?? 0)
                } else {
                    texts[path, default: ""] += line + "\n"
                }
            }
            if texts["project.yaml"] == nil { texts["project.yaml"] = PolicyFixture.project }
            // A case about a missing project has an empty one.
            if texts["project.yaml"] == "\n" { texts["project.yaml"] = nil }
            if texts["vocabulary.yaml"] == nil {
                texts["vocabulary.yaml"] = """
                    gatehouse: 1
                    kind: vocabulary

                    permissions:
                      read:projects: See projects
                      write:projects: Change projects

                    roles:
                      member: {permissions: [read:projects]}
                      admin: {extends: member, permissions: [write:projects]}

                    """
            }
            files = texts.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }.map {
                SourceFile(path: $0.key, text: $0.value)
            }
        }
    }

    private static func output(_ testCase: CaseFile) -> (text: String, found: [Diagnostic]) {
        let input = Input(testCase.input)
        let found = PolicyCheck.check(input.files, environment: input.environment)
        let text = DiagnosticRenderer(files: input.files).text(found.diagnostics)
        return (text.isEmpty ? "no findings\n" : text, found.diagnostics)
    }

    @Test(arguments: try CaseFile.all(in: folder))
    func `the messages of a case are what its file says`(_ testCase: CaseFile) throws {
        let output = Self.output(testCase)
        #expect(try testCase.matches(output.text), "\(testCase.name):\n\(output.text)")
    }

    @Test func `every code has a case of its name, and no case is without its code`() throws {
        let cases = try CaseFile.all(in: Self.folder)
        for code in DiagnosticCode.allCases {
            guard let testCase = cases.first(where: { $0.name == code.rawValue }) else {
                Issue.record("no case \(code.rawValue)")
                continue
            }
            let codes = Self.output(testCase).found.map(\.code)
            #expect(codes.contains(code.rawValue), "\(testCase.name) gives \(codes)")
        }
    }

    @Test func `the page of diagnostics explains every code with the example of its case`() throws {
        let page = try SourceTree.text(of: "docs/diagnostics.md")
        let cases = try CaseFile.all(in: Self.folder)
        for code in DiagnosticCode.allCases {
            #expect(page.contains("\n### `\(code.rawValue)`\n"), "\(code.rawValue) is missing")
            let example = cases.first { $0.name == code.rawValue }?.expected ?? ""
            #expect(page.contains(example), "the example of \(code.rawValue) is out of date")
        }
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("### ") }
        #expect(headings.count == DiagnosticCode.allCases.count)
    }
}
