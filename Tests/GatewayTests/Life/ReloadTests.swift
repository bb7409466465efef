import Documents
import TestSupport
import Testing
import Values

@testable import Gateway

@Suite struct ReloadTests {
    private static let looser = TestSite.files[3].1.replacing(
        "allow: write:projects", with: "allow: read:projects")

    @Test func `a save changes the next decision`() async throws {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            #expect(try await site.send("POST /orgs/org_a/projects", token: ann).status == 403)
            try site.policies.write("routes/projects.yaml", Self.looser)
            guard case .replaced = await site.announced.next() else {
                Issue.record("the rules were not replaced")
                return
            }
            #expect(try await site.send("POST /orgs/org_a/projects", token: ann).status == 200)
        }
    }

    @Test(arguments: [
        "gatehouse: 1\nkind: policy\nname: projects\nupstream: nobody\nroutes: []\n",
        "gatehouse: [\n",
        "gatehouse: 1\nkind: policy\nname: p\nupstream: backend\nrutes: []\n", "",
    ])
    func `AV-15 a broken save keeps the old rules and says where it is wrong`(_ text: String)
        async throws
    {
        try await TestSite.with { site in
            let ann = try site.token("u_ann", in: "org_a")
            try site.policies.write("routes/projects.yaml", text)
            guard case .kept(let found, let files) = await site.announced.next() else {
                Issue.record("the rules were replaced")
                return
            }
            let shown = DiagnosticRenderer(files: files).text(found)
            #expect(shown.contains("routes/projects.yaml:"))
            #expect(try await site.send("GET /orgs/org_a/projects", token: ann).status == 200)
            let standing = try await site.send("GET /-/policy", toAdmin: true).body
            #expect(standing.contains(#""stale":true"#))
            #expect(try await site.send("GET /readyz", toAdmin: true).status == 200)
            let again = try await site.send("POST /-/policy/reload", toAdmin: true)
            #expect(again.status == 409)
            try site.policies.write("routes/projects.yaml", TestSite.files[3].1)
            guard case .replaced = await site.announced.next() else {
                Issue.record("the rules were not replaced")
                return
            }
            #expect(
                try await site.send("GET /-/policy", toAdmin: true).body.contains(#""stale":false"#)
            )
        }
    }

    @Test func `a policy's route that is also a built-in one is an error`() async throws {
        try await TestSite.with { site in
            try site.policies.write(
                "routes/projects.yaml",
                TestSite.files[3].1.replacing("match: GET /me", with: "match: GET /organizations"))
            guard case .kept(let found, _) = await site.announced.next() else {
                Issue.record("the rules were replaced")
                return
            }
            #expect(found.contains { $0.code == "route-conflict" })
        }
    }

    @Test(arguments: [
        "evil.example", "evil.example:9901", "127.0.0.1.evil.example", "localhost.evil", "",
    ])
    func `AV-27 a name that was made to point at the admin listener is refused`(_ host: String) {
        #expect(!AdminService.namesThisMachine(host))
        for own in ["localhost", "localhost:9901", "127.0.0.1:9901", "[::1]:9901", "10.0.0.7"] {
            #expect(AdminService.namesThisMachine(own))
        }
    }

    @Test func `AV-27 the admin listener refuses web pages and changes nothing by GET`()
        async throws
    {
        try await TestSite.with { site in
            let page = try await site.send(
                "GET /metrics", headers: ["Origin: http://evil.example"], toAdmin: true)
            #expect(page.status == 403)
            #expect(try await site.send("GET /-/policy/reload", toAdmin: true).status == 405)
            #expect(
                try await site.send("GET /metrics/../-/policy/reload", toAdmin: true).status == 400)
            #expect(try await site.send("GET /orgs/org_a/projects", toAdmin: true).status == 404)
            #expect(try await site.send("GET /-/policy").code == "no-route")
        }
    }
}
