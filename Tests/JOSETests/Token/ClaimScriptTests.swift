import Documents
import JOSE
import TestSupport
import Testing
import Values

/// What a tenant's claims script can do to a token, as a real Logto issued them.
@Suite(.enabled(if: SharedData.isPresent))
struct ClaimScriptTests {
    private static let files = [
        "53-role-names-in-claims", "54-custom-claims-user", "55-custom-claims-machine",
        "56-custom-claims-shapes",
    ]

    /// Tokens that a script has made unusable, and why.
    private static let refused: [String: TokenRejection] = [
        // A number and a null where an organization should be.
        "organization-id-number": .claims(.organizationID),
        "organization-null": .claims(.organizationID),
        // The audience names one organization and the script another.
        "override-organization-token": .claims(.organizationsDisagree),
        "spoof-organization-token": .claims(.organizationsDisagree),
    ]

    private func trust(_ change: (inout TrustConfiguration) -> Void = { _ in }) throws
        -> TrustSnapshot
    {
        let keys: KeySet = try #require(Recorded.keySets["es384-seeded"])
        return Recorded.trust(keys, change)
    }

    private func verified(
        _ file: String, _ name: String, _ change: (inout TrustConfiguration) -> Void = { _ in }
    ) throws -> VerifiedToken {
        let token = try #require(try Recorded.scenario(file).first { $0.name == name })
        return try TokenVerifier(trust: try trust(change))
            .verify(Array(token.text.utf8).span, now: token.at)
    }

    @Test func `each token of the scenarios is accepted, or refused for what the script did`()
        throws
    {
        var names: Set<String> = []
        var count = 0
        for file in Self.files {
            for token in try Recorded.scenario(file) {
                let rejection = Issuer.rejection(token.text, trust: try trust(), now: token.at)
                #expect(rejection == Self.refused[token.name], "\(file)/\(token.name)")
                #expect(
                    InspectionAgreementTests.disagreement(
                        Array(token.text.utf8), try trust(), token.at) == nil)
                names.insert(token.name)
                count += 1
            }
        }
        #expect(count == 39)
        #expect(names.isSuperset(of: Self.refused.keys))
    }

    @Test
    func `a script can set the organization and the actor, and the token says where it stood`()
        throws
    {
        let spoofed = try verified("54-custom-claims-user", "override-global")
        #expect(spoofed.organization == OrganizationID("fromscript00"))
        #expect(spoofed.whereOrganizationStood == .claim)
        #expect(spoofed.actor == UserID("fromscript"))
        let machine = try verified("55-custom-claims-machine", "spoof")
        #expect(machine.kind == .machine)
        #expect(machine.whereOrganizationStood == .claim)
    }

    @Test func `a script that removes the organization leaves a token without one`() throws {
        for name in ["organization-dropped", "organization-copied"] {
            let token = try verified("56-custom-claims-shapes", name)
            #expect(token.organization == nil)
            #expect(token.whereOrganizationStood == nil)
        }
    }

    @Test func `a script that fails leaves declared claims absent`() throws {
        let declared = [ClaimDeclaration("roles", .strings), ClaimDeclaration("env", .string)]
        let good = try verified("54-custom-claims-user", "in-a") { $0.claims = declared }
        #expect(good.claims["roles"] == .value(.strings(["t54 global"])))
        #expect(good.claims["env"] == .value(.string("test")))
        for name in ["throws", "syntax-error", "returns-array", "endless-loop"] {
            let token = try verified("54-custom-claims-user", name) { $0.claims = declared }
            #expect(token.claims["roles"] == .absent)
            #expect(token.claims["env"] == .absent)
        }
        let odd = try verified("54-custom-claims-user", "override-global") {
            $0.claims = [
                ClaimDeclaration("extra", .string), ClaimDeclaration("n", .double),
                ClaimDeclaration("big", .strings), ClaimDeclaration("act", .string),
            ]
        }
        #expect(odd.claims["extra"] == .malformed)
        #expect(odd.claims["n"] == .value(.double(1.5)))
        #expect(odd.claims["big"] == .malformed)
        #expect(odd.claims["act"] == .malformed)
    }
}
