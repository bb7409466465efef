import Documents
import JOSE
import Testing
import Values

@testable import LogtoEmulator

@Suite struct MintTests {
    static let api = "https://api.acme.example"

    /// Verifies as the gateway does, against the key set that the emulator shows.
    private func verify(
        _ token: String, _ client: EmulatorClient, roles: RoleSource = .none
    ) throws -> VerifiedToken {
        let document = try #require(client.send(.get, "/oidc/jwks")).body
        let (keys, problems) = try KeySet.parse(document)
        #expect(problems.isEmpty)
        let issuer = client.emulator.issuer
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(
                issuers: [issuer], audiences: [Self.api], roles: roles,
                firstPartyClients: [ClientID("app_browser"), ClientID("m_robot")]),
            keys: [issuer: keys], generation: 1)
        return try TokenVerifier(trust: trust).verify(
            Array(token.utf8).span, now: client.clock.now)
    }

    @Test(arguments: [
        ("u_ann", "org_a", ["read:projects"]),
        ("u_adam", "org_a", ["read:invoices", "read:projects", "write:projects"]),
        ("u_zoe", "org_b", DemoSeedTests.ownerScopes),
        ("u_olga", "org_b", DemoSeedTests.ownerScopes),
        ("u_sue", "org_acme", ["support:access"]),
        ("m_robot", "org_a", ["read:projects"]),
    ])
    func `organization tokens of the seeded people verify`(
        _ subject: String, _ organization: String, _ scopes: [String]
    ) throws {
        let client = try EmulatorClient()
        let token = try client.emulator.mint(user: subject, organization: organization)
        let verified = try verify(token, client)
        #expect(verified.subject == UserID(subject))
        #expect(verified.organization == OrganizationID(organization))
        #expect(verified.scopes.sorted() == scopes.sorted())
    }

    @Test func `an API token names its organization only where one was asked for`() throws {
        let client = try EmulatorClient()
        let inside = try verify(
            try client.emulator.mint(user: "u_ann", organization: "org_a", resource: Self.api),
            client)
        #expect(inside.organization == OrganizationID("org_a"))
        let outside = try verify(
            try client.emulator.mint(user: "u_ann", resource: Self.api), client)
        #expect(outside.organization == nil)
        #expect(outside.scopes == ["read:projects"])
    }

    @Test func `roles come along where the tenant has such a script`() throws {
        let client = try EmulatorClient(
            customClaims: .organizationRoles(claim: "organization_roles"))
        let token = try client.emulator.mint(user: "u_olga", organization: "org_a")
        let claims = EmulatorClient.claims(token)
        #expect(claims["organization_roles"] == ["org_a:owner", "org_b:owner"])
        let verified = try verify(token, client, roles: .claim("organization_roles"))
        #expect(verified.roles == ["owner"])
    }

    @Test func `custom claims never replace a registered one`() throws {
        let client = try EmulatorClient(
            customClaims: .script { _ in ["sub": "u_olga", "aud": "x", "plan": "team"] })
        let token = try client.emulator.mint(
            MintRequest(
                subject: "u_ann", organization: "org_a", claims: ["exp": 1, "extra": true]))
        let claims = EmulatorClient.claims(token)
        #expect(claims["sub"] == "u_ann")
        #expect(claims["aud"] == "urn:logto:organization:org_a")
        #expect(claims["plan"] == "team")
        #expect(claims["extra"] == true)
        #expect(claims["exp"] == .integer(client.clock.now.seconds + 3600))
    }

    @Test func `what nobody could have is refused`() throws {
        let emulator = try EmulatorClient().emulator
        #expect(throws: EmulatorRefusal.unknownSubject("u_nobody")) {
            try emulator.mint(user: "u_nobody", organization: "org_a")
        }
        #expect(throws: EmulatorRefusal.unknownOrganization("org_x")) {
            try emulator.mint(user: "u_ann", organization: "org_x")
        }
        #expect(throws: EmulatorRefusal.notMember("u_ann", organization: "org_b")) {
            try emulator.mint(user: "u_ann", organization: "org_b")
        }
        #expect(throws: EmulatorRefusal.unknownResource("https://x.example")) {
            try emulator.mint(user: "u_ann", resource: "https://x.example")
        }
        #expect(throws: EmulatorRefusal.noAudience) { try emulator.mint(user: "u_ann") }
    }

    @Test func `life and time of issue are as asked for`() throws {
        let client = try EmulatorClient()
        let token = try client.emulator.mint(
            MintRequest(
                subject: "u_ann", organization: "org_a", lifetime: 60, issuedAfter: -100))
        let claims = EmulatorClient.claims(token)
        #expect(claims["iat"] == .integer(client.clock.now.seconds - 100))
        #expect(claims["exp"] == .integer(client.clock.now.seconds - 40))
    }

    @Test func `two emulators sign with different keys`() throws {
        #expect(try EmulatorClient().emulator.keyIDs != EmulatorClient().emulator.keyIDs)
    }
}
