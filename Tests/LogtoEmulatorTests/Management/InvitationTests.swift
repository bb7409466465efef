import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct InvitationTests {
    let client: EmulatorClient

    init() throws {
        client = try EmulatorClient()
    }

    private func invite(_ address: String, roles: [String] = ["role_admin"]) throws -> String {
        let end = client.clock.now.milliseconds + 60_000
        let reply = try client.manage(
            .post, "/api/organization-invitations",
            [
                "invitee": .string(address), "organizationId": "org_b",
                "expiresAt": .integer(end), "organizationRoleIds": .strings(roles),
            ])
        return reply?.json["id"]?.stringValue ?? ""
    }

    private func accept(_ id: String, by user: String) throws -> EmulatorClient.Reply? {
        try client.manage(
            .put, "/api/organization-invitations/\(id)/status",
            ["status": "Accepted", "acceptedUserId": .string(user)])
    }

    @Test func `the one who accepts becomes a member with the roles`() throws {
        let reply = try accept(try invite("Ann@Acme.example"), by: "u_ann")
        #expect(reply?.json["status"] == "Accepted")
        let member = client.emulator.members(of: "org_b")?.first { $0.user == "u_ann" }
        #expect(member?.roles == ["admin"])
    }

    @Test func `another address, another time and a second try are refused`() throws {
        let id = try invite("ann@acme.example")
        #expect(try accept(id, by: "u_adam")?.status == 422)
        #expect(client.emulator.members(of: "org_b")?.count == 2)
        client.clock.advance(seconds: 61)
        let read = try client.manage(.get, "/api/organization-invitations/\(id)")
        #expect(read?.json["status"] == "Expired")
        #expect(try accept(id, by: "u_ann")?.status == 422)
        #expect(client.emulator.members(of: "org_b")?.count == 2)
    }

    @Test func `an empty filter lists the whole tenant, as Logto does`() throws {
        _ = try invite("ann@acme.example")
        let path = "/api/organization-invitations"
        #expect(
            try client.manage(.get, "\(path)?organizationId=")?.json.arrayValue?.count == 1)
        #expect(
            try client.manage(.get, "\(path)?organizationId=org_a")?.json.arrayValue?.count == 0)
    }

    @Test func `an invitation goes with its organization, its inviter and its roles`() throws {
        let id = try invite("ann@acme.example")
        _ = try client.manage(.delete, "/api/organization-roles/role_admin")
        let read = try client.manage(.get, "/api/organization-invitations/\(id)")
        #expect(read?.json["organizationRoles"] == [])
        _ = try client.manage(.delete, "/api/organizations/org_b")
        #expect(
            try client.manage(.get, "/api/organization-invitations/\(id)")?.status == 404)
    }
}
