import Documents
import Values

/// Rows about claims. Each token is validly signed.
extension TokenAttack {
    static let types: [TokenAttack] = [spelledTypes, oddTypes, otherTypes].flatMap { $0 }

    private static let spelledTypes: [TokenAttack] =
        ["at+jwt", "AT+JWT", "application/at+jwt"].map { type in
            TokenAttack("JWT-29", type, .granted) { bench in
                try bench.token(header: ["typ": .string(type)])
            }
        }

    private static let oddTypes: [TokenAttack] =
        (["at+jwt;v=1", ["at+jwt"], "at jwt", "JWT", nil] as [JSONValue]).map { type in
            TokenAttack("JWT-29", JSONWriter.text(type), .refused("token-type")) { bench in
                try bench.token(header: ["typ": type])
            }
        }

    private static let otherTypes: [TokenAttack] =
        ["logout+jwt", "dpop+jwt", "token-introspection+jwt", "oauth-authz-resp+jwt"].map { type in
            TokenAttack("JWT-30", type, .refused("token-type")) { bench in
                try bench.token(
                    header: ["typ": .string(type)],
                    payload: [
                        "events": ["http://schemas.openid.net/event/backchannel-logout": [:]]
                    ])
            }
        }

    static let claims: [TokenAttack] =
        [issuers, subjects, machines, bindings, scopes, otherScopes, oddScopes].flatMap { $0 }

    private static let issuers: [TokenAttack] = [
        "https://logto.test/oidc/", "http://logto.test/oidc", "https://LOGTO.test/oidc",
        "https://logto.test/oidc/../oidc", "https://logto.test:443/oidc",
        "https://logto.test@evil/oidc", nil, ["https://logto.test/oidc"],
    ].map { (issuer: JSONValue?) in
        TokenAttack(
            "JWT-27", issuer.map { JSONWriter.text($0) } ?? "missing", .refused("token-issuer")
        ) { bench in try bench.token(payload: ["iss": issuer]) }
    }

    private static let subjects: [TokenAttack] =
        ([nil, "", 1] as [JSONValue?]).map { subject in
            TokenAttack(
                "JWT-32", subject.map { JSONWriter.text($0) } ?? "missing",
                .refused("token-claims")
            ) { bench in try bench.token(payload: ["sub": subject]) }
        }

    private static let machines: [TokenAttack] = [
        TokenAttack("JWT-32", "a machine", .denied(403)) { bench in
            try bench.token(payload: ["sub": "app-unverified"])
        }
    ]

    private static let bindings: [TokenAttack] = [
        ["jkt": "abc"], ["x5t#S256": "abc"], [:],
    ].map { (binding: JSONValue) in
        TokenAttack("JWT-33", JSONWriter.text(binding), .refused("token-binding")) { bench in
            try bench.token(payload: ["cnf": binding])
        }
    }

    private static let scopes: [TokenAttack] = [
        scope("", .denied(403)), scope("read:projects  x", .granted),
        scope("x\tread:projects", .denied(403)), scope("superread:projects", .denied(403)),
        scope("read:projects:own", .denied(403)), scope("READ:projects", .denied(403)),
        scope((0..<800).map { "s\($0)" }.joined(separator: " "), .denied(403)),
        scope(
            (0..<5_000).map { "s\($0)" }.joined(separator: " "), .refused("token-malformed")),
    ]

    private static func scope(_ text: String, _ outcome: Outcome) -> TokenAttack {
        TokenAttack(
            "JWT-41", "\(text.utf8.count) bytes \(text.prefix(24).debugDescription)", outcome
        ) { bench in try bench.token(payload: ["scope": .string(text)]) }
    }

    private static let otherScopes: [TokenAttack] = [
        TokenAttack("JWT-41", "no scope", .denied(403)) { bench in
            try bench.token(payload: ["scope": nil])
        },
        TokenAttack("JWT-41", "scp in its place", .denied(403)) { bench in
            try bench.token(payload: ["scope": nil, "scp": "read:projects"])
        },
    ]

    private static let oddScopes: [TokenAttack] =
        ([["read:projects"], 1, nil, [:]] as [JSONValue]).map { value in
            TokenAttack("JWT-41", JSONWriter.text(value), .refused("token-claims")) { bench in
                try bench.token(payload: ["scope": value])
            }
        }

    // MARK: Times

    /// Values of JWT-23 that are no time at all, as JSON text.
    private static let noTimes = [
        "\"9999999999\"", "null", "true", "[9999999999]", "{}", "1e300", "1e999", "-1e999",
        "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "NaN",
    ]

    static let times: [TokenAttack] =
        [oddExpiries, over, expiries, oddTimes, noIssue, borders].flatMap { $0 }

    private static let oddExpiries: [TokenAttack] =
        noTimes.map { text in
            TokenAttack("JWT-23", "exp \(text)", .refused("token-json")) { bench in
                try bench.token(claim: "exp", is: text)
            }
        }

    private static let over: [TokenAttack] =
        ["-1", "0"].map { text in
            TokenAttack("JWT-23", "exp \(text)", .refused("token-expired")) { bench in
                try bench.token(claim: "exp", is: text)
            }
        }

    private static let expiries: [TokenAttack] = [
        TokenAttack("JWT-23", "exp missing", .refused("token-json")) { bench in
            try bench.token(payload: ["exp": nil])
        },
        TokenAttack("JWT-23", "exp with a fraction", .granted) { bench in
            try bench.token(claim: "exp", is: "\(bench.t + 60).5")
        },
    ]

    private static let oddTimes: [TokenAttack] =
        ["iat", "nbf"].flatMap { claim in
            (noTimes + ["-1", "0", "1790000000.5"]).map { text in
                TokenAttack("JWT-25", "\(claim) \(text)", .refused("token-json")) { bench in
                    try bench.token(claim: claim, is: text)
                }
            }
        }

    private static let noIssue: [TokenAttack] = [
        TokenAttack("JWT-25", "iat missing", .refused("token-json")) { bench in
            try bench.token(payload: ["iat": nil])
        }
    ]

    /// Ten seconds off the border on the side where time goes by: a gateway's clock does not wait.
    private static let borders: [TokenAttack] = {
        typealias Changes = [String: Int64]
        let rows: [(String, Outcome, Changes)] = [
            ("exp T", .granted, ["exp": 0, "iat": -60]),
            ("exp T-19", .granted, ["exp": -19, "iat": -60]),
            ("exp T-30", .refused("token-expired"), ["exp": -30, "iat": -60]),
            ("nbf T+30", .granted, ["nbf": 30]),
            ("nbf T+41", .refused("token-not-yet-valid"), ["nbf": 41]),
            ("iat T+41", .refused("token-not-yet-valid"), ["iat": 41]),
            ("iat T+3600", .refused("token-not-yet-valid"), ["iat": 3_600, "exp": 7_200]),
            ("iat ten years ago", .refused("token-lifetime"), ["iat": -315_360_000]),
            ("exp in ten years", .refused("token-lifetime"), ["exp": 315_360_000]),
            ("exp at iat", .refused("token-claims"), ["iat": -10, "exp": -10]),
            ("exp before iat", .refused("token-claims"), ["iat": 0, "exp": -10]),
        ]
        return rows.map { name, outcome, changes in
            TokenAttack("JWT-24", name, outcome) { bench in
                try bench.token(payload: changes.mapValues { .integer(bench.t + $0) })
            }
        }
    }()

    // MARK: Audiences

    static let audiences: [TokenAttack] = [refusedAudiences, otherAudiences].flatMap { $0 }

    private static let orgA: JSONValue = "urn:logto:organization:orgA"

    private static let refusedAudiences: [TokenAttack] =
        ([
            ["https://api.test", orgA], [orgA, "urn:logto:organization:orgB"], [], [[orgA]], "",
            1, nil, [:], "urn:logto:organization:orgA ", "urn:logto:organization:",
            "URN:LOGTO:organization:orgA", .array([JSONValue](repeating: orgA, count: 17)),
        ] as [JSONValue]).map { value in
            TokenAttack(
                "JWT-26", "\(JSONWriter.text(value).prefix(60))", .refused("token-audience")
            ) { bench in try bench.token(payload: ["aud": value]) }
        }

    private static let otherAudiences: [TokenAttack] = [
        TokenAttack("JWT-26", "missing", .refused("token-audience")) { bench in
            try bench.token(payload: ["aud": nil])
        },
        TokenAttack("JWT-26", "a list of one", .granted) { bench in
            try bench.token(payload: ["aud": [orgA]])
        },
        TokenAttack("JWT-26", "orgA-evil", .denied(404)) { bench in
            try bench.token(payload: ["aud": "urn:logto:organization:orgA-evil"])
        },
        TokenAttack("JWT-26", "orga", .denied(404)) { bench in
            try bench.token(payload: ["aud": "urn:logto:organization:orga"])
        },
        // A list so long is too long to be a token at all.
        TokenAttack("JWT-26", "10,000 entries", .refused("token-malformed")) { bench in
            try bench.token(
                payload: ["aud": .array([JSONValue](repeating: orgA, count: 10_000))])
        },
    ]
}
