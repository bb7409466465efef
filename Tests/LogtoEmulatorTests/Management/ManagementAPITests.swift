import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct ManagementAPITests {
    @Test func `an organization is created, found, changed and removed`() throws {
        let client = try EmulatorClient(seeded: false)
        let made = try #require(
            try client.manage(
                .post, "/api/organizations", ["name": "Acme", "customData": ["bb": 1, "a": 2]]))
        #expect(made.status == 201)
        let id = made.json["id"]?.stringValue ?? ""
        #expect(id.utf8.count == 12)
        #expect(made.json["description"] == .null)
        #expect(made.json["customData"]?.objectValue?.names == ["a", "bb"])
        let list = try #require(try client.manage(.get, "/api/organizations?q=cm"))
        #expect(list.headers["total-number"] == "1")
        #expect(list.headers.all("link").count == 2)
        #expect(
            list.headers["link"]
                == "<http://127.0.0.1:3301/organizations?q=cm&page=1>; rel=\"first\"")
        #expect(
            try client.manage(.patch, "/api/organizations/\(id)", [:])?.json["code"]
                == "entity.invalid_input")
        #expect(try client.manage(.delete, "/api/organizations/\(id)")?.status == 204)
        let gone = try #require(try client.manage(.delete, "/api/organizations/\(id)"))
        #expect(gone.json["code"] == "entity.not_found")
        let read = try #require(try client.manage(.get, "/api/organizations/\(id)"))
        #expect(read.json["code"] == "entity.not_exists_with_id")
    }

    @Test func `an organization takes its memberships along`() throws {
        let client = try EmulatorClient()
        _ = try client.manage(.delete, "/api/organizations/org_b")
        let mine = try #require(try client.manage(.get, "/api/users/u_olga/organizations"))
        #expect(mine.json.arrayValue?.count == 1)
        let roles = try #require(
            try client.manage(.get, "/api/organizations/org_b/users/u_olga/roles"))
        #expect(roles.json["code"] == "organization.require_membership")
        try client.emulator.addOrganization(id: "org_b", name: "Again")
        try client.emulator.addMember("u_olga", of: "org_b")
        #expect(client.emulator.members(of: "org_b")?.first?.roles == [])
    }

    @Test func `a body above one MiB is answered 404, one byte less is read`() throws {
        let client = try EmulatorClient()
        let headers: HeaderList = [
            "Authorization": "Bearer \(try client.emulator.managementToken())",
            "Content-Type": "application/json",
        ]
        var body = Array(#"{"customData":{"s":""#.utf8)
        body += [UInt8](repeating: 0x78, count: (1 << 20) - body.count - 3)
        body += Array(#""}}"#.utf8)
        #expect(body.count == 1 << 20)
        let path = "/api/organizations/org_a"
        #expect(client.send(.patch, path, headers: headers, body: body)?.status == 200)
        let large = client.send(.patch, path, headers: headers, body: body + [0x20])
        #expect(large?.status == 404)
        #expect(large?.headers["content-type"] == "text/plain; charset=utf-8")
    }

    @Test func `a body of another media type counts as absent`() throws {
        let client = try EmulatorClient()
        let headers: HeaderList = [
            "Authorization": "Bearer \(try client.emulator.managementToken())",
            "Content-Type": "application/merge-patch+json",
        ]
        let reply = client.send(
            .put, "/api/organizations/org_a/users/u_ann/roles", headers: headers,
            body: Array(#"{"organizationRoleNames":["owner"]}"#.utf8))
        #expect(reply?.status == 204)
        let left = client.emulator.members(of: "org_a")?.first { $0.user == "u_ann" }
        #expect(left?.roles == [])
    }

    @Test func `a refused call changes nothing`() throws {
        let client = try EmulatorClient()
        let reply = try #require(
            try client.manage(
                .post, "/api/organizations/org_b/users", ["userIds": ["u_ann", "u_nobody"]]))
        #expect(reply.json["code"] == "entity.relation_foreign_key_not_found")
        #expect(client.emulator.members(of: "org_b")?.count == 2)
        let mixed = try #require(
            try client.manage(
                .put, "/api/organizations/org_a/users/u_ann/roles",
                ["organizationRoleNames": ["owner", "king"]]))
        #expect(mixed.json["code"] == "organization.role_names_not_found")
        let left = client.emulator.members(of: "org_a")?.first { $0.user == "u_ann" }
        #expect(left?.roles == ["member"])
    }

    @Test func `every call is told to the one who listens`() async throws {
        try await confirmation(expectedCount: 1) { heard in
            let client = try EmulatorClient(onCall: { call in
                #expect(call.target == "/api/organizations?q=x")
                #expect(call.isManagement)
                #expect(call.status == 401)
                heard()
            })
            _ = client.send(.get, "/api/organizations?q=x")
        }
    }
}
