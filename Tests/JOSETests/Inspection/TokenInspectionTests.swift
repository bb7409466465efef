import Documents
import JOSE
import Testing
import Values

/// What an inspection shows. That it agrees with the verifier is the matter of
/// `InspectionAgreementTests`.
@Suite struct TokenInspectionTests {
    private func inspect(
        _ token: String, trust: TrustSnapshot = Issuer.trust, looseKeys: KeySet? = nil,
        now: UnixTime = Issuer.now
    ) -> TokenInspection {
        TokenInspection(Array(token.utf8).span, trust: trust, looseKeys: looseKeys, now: now)
    }

    private func outcome(
        _ inspection: TokenInspection, _ name: TokenCheck.Name
    ) -> TokenCheck.Outcome? {
        inspection.checks.first { $0.name == name }?.outcome
    }

    @Test func `an accepted token passes every check, in their order`() throws {
        let inspection = inspect(try Issuer.token())
        #expect(inspection.isAccepted)
        #expect(inspection.code == nil)
        #expect(inspection.checks.map(\.name) == TokenCheck.Name.allCases)
        #expect(inspection.checks.allSatisfy { $0.passed && !$0.detail.isEmpty && $0.hint == nil })
        #expect(inspection.kind == .user)
        #expect(inspection.organization == OrganizationID("orgA"))
        #expect(inspection.whereOrganizationStood == .audience)
        #expect(inspection.scopes == ["billing:read"])
        #expect(inspection.header?["kid"] == "K1")
        #expect(inspection.claims?["sub"] == "u1")
    }

    @Test func `every failure is shown, not the first alone`() throws {
        let token = try Issuer.token(
            header: ["typ": "JWT", "crit": ["exp"]],
            payload: [
                "iss": "https://logto.test/oidc", "aud": "x", "exp": 5, "iat": "1", "nbf": 1.5,
                "sub": "", "client_id": 1, "jti": 1, "scope": [], "organization_id": 42,
                "cnf": [:], "act": 1,
            ], by: Issuer.kx)
        let inspection = inspect(token)
        #expect(inspection.code == "token-header")
        let failed: Set<TokenCheck.Name> = [
            .header, .type, .audience, .expiry, .issuedAt, .notBefore, .subject, .client, .tokenID,
            .scope, .organization, .binding, .actor, .signature,
        ]
        #expect(Set(inspection.failures.map(\.name)) == failed)
        #expect(outcome(inspection, .lifetime) == .notPossible(.earlierFailure))
        #expect(outcome(inspection, .key) == .passed)
        #expect(inspection.kind == nil)
        for check in inspection.failures { #expect(!check.detail.isEmpty) }
    }

    @Test func `without keys nothing is accepted, and it is said that the signature is unchecked`()
        throws
    {
        let trust = TrustSnapshot(
            configuration: Issuer.configuration, keys: [:], generation: 1)
        let inspection = inspect(try Issuer.token(), trust: trust, looseKeys: Issuer.keys)
        #expect(!inspection.isAccepted)
        #expect(inspection.code == "issuer-unavailable")
        #expect(outcome(inspection, .key) == .notPossible(.noKeys))
        #expect(outcome(inspection, .signature) == .notPossible(.noKeys))
        #expect(inspection.failures.isEmpty)
    }

    @Test func `where no issuer is named the signature can be checked, and nothing is accepted`()
        throws
    {
        let nobody = TrustSnapshot(
            configuration: TrustConfiguration(issuers: []), keys: [Issuer.name: Issuer.keys],
            generation: 1)
        let token = try Issuer.token(payload: ["aud": .string(Issuer.api)])
        let inspection = inspect(token, trust: nobody, looseKeys: Issuer.keys)
        #expect(!inspection.isAccepted)
        #expect(inspection.code == "token-issuer")
        #expect(outcome(inspection, .issuer) == .notPossible(.noIssuerNamed))
        #expect(outcome(inspection, .audience) == .notPossible(.noAudienceNamed))
        #expect(outcome(inspection, .key) == .passed)
        #expect(outcome(inspection, .signature) == .passed)
        let forged = inspect(
            try Issuer.token(by: Issuer.kx), trust: nobody, looseKeys: Issuer.keys)
        #expect(outcome(forged, .signature) == .failed(.signature))
        #expect(outcome(inspect(token, trust: nobody), .key) == .notPossible(.noKeys))
        for audience in ["urn:logto:resource:organizations", "", [], 1] as [JSONValue] {
            let odd = inspect(try Issuer.token(payload: ["aud": audience]), trust: nobody)
            #expect(odd.failures.map(\.name) == [.audience])
        }
    }

    @Test func `keys of an issuer that is not accepted do not count`() throws {
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(issuers: ["https://other.test/oidc"]),
            keys: [Issuer.name: Issuer.keys], generation: 1)
        let inspection = inspect(try Issuer.token(), trust: trust, looseKeys: Issuer.keys)
        #expect(outcome(inspection, .issuer) == .failed(.issuer))
        #expect(outcome(inspection, .key) == .notPossible(.earlierFailure))
        #expect(outcome(inspection, .signature) == .notPossible(.earlierFailure))
    }

    @Test func `what cannot be read leaves the rest unchecked`() throws {
        let opaque = inspect("VelVh5qxiwMEjwpj9EPvaTjX33VCC0pNKPH4ESiyne5")
        #expect(opaque.failures.map(\.name) == [.shape])
        #expect(opaque.failures.first?.hint?.contains("resource") == true)
        #expect(opaque.checks.filter(\.passed).map(\.name) == [.size])
        let long = inspect(String(repeating: "A", count: 8193))
        #expect(long.failures.map(\.name) == [.size])
        let parts = try Issuer.token().parts
        let unsigned = inspect("\(parts[0]).\(parts[1])")
        #expect(unsigned.failures.map(\.name) == [.shape])
        #expect(outcome(unsigned, .signature) == .notPossible(.earlierFailure))
        #expect(outcome(unsigned, .subject) == .passed)
        let broken = inspect("\(parts[0]).\(parts[1])=.\(parts[2])")
        #expect(broken.failures.map(\.name) == [.base64])
        #expect(outcome(broken, .payload) == .notPossible(.earlierFailure))
        #expect(outcome(broken, .algorithm) == .passed)
    }

    @Test func `a machine and an organization beside an API are shown`() throws {
        let inspection = inspect(
            try Issuer.token(
                payload: [
                    "sub": "app1", "aud": .string(Issuer.api), "organization_id": "orgB",
                    "scope": "a  b",
                ]))
        #expect(inspection.isAccepted)
        #expect(inspection.kind == .machine)
        #expect(inspection.organization == OrganizationID("orgB"))
        #expect(inspection.whereOrganizationStood == .claim)
        #expect(Array(inspection.scopes) == ["a", "b"])
    }

    @Test func `JWT-48 no check repeats what the token says`() throws {
        let evil: JSONValue = "</script>\r\nX: y\u{1b}[31m"
        let inspection = inspect(
            try Issuer.token(
                header: ["kid": evil, "typ": evil],
                payload: ["sub": evil, "aud": evil, "organization_id": evil, "iss": evil]))
        for check in inspection.checks {
            #expect(!check.detail.contains("</script"))
            #expect(check.hint?.contains("</script") != true)
        }
    }
}
