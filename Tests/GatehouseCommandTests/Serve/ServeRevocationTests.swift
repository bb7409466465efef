import Documents
import Glibc
import TestSupport
import Testing
import Values

/// What was taken away, and a gateway that is killed right after it said so.
@Suite(.serialized) struct ServeRevocationTests {
    private static let key = "H1vvGK0fQLujCJe63lFtxgSsRRxrtv1t"

    @Test func `AZ-20 what was answered is in force after kill -9 and a new start`() async throws {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        let upstream = try ScriptedServer(ServeSite.greeting)
        defer { upstream.stop() }
        try await Gatehouse.with(
            ["emulator", "--listen", "127.0.0.1:0", "--state", folder("logto.json")]
        ) { emulator in
            try await emulator.text(with: "good for an hour")
            let state = try folder.json("logto.json")
            let logto = state["logto"]?["endpoint"]?.stringValue ?? ""
            try folder.write("gatehouse.yaml", Self.configuration(logto, upstream.url))
            let token = try await Self.serving(folder, upstream, logto) { site in
                let token = try await site.token(of: "u_ann", in: "org_a")
                #expect(try await site.status("GET", "/orgs/org_a/projects", token: token) == 200)
                #expect(try await Self.remove("u_ann", at: site) == 204)
                #expect(try await site.status("GET", "/orgs/org_a/projects", token: token) == 401)
                site.process.send(SIGKILL)
                _ = await site.process.ended()
                return token
            }
            try await Self.serving(folder, upstream, logto) { site in
                #expect(try await site.status("GET", "/orgs/org_a/projects", token: token) == 401)
                let other = try await site.token(of: "u_adam", in: "org_a")
                #expect(try await site.status("GET", "/orgs/org_a/projects", token: other) == 200)
            }
        }
    }

    @Test func `a damaged store stops the start with what to do about it`() async throws {
        let folder = try TemporaryDirectory()
        try folder.copyPolicies()
        try folder.write("gatehouse.db", String(repeating: "no database ", count: 1_000))
        unsafe chmod(folder("gatehouse.db"), 0o600)
        try folder.write(
            "gatehouse.yaml", Self.configuration("http://127.0.0.1:1", "http://127.0.0.1:1"))
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["serve"], in: folder.path,
            environment: ["TEST_SECRET": "a-secret", "TEST_HOOK": Self.key])
        #expect(ending.code == 2)
        #expect(ending.messages.contains("is damaged"))
        #expect(ending.messages.contains("= help: restore a copy"))
    }

    private static func configuration(_ logto: String, _ upstream: String) -> String {
        ServeSite.configuration(logto: logto, upstream: upstream)
            .replacing(
                "  management:", with: "  webhook_secrets: [\"${env:TEST_HOOK}\"]\n  management:")
            + "store: {sqlite: gatehouse.db}\n"
    }

    private static func serving<Answer>(
        _ folder: TemporaryDirectory, _ upstream: ScriptedServer, _ logto: String,
        _ body: (ServeSite) async throws -> Answer
    ) async throws -> Answer {
        try await Gatehouse.with(
            ["serve"], in: folder.path,
            environment: ["TEST_SECRET": "a-secret", "TEST_HOOK": key]
        ) { process in
            let said = try await process.text(with: "gateway serving", in: .messages)
            try await process.text(with: "keys in use", in: .messages)
            let line = said.split(separator: "\n").last { $0.contains("gateway serving") }
            let facts = try JSONReader.read(Array((line ?? "").utf8))["attributes"]
            let address = facts?["gatehouse.addresses"]?.arrayValue?.first?.stringValue
            return try await body(
                ServeSite(
                    process: process, folder: folder, upstream: upstream, logto: logto,
                    gateway: "http://\(address ?? "")", admin: ""))
        }
    }

    private static func remove(_ user: String, at site: ServeSite) async throws -> Int {
        let body = """
            {"event":"Organization.Membership.Updated","organizationId":"org_a",\
            "params":{"id":"org_a","userId":"\(user)"},"removedUserIds":["\(user)"]}
            """
        return try await HTTPCall.send(
            "POST", site.gateway + "/hooks/logto",
            headers: [
                ("Content-Type", "application/json"),
                ("Logto-Signature-SHA-256", LogtoDelivery.signature(of: body, key: key)),
            ], body: body
        ).status
    }
}
