import Documents
import JOSE
import TestSupport
import Testing
import Values

/// What a real Logto issued, judged as the gateway judges it.
@Suite(.enabled(if: SharedData.isPresent))
struct RecordedTokenTests {
    private func verdict(
        _ token: Recorded.Token, keys: KeySet?, roles: RoleSource = .none, after seconds: Int64 = 0
    ) -> Result<VerifiedToken, TokenRejection> {
        let trust = Recorded.trust(keys) { $0.roles = roles }
        let now = token.at.advanced(bySeconds: seconds)
        do throws(TokenRejection) {
            return .success(
                try TokenVerifier(trust: trust).verify(Array(token.text.utf8).span, now: now))
        } catch {
            return .failure(error)
        }
    }

    private func keys(of token: Recorded.Token) throws -> KeySet? {
        try token.keys.map { try #require(Recorded.keySets[$0]) }
    }

    /// The code that a token is refused with at its time, or nil where it is accepted.
    private func expectedCode(_ token: Recorded.Token) -> String? {
        switch token.kind {
        case "opaque", "refresh", "personal-access", "impersonation-subject": "token-malformed"
        case "id": "token-type"
        case "management": token.issuer == Recorded.issuer ? "token-audience" : "token-issuer"
        case "user-reserved-organizations-resource", "machine-reserved-organizations-resource":
            "token-reserved-audience"
        case "user-resource", "user-organization", "user-organization-resource", "machine-resource",
            "machine-organization", "machine-organization-resource", "impersonation",
            "personal-access-exchanged", "custom-claims":
            if token.name.hasSuffix("-long") {
                "token-lifetime"
            } else if token.name.hasSuffix("/custom-odd-types") {
                "token-claims"
            } else {
                nil
            }
        default: "a kind that this test does not know"
        }
    }

    @Test func `all recordings are read`() {
        #expect(Recorded.tokens.count == 140)
        #expect(Recorded.keySets.count == 9)
    }

    @Test(arguments: Recorded.tokens)
    func `each recorded token is accepted or refused as documented`(
        _ token: Recorded.Token
    ) throws {
        switch verdict(token, keys: try keys(of: token)) {
        case .success(let verified):
            #expect(expectedCode(token) == nil)
            let claims = try #require(token.claims)
            #expect(claims["sub"] == .string(verified.subject.text))
            #expect(claims["client_id"] == .string(verified.client.text))
            #expect((verified.kind == .machine) == (claims["sub"] == claims["client_id"]))
            let scope = claims["scope"]?.stringValue ?? ""
            #expect(scope == verified.scopes.joined(separator: " "))
            #expect(claims["act"]?["sub"]?.stringValue == verified.actor?.text)
            #expect(claims["jti"]?.stringValue == verified.tokenID)
            let audience = try #require(claims["aud"]?.stringValue)
            switch verified.audience {
            case .api(let api):
                #expect(api == audience)
                #expect(verified.organization?.text == claims["organization_id"]?.stringValue)
                #expect(
                    verified.whereOrganizationStood
                        == (claims["organization_id"] == nil ? nil : .claim))
            case .organization:
                let named = try #require(verified.organization).text
                #expect(audience == "urn:logto:organization:\(named)")
                #expect(verified.whereOrganizationStood == .audience)
            }
        case .failure(let rejection): #expect(expectedCode(token) == rejection.code)
        }
    }

    @Test(arguments: Recorded.tokens)
    func `each recorded token is refused a day later`(_ token: Recorded.Token) throws {
        let later = verdict(token, keys: try keys(of: token), after: 86_400)
        guard case .failure(let rejection) = later else {
            Issue.record("accepted a day after it was issued")
            return
        }
        if expectedCode(token) == nil { #expect(rejection.code == "token-expired") }
    }

    @Test(arguments: Recorded.tokens.filter { $0.keys != nil })
    func `KEY-03 a set without the token's key does not verify it`(
        _ token: Recorded.Token
    ) throws {
        guard expectedCode(token) == nil, let keyID = token.keyID else { return }
        for (name, keys) in Recorded.keySets {
            switch verdict(token, keys: keys) {
            case .success: #expect(keys[KeyID(keyID)] != nil, "\(name)")
            case .failure(let rejection):
                #expect(keys[KeyID(keyID)] == nil, "\(name)")
                #expect(
                    rejection == .unknownKey(KeyID(keyID), issuer: Recorded.issuer), "\(name)")
            }
        }
    }

    @Test func `every recorded key has its thumbprint for a name`() {
        for keys in Recorded.keySets.values {
            for entry in keys.entries { #expect(entry.key.thumbprint == entry.id) }
        }
    }

    @Test func `roles are read from the claims that scripts usually write`() throws {
        func roles(_ name: String, _ source: RoleSource) throws -> [String]? {
            let token = try #require(Recorded.tokens.first { $0.name == "es384-seeded/\(name)" })
            return try verdict(token, keys: try keys(of: token), roles: source).get().roles
        }
        let usual = RoleSource.claim("organization_roles")
        #expect(try roles("custom-roles-organization-b", usual) == ["viewer"])
        #expect(try roles("custom-roles-orders", usual) == nil)
        #expect(try roles("custom-org-roles-in-a", .claimPlain("org_roles")) == ["admin"])
        #expect(
            try roles("custom-org-roles-in-a", .claimPlain("https://acme.example/claims/roles"))
                == ["x"])
        #expect(try roles("custom-machine", .claimPlain("roles")) == nil)
        #expect(try roles("custom-machine-organization", .claimPlain("roles")) == ["support"])
        #expect(try roles("alice-orders-in-a", usual) == [])
        #expect(try roles("alice-orders-in-a", .none) == nil)
    }
}
