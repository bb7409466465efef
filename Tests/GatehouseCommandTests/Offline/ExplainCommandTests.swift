import Documents
import TestSupport
import Testing

@Suite(.serialized) struct ExplainCommandTests {
    @Test func `allowed is 0, denied is 1, and both say why`() async throws {
        let allowed = try await Gatehouse.run(
            "explain", "--as", "olga", "DELETE /orgs/org_a/projects/p1")
        #expect(allowed.code == 0, "\(allowed.messages)")
        #expect(allowed.output.contains("project-delete"), "\(allowed.output)")
        let denied = try await Gatehouse.run(
            "explain", "--as", "ann", "DELETE /orgs/org_a/projects/p1")
        #expect(denied.code == 1)
        #expect(denied.output.contains("not-permitted"), "\(denied.output)")
        #expect(denied.output.contains("delete:projects"), "\(denied.output)")
        #expect(denied.output.contains("routes/projects.yaml:"), "\(denied.output)")
    }

    @Test(
        arguments: [
            (["--as", "ann", "GET /orgs/org_a/projects"], "allow", 200, nil),
            (["GET /orgs/org_a/projects"], "deny", 401, "unauthenticated"),
            (["--as", "zoe", "GET /orgs/org_a/projects"], "deny", 404, "other-organization"),
            (["--as", "olga", "GET /nowhere"], "deny", 404, "no-route"),
            (
                ["--as", "olga", "--header", "X-Organization: org_a", "GET /audit/events"], "allow",
                200, nil
            ),
            (["--as", "olga", "GET /audit/events"], "deny", 400, "no-organization"),
            (["--host=api.example", "GET /healthz?x=1"], "allow", 200, nil),
        ] as [([String], String, Int64, String?)])
    func `JSON holds decision, status and reason`(
        _ arguments: [String], _ decision: String, _ status: Int64, _ reason: String?
    ) async throws {
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["explain", "--format", "json"] + arguments, in: SourceTree.root)
        #expect(ending.code == (decision == "allow" ? 0 : 1), "\(ending.messages)")
        let json = try JSONReader.read(Array(ending.output.utf8))
        #expect(json["decision"]?.stringValue == decision)
        #expect(json["status"]?.integerValue == status)
        #expect(json["reason"]?.stringValue == reason)
        #expect(json["policy"]?.stringValue?.hasPrefix("sha256:") == true)
    }

    @Test(arguments: [
        (["--as", "anne", "GET /healthz"], "did you mean `ann`?"),
        (["GET"], "is no request: write 'METHOD /path'"),
        (["GET /orgs//projects"], "the gateway answers 400"),
        (["--header", "none", "GET /healthz"], "write NAME:VALUE"),
        ([], "'METHOD /path' is missing"),
        (["--policies", "nowhere", "GET /healthz"], "nowhere"),
    ])
    func `what cannot be judged ends it with 2 and says why`(
        _ arguments: [String], _ message: String
    ) async throws {
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["explain"] + arguments, in: SourceTree.root)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.contains(message), "\(ending.messages)")
    }
}
