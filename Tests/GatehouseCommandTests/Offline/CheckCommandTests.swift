import Documents
import TestSupport
import Testing

@Suite(.serialized) struct CheckCommandTests {
    @Test func `the example policies are without findings`() async throws {
        let ending = try await Gatehouse.run("check")
        #expect(ending.code == 0, "\(ending.output)\(ending.messages)")
        #expect(ending.output.hasPrefix("policies: 12 routes, "))
        #expect(ending.messages == "")
    }

    @Test func `an error is printed at its place, and ends it with 1`() async throws {
        let folder = try Self.brokenPolicies()
        let ending = try await Gatehouse.run("check", in: folder.path)
        #expect(ending.code == 1)
        #expect(ending.output.contains("routes/projects.yaml:"), "\(ending.output)")
        #expect(ending.output.contains("^^^"), "\(ending.output)")
        #expect(ending.output.contains("`read:projects`"), "\(ending.output)")
        #expect(ending.output.contains("policies: not usable"), "\(ending.output)")
    }

    @Test func `JSON tells the same`() async throws {
        let folder = try Self.brokenPolicies()
        let ending = try await Gatehouse.run("check", "--format", "json", in: folder.path)
        #expect(ending.code == 1)
        #expect(ending.output.hasSuffix("}\n"))
        let found = try JSONReader.read(Array(ending.output.utf8))
        #expect(found["errors"]?.integerValue == 1)
        let first = found["diagnostics"]?.arrayValue?.first
        #expect(first?["place"]?["path"]?.stringValue?.hasSuffix("projects.yaml") == true)
        #expect(first?["place"]?["line"]?.integerValue != nil)

        let good = try await Gatehouse.run("check", "policies", "--format=json")
        #expect(good.code == 0)
        #expect(try JSONReader.read(Array(good.output.utf8))["errors"] == 0)
    }

    @Test func `the configuration beside the folder is checked, too`() async throws {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        try folder.write("gatehouse.yaml", "gatehouse: 1\nkind: gateway\nlistenn: []\n")
        let ending = try await Gatehouse.run("check", in: folder.path)
        #expect(ending.code == 1)
        #expect(ending.output.contains("gatehouse.yaml:3:1"), "\(ending.output)")
        #expect(ending.output.contains("did you mean `listen`?"), "\(ending.output)")
    }

    @Test(arguments: [
        ["nowhere"], ["--config", "nowhere.yaml"], ["--format", "xml"], ["policies", "more"],
    ])
    func `what cannot be read ends it with 2`(_ arguments: [String]) async throws {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["check"] + arguments, in: folder.path)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.hasPrefix("gatehouse check: "), "\(ending.messages)")
    }

    static func brokenPolicies() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        let path = "policies/routes/projects.yaml"
        let text = try SourceTree.text(of: path)
        try folder.write(
            path, text.replacing("    allow: read:projects", with: "    allow: reed:projects"))
        return folder
    }
}
