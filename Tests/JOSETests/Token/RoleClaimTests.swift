import Documents
import JOSE
import Testing
import Values

/// Roles from custom claims, in the shapes that claims scripts write.
@Suite struct RoleClaimTests {
    private func roles(
        _ source: RoleSource, _ value: JSONValue?, organization: String? = "orgA"
    ) throws -> [String]? {
        let audience = organization.map { "urn:logto:organization:\($0)" } ?? Issuer.api
        let token = try Issuer.token(payload: ["aud": .string(audience), "r": value])
        return try Issuer.verify(token, trust: Issuer.trusting { $0.roles = source }).roles
    }

    @Test func `a qualified claim gives the roles of the token's organization`() throws {
        let claim = RoleSource.claim("r")
        #expect(
            try roles(claim, ["orgA:admin", "orgB:owner", "orgA:billing"]) == ["admin", "billing"])
        #expect(try roles(claim, ["orgA:Sales: North"]) == ["Sales: North"])
        #expect(try roles(claim, []) == [])
        #expect(try roles(claim, nil) == [])
        #expect(try roles(claim, ["orgA:admin"], organization: nil) == nil)
    }

    @Test func `AZ-06 nothing of another organization counts`() throws {
        let claim = RoleSource.claim("r")
        #expect(try roles(claim, ["orgB:admin", "orga:admin", "orgAA:admin", "org:A:admin"]) == [])
        #expect(try roles(claim, [["id": "orgB", "roles": ["admin"]]]) == [])
    }

    @Test func `a list of organizations with their roles is read`() throws {
        let claim = RoleSource.claim("r")
        let value: JSONValue = [
            ["id": "orgB", "roles": ["owner"]],
            ["id": "orgA", "name": "A", "roles": ["admin", "b:c"]],
        ]
        #expect(try roles(claim, value) == ["admin", "b:c"])
        #expect(try roles(claim, [["id": "orgA", "roles": []]]) == [])
    }

    @Test(
        arguments: [
            "orgA:admin", 1, nil, true, ["orgA": ["admin"]], ["orgA:admin", 1],
            ["orgA:admin", "admin"],
            ["orgA:admin", ":x"], ["orgA:admin", "orgA:"], ["orgA:admin", ""],
            ["orgA:admin", ["id": "orgA"]], ["orgA:admin", ["id": "orgA", "roles": "admin"]],
            ["orgA:admin", ["id": "orgA", "roles": [1]]], ["orgA:admin", ["roles": ["x"]]],
            ["orgA:admin", nil],
            // Two shapes in one list, and two entries about one organization.
            ["orgA:admin", ["id": "orgA", "roles": ["admin"]]],
            [["id": "orgA", "roles": ["admin"]], ["id": "orgA", "roles": ["owner"]]],
            [["id": "orgA", "roles": ["admin"]], ["id": "orgA", "roles": []]],
            [["id": 1, "roles": ["admin"]]], [["orgA:admin"]], 1.5, false,
        ] as [JSONValue])
    func `a claim of which a part cannot be read gives no roles`(_ value: JSONValue) throws {
        #expect(try roles(.claim("r"), value) == [])
    }

    @Test func `a plain claim counts only in a token that names its organization`() throws {
        let plain = RoleSource.claimPlain("r")
        #expect(try roles(plain, ["admin", "orgB:x"]) == ["admin", "orgB:x"])
        #expect(try roles(plain, ["admin"], organization: nil) == nil)
        for value in ["admin", ["admin", 1], ["admin", ""], nil, [["admin"]]] as [JSONValue] {
            #expect(try roles(plain, value) == [])
        }
        #expect(try roles(plain, nil) == [])
    }

    @Test func `a role name is kept to the byte, colons and spaces and all`() throws {
        let names = [
            ":", "a:b:c", " admin ", "Vertrieb: Süd", "e\u{301}", "\u{e9}", "管理者", "orgA:orgA",
        ]
        #expect(try roles(.claim("r"), .array(names.map { .string("orgA:\($0)") })) == names)
        #expect(try roles(.claimPlain("r"), .array(names.map { .string($0) })) == names)
        let object: JSONValue = ["id": "orgA", "roles": .array(names.map { .string($0) })]
        let read = try #require(try roles(.claim("r"), [object]))
        #expect(read.map { Array($0.utf8) } == names.map { Array($0.utf8) })
    }

    @Test func `a plain claim is never split, and a qualified one never read plainly`() throws {
        #expect(try roles(.claimPlain("r"), ["orgA:admin"]) == ["orgA:admin"])
        #expect(try roles(.claimPlain("r"), [["id": "orgA", "roles": ["admin"]]]) == [])
        #expect(try roles(.claim("r"), ["admin"]) == [])
        #expect(try roles(.claim("r"), ["orgA: admin"]) == [" admin"])
    }

    @Test func `the organization of an entry is compared to the byte`() throws {
        // Not the letter K, but the sign for kelvin, which Swift calls equal.
        #expect(try roles(.claim("r"), ["\u{212A}:admin"], organization: "K") == [])
        #expect(try roles(.claim("r"), ["K:admin"], organization: "K") == ["admin"])
    }

    @Test func `a list that is too long, or a name that is, gives no roles`() throws {
        let name = String(repeating: "n", count: 512)
        #expect(try roles(.claimPlain("r"), [.string(name)]) == [name])
        #expect(try roles(.claimPlain("r"), ["a", .string(name + "n")]) == [])
        #expect(try roles(.claim("r"), ["orgA:a", .string("orgA:n" + name)]) == [])
        let many = [JSONValue](repeating: "x", count: 1024)
        #expect(try roles(.claimPlain("r"), .array(many))?.count == 1024)
        #expect(try roles(.claimPlain("r"), .array(many + ["x"])) == [])
    }

    @Test func `without a claim as their source roles are unknown`() throws {
        #expect(try roles(.none, ["admin"]) == nil)
        #expect(try roles(.live, ["admin"]) == nil)
    }
}
