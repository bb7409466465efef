import TestSupport
import Testing

@Suite(.serialized) struct ServeStartTests {
    @Test func `without a configuration it says which file it looked for`() async throws {
        let folder = try TemporaryDirectory()
        let ending = try await Gatehouse.run("serve", in: folder.path)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.contains("gatehouse.yaml"), "\(ending.messages)")
        #expect(ending.messages.contains("--config FILE"), "\(ending.messages)")
    }

    @Test func `all errors of a configuration are printed at once, and nothing listens`()
        async throws
    {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        let server = try RawServer()
        let text = ServeSite.configuration(
            listen: "127.0.0.1:\(server.port)", logto: "http://127.0.0.1:1",
            upstream: "http://127.0.0.1:2")
        await server.close()
        try folder.write(
            "gatehouse.yaml",
            text.replacing("policies: policies", with: "polices: policies")
                .replacing("http://127.0.0.1:2", with: "ftp://127.0.0.1:2")
                .replacing("${env:TEST_SECRET}", with: "written-here"))
        let ending = try await Gatehouse.run("serve", in: folder.path)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        for place in ["gatehouse.yaml:8:", "gatehouse.yaml:10:", "gatehouse.yaml:12:1"] {
            #expect(ending.messages.contains(place), "\(place) is not in \(ending.messages)")
        }
        #expect(ending.messages.contains("did you mean `policies`?"), "\(ending.messages)")
        #expect(ending.messages.split(separator: "\n").count { $0.contains("^") } >= 3)
        await #expect(throws: RawClient.Failure.self) {
            _ = try await RawClient.connect(port: server.port)
        }
    }

    @Test func `rule files with an error keep it from starting`() async throws {
        let folder = try CheckCommandTests.brokenPolicies()
        try folder.write(
            "gatehouse.yaml",
            ServeSite.configuration(logto: "http://127.0.0.1:1", upstream: "http://127.0.0.1:2"))
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["serve"], in: folder.path, environment: ["TEST_SECRET": "a-secret"])
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.contains("routes/projects.yaml:"), "\(ending.messages)")
        #expect(ending.messages.contains("^^^"), "\(ending.messages)")
    }

    @Test func `a folder of rule files that is not there keeps it from starting`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            "gatehouse.yaml",
            ServeSite.configuration(logto: "http://127.0.0.1:1", upstream: "http://127.0.0.1:2"))
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["serve"], in: folder.path, environment: ["TEST_SECRET": "a-secret"])
        #expect(ending.code == 2)
        #expect(ending.messages.contains("\(folder.path)/policies"), "\(ending.messages)")
    }
}
