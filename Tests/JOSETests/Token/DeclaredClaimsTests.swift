import Documents
import JOSE
import Testing
import Values

/// Custom claims are what a tenant's script returns: any JSON, or nothing.
@Suite struct DeclaredClaimsTests {
    private func reading(
        _ value: JSONValue?, _ declaration: ClaimDeclaration
    ) -> DeclaredClaims.Reading {
        let members: JSONObject = JSONObject().with([declaration.name: value])
        return DeclaredClaims(members, declared: [declaration])[declaration.name]
    }

    private static let day = UnixTime(seconds: 1_790_000_000)

    @Test(
        arguments: [
            (.string, "", .string("")), (.string, "x", .string("x")),
            (.int, 0, .int(0)), (.int, .integer(.min), .int(.min)),
            (.double, 1.5, .double(1.5)), (.double, 2, .double(2)),
            (.double, .integer(1 << 53), .double(9_007_199_254_740_992)),
            (.bool, true, .bool(true)),
            (.timestamp, 1_790_000_000, .timestamp(day)),
            (.timestamp, 0, .timestamp(.init(seconds: 0))),
            (.timestamp, "2026-09-21T14:13:20Z", .timestamp(day)),
            (.strings, [], .strings([])), (.strings, ["a", "b"], .strings(["a", "b"])),
        ] as [(ClaimDeclaration.Kind, JSONValue, ClaimValue)])
    func `a value of the declared type is read`(
        _ kind: ClaimDeclaration.Kind, _ value: JSONValue, _ expected: ClaimValue
    ) {
        #expect(reading(value, ClaimDeclaration("c", kind)) == .value(expected))
    }

    @Test(
        arguments: [
            (.string, [1, true, nil, [], [:], 1.5, ["x"]]),
            (.int, ["1", 1.0, 1.5, true, nil, [], 1e30]),
            (.double, ["1.5", true, nil, [], .integer((1 << 53) + 1), .integer(.min)]),
            (.bool, ["true", 0, 1, nil, []]),
            (
                .timestamp,
                [
                    "yesterday", "1790000000", 1_790_000_000.5, -1, 1_790_000_000_000, nil, true,
                    "2026-09-21", [],
                ]
            ),
            (
                .strings,
                [
                    "a", ["a", 1], [["a"]], [nil], nil, ["a": 1],
                    .array([JSONValue](repeating: "a", count: 257)),
                ]
            ),
        ] as [(ClaimDeclaration.Kind, [JSONValue])])
    func `a value of another type is malformed, never converted and never absent`(
        _ kind: ClaimDeclaration.Kind, _ values: [JSONValue]
    ) {
        for value in values {
            #expect(reading(value, ClaimDeclaration("c", kind)) == .malformed, "\(value)")
            let lenient = ClaimDeclaration("c", kind, absence: .fallback(.string("free")))
            #expect(reading(value, lenient) == .malformed, "\(value)")
        }
    }

    @Test func `an absent claim is absent, or what was declared for it`() {
        #expect(reading(nil, ClaimDeclaration("c", .string)) == .absent)
        #expect(reading(nil, ClaimDeclaration("c", .string, absence: .optional)) == .absent)
        let plan = ClaimDeclaration("c", .string, absence: .fallback(.string("free")))
        #expect(reading(nil, plan) == .value(.string("free")))
        #expect(reading("team", plan) == .value(.string("team")))
    }

    @Test func `only the listed values count, by their bytes`() {
        let plan = ClaimDeclaration("c", .string, oneOf: [.string("free"), .string("Kfee")])
        #expect(reading("free", plan) == .value(.string("free")))
        for wrong in ["Free", "", "\u{212A}fee", "free "] as [JSONValue] {
            #expect(reading(wrong, plan) == .malformed)
        }
        let rooms = ClaimDeclaration("c", .strings, oneOf: [.string("a"), .string("b")])
        #expect(reading(["b", "a"], rooms) == .value(.strings(["b", "a"])))
        #expect(reading(["b", "c"], rooms) == .malformed)
        #expect(reading(3, ClaimDeclaration("c", .int, oneOf: [.int(1)])) == .malformed)
    }

    @Test func `a verified token keeps declared claims alone`() throws {
        let trust = Issuer.trusting {
            $0.claims = [ClaimDeclaration("plan", .string), ClaimDeclaration("seats", .int)]
        }
        let token = try Issuer.verify(
            try Issuer.token(payload: ["plan": "team", "seats": "9", "secret": "x"]), trust: trust)
        #expect(token.claims["plan"] == .value(.string("team")))
        #expect(token.claims["seats"] == .malformed)
        #expect(token.claims["secret"] == .absent)
        #expect(token.claims["sub"] == .absent)
        let bare = try Issuer.verify(try Issuer.token(), trust: trust)
        #expect(bare.claims["plan"] == .absent)
        #expect(bare.claims != token.claims)
    }
}
