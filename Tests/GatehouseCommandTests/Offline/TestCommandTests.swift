import Documents
import TestSupport
import Testing

@Suite(.serialized) struct TestCommandTests {
    @Test func `the tests beside the example policies pass`() async throws {
        let ending = try await Gatehouse.run("test")
        #expect(ending.code == 0, "\(ending.output)\(ending.messages)")
        #expect(ending.output.hasSuffix(" checks passed\n"))
        let json = try await Gatehouse.run("test", "policies", "--format", "json")
        #expect(json.code == 0)
        let report = try JSONReader.read(Array(json.output.utf8))
        #expect(report["passed"] == true)
        #expect(report["failed"] == 0)
        #expect((report["checks"]?.integerValue ?? 0) > 50)
    }

    @Test func `a failing test prints its decision, and ends it with 1`() async throws {
        let folder = try Self.failing()
        let ending = try await Gatehouse.run("test", in: folder.path)
        #expect(ending.code == 1)
        #expect(ending.output.contains("FAILED  "), "\(ending.output)")
        #expect(ending.output.contains("routes/projects.test.yaml:"), "\(ending.output)")
        #expect(ending.output.hasSuffix(" failed\n"), "\(ending.output)")
        let json = try await Gatehouse.run("test", "--format", "json", in: folder.path)
        #expect(json.code == 1)
        let report = try JSONReader.read(Array(json.output.utf8))
        #expect(report["passed"] == false)
        let failed = report["results"]?.arrayValue?.first { $0["passed"] == false }
        #expect(failed?["explanation"]?["steps"]?.arrayValue?.isEmpty == false)
    }

    @Test func `a filter chooses tests, and one that matches nothing is a mistake`() async throws {
        let some = try await Gatehouse.run("test", "--filter", "support door")
        #expect(some.code == 0)
        #expect(some.output == "15 checks passed\n")
        for format in ["text", "json"] {
            let none = try await Gatehouse.run(
                "test", "--filter", "no such test", "--format", format)
            #expect(none.code == 2, "\(format)")
            #expect(none.messages == "gatehouse test: no test matches `no such test`\n")
        }
    }

    @Test func `files with errors end it with 1, and JSON says why`() async throws {
        let folder = try CheckCommandTests.brokenPolicies()
        let ending = try await Gatehouse.run("test", in: folder.path)
        #expect(ending.code == 1)
        #expect(ending.messages.contains("routes/projects.yaml:"), "\(ending.messages)")
        let json = try await Gatehouse.run("test", "--format", "json", in: folder.path)
        #expect(json.code == 1)
        let report = try JSONReader.read(Array(json.output.utf8))
        #expect(report["passed"] == false)
        #expect(json.messages.contains("routes/projects.yaml:"), "\(json.messages)")
    }

    @Test func `a folder that is not there ends it with 2`() async throws {
        let ending = try await Gatehouse.run("test", "nowhere")
        #expect(ending.code == 2)
        #expect(ending.messages.hasPrefix("gatehouse test: "))
    }

    private static func failing() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        let path = "policies/routes/projects.test.yaml"
        let text = try SourceTree.text(of: path)
        try folder.write(
            path, text.replacing("reason: organization-required", with: "reason: not-permitted"))
        return folder
    }
}
