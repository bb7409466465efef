import Documents
import JOSE
import Testing
import Values

/// Attacks on the claims. Each token is validly signed by K1.
@Suite struct ClaimAttackTests {
    /// Values of JWT-23 that are no time at all, as JSON text.
    private static let noTimes = [
        "\"9999999999\"", "null", "true", "[1790000060]", "{}", "1e300", "1e999", "-1e999",
        "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "99999999999999999999999999", "NaN", "253402300800", "-1e300",
    ]

    private func token(_ claim: String, _ text: String) throws -> String {
        let payload = JSONWriter.text(.object(Issuer.p0.with([claim: nil])))
        return try Issuer.token(
            header: JSONWriter.text(.object(Issuer.h0)),
            payload: "{\"\(claim)\":\(text)," + payload.dropFirst())
    }

    @Test(arguments: noTimes)
    func `JWT-23 an exp that is no time is refused`(_ text: String) throws {
        #expect(Issuer.code(try token("exp", text)) == "token-json")
    }

    @Test func `JWT-23 a missing exp is refused, and one that is over`() throws {
        #expect(Issuer.rejection(try Issuer.token(payload: ["exp": nil])) == .json(.expiry))
        for text in ["0", "-1", "-9223372036854775808", "1.5", "-0.0"] {
            #expect(Issuer.code(try token("exp", text)) == "token-expired")
        }
    }

    @Test func `JWT-23 an exp with a fraction is rounded down`() throws {
        let whole = Issuer.t + 60
        let verified = try Issuer.verify(try token("exp", "\(whole).5"))
        #expect(verified.expiresAt == UnixTime(seconds: whole))
        #expect(Issuer.code(try token("exp", "\(Issuer.t - 30).999")) == "token-expired")
        #expect(try Issuer.verify(try token("exp", "\(whole).0")).expiresAt.seconds == whole)
    }

    @Test(arguments: noTimes + ["0", "-1", "1790000000.5", "1790000000.0", "1.79e9"])
    func `JWT-25 an iat or nbf that is no time in whole seconds is refused`(
        _ text: String
    ) throws {
        #expect(Issuer.code(try token("iat", text)) == "token-json")
        #expect(Issuer.code(try token("nbf", text)) == "token-json")
    }

    @Test func `JWT-25 a missing iat is refused`() throws {
        #expect(
            Issuer.rejection(try Issuer.token(payload: ["iat": nil])) == .json(.issuedAt))
    }

    @Test func `JWT-24 the borders of time`() throws {
        let t = Issuer.t
        func code(_ changes: [String: JSONValue?], _ trust: TrustSnapshot) throws -> String {
            Issuer.code(try Issuer.token(payload: changes), trust: trust)
        }
        let trust = Issuer.trust
        #expect(try code(["exp": .integer(t), "iat": .integer(t - 60)], trust) == "accepted")
        #expect(try code(["exp": .integer(t - 29), "iat": .integer(t - 60)], trust) == "accepted")
        #expect(
            try code(["exp": .integer(t - 30), "iat": .integer(t - 60)], trust) == "token-expired")
        #expect(try code(["nbf": .integer(t + 30)], trust) == "accepted")
        #expect(try code(["nbf": .integer(t + 31)], trust) == "token-not-yet-valid")
        #expect(try code(["iat": .integer(t + 30)], trust) == "accepted")
        #expect(try code(["iat": .integer(t + 31)], trust) == "token-not-yet-valid")
        #expect(try code(["iat": .integer(t + 3600)], trust) == "token-not-yet-valid")
        #expect(
            try code(["exp": .integer(t - 10), "iat": .integer(t - 10)], trust) == "token-claims")
        #expect(try code(["exp": .integer(t - 10), "iat": .integer(t)], trust) == "token-claims")
    }

    @Test func `JWT-24 a longer life than configured is refused`() throws {
        let t = Issuer.t
        let long = try Issuer.token(payload: ["exp": .integer(t + 315_360_000)])
        #expect(Issuer.rejection(long) == .lifetime)
        let old = try Issuer.token(payload: ["iat": .integer(t - 315_360_000)])
        #expect(Issuer.rejection(old) == .lifetime)
        let lenient = Issuer.trusting { $0.maxTokenLifetimeSeconds = 400_000_000 }
        #expect(Issuer.code(long, trust: lenient) == "accepted")
        #expect(Issuer.code(old, trust: lenient) == "accepted")
        let border = ["iat": .integer(t), "exp": .integer(t + 86_400)] as [String: JSONValue?]
        #expect(Issuer.code(try Issuer.token(payload: border)) == "accepted")
        let beyond = ["iat": .integer(t), "exp": .integer(t + 86_401)] as [String: JSONValue?]
        #expect(Issuer.code(try Issuer.token(payload: beyond)) == "token-lifetime")
        let unbounded = Issuer.trusting { $0.maxTokenLifetimeSeconds = .max }
        #expect(Issuer.code(long, trust: unbounded) == "accepted")
    }

    @Test func `a leeway of nothing leaves no second`() throws {
        let strict = Issuer.trusting { $0.leewaySeconds = 0 }
        let over = try Issuer.token(payload: ["exp": .integer(Issuer.t)])
        #expect(Issuer.code(over, trust: strict) == "token-expired")
        let early = try Issuer.token(payload: ["nbf": .integer(Issuer.t + 1)])
        #expect(Issuer.code(early, trust: strict) == "token-not-yet-valid")
    }

    @Test func `JWT-26 the shapes of an audience`() throws {
        func code(_ audience: JSONValue?) throws -> String {
            Issuer.code(try Issuer.token(payload: ["aud": audience]))
        }
        let orgA: JSONValue = "urn:logto:organization:orgA"
        #expect(try code(orgA) == "accepted")
        #expect(try code([orgA]) == "accepted")
        #expect(try code(.string(Issuer.api)) == "accepted")
        #expect(try code([.string(Issuer.api)]) == "accepted")
        let refused: [JSONValue?] = [
            nil, [orgA, "urn:logto:organization:orgB"], [.string(Issuer.api), orgA], [], [[orgA]],
            "",
            1, .object([:]), .some(nil as JSONValue), [orgA, 1], "urn:logto:organization:",
            "urn:logto:organization:orgA ", "urn:logto:organization:org\nA",
            "URN:LOGTO:organization:orgA",
            "https://api.test/", "https://API.test", " https://api.test",
            .array([JSONValue](repeating: orgA, count: 17)),
            .array([JSONValue](repeating: "x", count: 500)),
        ]
        // A list of 10,000 is too long to be a token at all.
        let endless = JSONValue.array([JSONValue](repeating: orgA, count: 10_000))
        #expect(try code(endless) == "token-malformed")
        for audience in refused { #expect(try code(audience) == "token-audience") }
        #expect(try code(.array([JSONValue](repeating: orgA, count: 16))) == "accepted")
    }

    @Test(arguments: ["orgA-evil", "orga", "ORGA"])
    func `JWT-26 a similar organization is another one`(_ name: String) throws {
        let audience = JSONValue.string("urn:logto:organization:\(name)")
        let token = try Issuer.verify(try Issuer.token(payload: ["aud": audience]))
        #expect(token.organization != OrganizationID("orgA"))
        #expect(token.organization == OrganizationID(name))
    }

    @Test func `the reserved organizations resource is always refused`() throws {
        let reserved: JSONValue = "urn:logto:resource:organizations"
        let trust = Issuer.trusting { $0.audiences.append("urn:logto:resource:organizations") }
        for audience in [reserved, [reserved], ["urn:logto:organization:orgA", reserved]] {
            for organization in [nil, "orgA"] as [JSONValue?] {
                let token = try Issuer.token(
                    payload: ["aud": audience, "organization_id": organization])
                #expect(Issuer.code(token) == "token-reserved-audience")
                #expect(Issuer.code(token, trust: trust) == "token-reserved-audience")
            }
        }
    }

    @Test func `a Management API token is refused with advice unless it is configured`() throws {
        let audience = "https://default.logto.app/api"
        let token = try Issuer.token(payload: ["aud": .string(audience)])
        #expect(Issuer.rejection(token) == .audience(.managementAPI))
        let trust = Issuer.trusting { $0.audiences.append(audience) }
        #expect(try Issuer.verify(token, trust: trust).audience == .api(audience))
    }

    @Test(arguments: [
        "https://logto.test/oidc/", "http://logto.test/oidc", "https://LOGTO.test/oidc",
        "https://logto.test/oidc/../oidc", "https://logto.test:443/oidc",
        "https://logto.test@evil/oidc", "", "https://logto.test/oidc\u{0}",
    ])
    func `JWT-27 an issuer that looks alike is refused`(_ issuer: String) throws {
        let code = Issuer.code(try Issuer.token(payload: ["iss": .string(issuer)]))
        #expect(code == (issuer.utf8.contains(0) ? "token-json" : "token-issuer"))
    }

    @Test func `JWT-27 an issuer of another kind is refused`() throws {
        for issuer in [nil, 1, .some(nil as JSONValue), [.string(Issuer.name)]] as [JSONValue?] {
            #expect(Issuer.code(try Issuer.token(payload: ["iss": issuer])) == "token-issuer")
        }
    }

    @Test(arguments: ["sub", "client_id"])
    func `JWT-32 a subject or client that is no proper text is refused`(_ claim: String) throws {
        let values: [JSONValue?] = [
            nil, "", 1, .some(nil as JSONValue), ["u1"], "u1\r\nX: y", "\u{1b}[31m", "\u{85}",
            .string(String(repeating: "x", count: 2049)),
        ]
        for value in values {
            #expect(Issuer.code(try Issuer.token(payload: [claim: value])) == "token-claims")
        }
    }

    @Test func `JWT-32 a machine is one whose subject is its client`() throws {
        let machine = try Issuer.verify(try Issuer.token(payload: ["sub": "app1"]))
        #expect(machine.kind == .machine)
        // Equal to Swift's eye, not to the byte's: the Kelvin sign is no K.
        let alike = try Issuer.verify(
            try Issuer.token(payload: ["sub": "\u{212A}1", "client_id": "K1"]))
        #expect(alike.kind == .user)
    }

    @Test(arguments: [["jkt": "abc"], ["x5t#S256": "abc"], [:], nil, "x"] as [JSONValue])
    func `JWT-33 a bound token is refused`(_ value: JSONValue) throws {
        #expect(Issuer.code(try Issuer.token(payload: ["cnf": value])) == "token-binding")
    }

    @Test func `JWT-41 scopes are split at spaces and compared whole`() throws {
        func scopes(_ value: JSONValue?) throws -> [String] {
            Array(try Issuer.verify(try Issuer.token(payload: ["scope": value])).scopes)
        }
        #expect(try scopes(nil) == [])
        #expect(try scopes("") == [])
        #expect(try scopes("   ") == [])
        #expect(try scopes("billing:read  x") == ["billing:read", "x"])
        #expect(try scopes(" a b ") == ["a", "b"])
        #expect(try scopes("a\tb") == ["a\tb"])
        #expect(try scopes("billing:read:own superadmin") == ["billing:read:own", "superadmin"])
        #expect(
            try Issuer.verify(try Issuer.token(payload: ["scp": "admin"])).scopes
                == ["billing:read"])
    }

    @Test(arguments: [["billing:read"], 1, nil, true, [:]] as [JSONValue])
    func `JWT-41 a scope of another kind is refused`(_ value: JSONValue) throws {
        #expect(Issuer.rejection(try Issuer.token(payload: ["scope": value])) == .claims(.scope))
    }

    @Test func `organization_id is a proper text or absent`() throws {
        let values: [JSONValue] = [42, nil, "", true, ["orgA"], "org A", "orgA\u{7f}", "örg"]
        for value in values {
            let token = try Issuer.token(
                payload: ["aud": .string(Issuer.api), "organization_id": value])
            #expect(Issuer.rejection(token) == .claims(.organizationID))
        }
        let token = try Issuer.verify(
            try Issuer.token(payload: ["aud": .string(Issuer.api), "organization_id": "orgA"]))
        #expect(token.organization == OrganizationID("orgA"))
        #expect(token.whereOrganizationStood == .claim)
        #expect(token.audience == .api(Issuer.api))
        let none = try Issuer.verify(try Issuer.token(payload: ["aud": .string(Issuer.api)]))
        #expect(none.organization == nil)
        #expect(none.whereOrganizationStood == nil)
    }

    @Test func `AZ-03 an audience and a claim that name two organizations are refused`() throws {
        #expect(
            Issuer.code(try Issuer.token(payload: ["organization_id": "orgB"])) == "token-claims")
        #expect(
            Issuer.code(try Issuer.token(payload: ["organization_id": "orga"])) == "token-claims")
        let agreeing = try Issuer.verify(try Issuer.token(payload: ["organization_id": "orgA"]))
        #expect(agreeing.whereOrganizationStood == .audience)
    }

    @Test func `a jti of another kind is refused`() throws {
        #expect(Issuer.rejection(try Issuer.token(payload: ["jti": 1])) == .claims(.tokenID))
    }

    @Test func `first-party clients are marked`() throws {
        #expect(try !Issuer.verify(try Issuer.token()).isFirstParty)
        let trust = Issuer.trusting { $0.firstPartyClients = [ClientID("app1")] }
        #expect(try Issuer.verify(try Issuer.token(), trust: trust).isFirstParty)
    }

    @Test func `JWT-41 thousands of scopes are a set like any other`() throws {
        let names = (0..<1000).map { "s\($0)" }
        let scope = names.joined(separator: " ")
        let token = try Issuer.verify(try Issuer.token(payload: ["scope": .string(scope)]))
        #expect(Array(token.scopes) == names)
        #expect(token.scopes.contains("s999") && !token.scopes.contains("s1000"))
        // Five thousand do not fit a token.
        let many = (0..<5000).map { "s\($0)" }.joined(separator: " ")
        let long = try Issuer.token(payload: ["scope": .string(many)])
        #expect(Issuer.rejection(long) == .malformed(.tooLong))
    }

    @Test func `the actor of an exchanged token is known`() throws {
        #expect(try Issuer.verify(try Issuer.token()).actor == nil)
        for act in [
            ["sub": "dave"], ["sub": "dave", "iss": .string(Issuer.name)],
            ["sub": "dave", "act": ["sub": "erin"]], ["sub": "dave", "act": 1],
        ] as [JSONValue] {
            let token = try Issuer.verify(try Issuer.token(payload: ["act": act]))
            #expect(token.actor == UserID("dave"))
        }
    }

    @Test(
        arguments: [
            nil, "dave", 1, true, [], [["sub": "dave"]], [:], ["sub": nil], ["sub": ""],
            ["sub": 1], ["sub": "da\nve"], ["Sub": "dave"],
            ["sub": "dave", "iss": "https://evil.test/oidc"], ["sub": "dave", "iss": nil],
        ] as [JSONValue])
    func `an actor that cannot be read refuses the token`(_ act: JSONValue) throws {
        let token = try Issuer.token(payload: ["act": act])
        #expect(Issuer.rejection(token) == .claims(.actor))
        #expect(Issuer.code(token) == "token-claims")
    }
}
