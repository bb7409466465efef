import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct DemoSeedTests {
    static let ownerScopes = [
        "delete:projects", "pay:invoices", "read:audit", "read:invoices", "read:projects",
        "write:projects",
    ]

    @Test func `the organizations have the fixed ids and people that the policies speak of`() throws
    {
        let emulator = try EmulatorClient().emulator
        #expect(emulator.organizations.map(\.id) == ["org_a", "org_acme", "org_b"])
        let members = try #require(emulator.members(of: "org_a"))
        #expect(members.map(\.user) == ["u_adam", "u_ann", "u_olga"])
        #expect(members.map(\.roles) == [["admin"], ["member"], ["owner"]])
        #expect(emulator.members(of: "org_b")?.map(\.user) == ["u_olga", "u_zoe"])
        #expect(emulator.members(of: "org_acme")?.map(\.user) == ["u_sue"])
        #expect(emulator.members(of: "org_x") == nil)
    }

    @Test func `a tenant as Logto seeds it has the management resource and nobody`() throws {
        let client = try EmulatorClient(seeded: false)
        #expect(client.emulator.organizations.isEmpty)
        let resources = try #require(try client.manage(.get, "/api/resources")).json
        #expect(resources.arrayValue?.count == 1)
        #expect(resources.arrayValue?.first?["id"] == "management-api")
        let roles = try #require(try client.manage(.get, "/api/roles")).json
        #expect(roles.arrayValue?.first?["name"] == "Logto Management API access")
        #expect(try client.manage(.get, "/api/applications")?.json == [])
        #expect(try client.manage(.get, "/api/users")?.json == [])
    }

    @Test func `people and organizations can be added, but not twice`() throws {
        let emulator = try EmulatorClient().emulator
        try emulator.addUser(id: "u_new", username: "new")
        try emulator.addOrganization(id: "org_new", name: "New")
        try emulator.addMember("u_new", of: "org_new", roles: ["owner"])
        #expect(emulator.members(of: "org_new")?.first?.roles == ["owner"])
        #expect(throws: EmulatorRefusal.conflict("u_new")) { try emulator.addUser(id: "u_new") }
        #expect(throws: EmulatorRefusal.unknownRole("king")) {
            try emulator.addMember("u_new", of: "org_new", roles: ["king"])
        }
        #expect(emulator.removeMember("u_new", of: "org_new"))
        #expect(!emulator.removeMember("u_new", of: "org_new"))
    }
}
