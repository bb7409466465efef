import Documents
import JOSE
import Values

/// Rows about the JSON of header and payload, and about what is only unusual.
extension TokenAttack {
    static let texts: [TokenAttack] =
        [
            duplicates, algorithmTwice, nesting, laxity, nul, around, noObjects, echoes,
            unusual,
        ].flatMap { $0 }

    private static let duplicates: [TokenAttack] = [
        "\"aud\":\"urn:logto:organization:orgB\"", "\"exp\":1", "\"exp\":99999999999",
        "\"\\u0061ud\":\"urn:logto:organization:orgB\"", "\"extra\":{\"a\":1,\"a\":2}",
        "\"extra\":[{\"a\":{\"b\":1,\"\\u0062\":2}}]",
    ].map { members in
        TokenAttack("JWT-17", members, .refused("token-json")) { bench in
            try bench.token(adding: members)
        }
    }

    private static let algorithmTwice: [TokenAttack] = [
        TokenAttack("JWT-17", "alg twice", .refused("token-json")) { bench in
            try bench.signed(
                "{\"alg\":\"none\"," + bench.headerText.dropFirst(), bench.payloadText)
        }
    ]

    private static let nesting: [TokenAttack] = ["[", "{\"a\":"].flatMap { opening in
        [
            // The deepest that fits a token.
            TokenAttack("JWT-37", "payload \(opening)", .refused("token-json")) { bench in
                let text = String(repeating: opening, count: 4_000 / opening.utf8.count)
                return try bench.signed(bench.headerText, text)
            },
            TokenAttack("JWT-37", "header \(opening)", .refused("token-json")) { bench in
                let text = String(repeating: opening, count: 4_000 / opening.utf8.count)
                return try bench.signed(text, bench.payloadText)
            },
            TokenAttack("JWT-37", "100,000 × \(opening)", .refused("token-malformed")) { bench in
                try bench.signed(bench.headerText, String(repeating: opening, count: 100_000))
            },
        ]
    }

    private static let laxity: [TokenAttack] =
        [
            "\"x\":\"\\ud800\"", "\"x\":\"\\u0000\"", "'x':1", "\"x\":1 /* c */", "\"x\":NaN",
            "\"x\":01", "\"x\":1,", "x:1", "\"x\":1e999",
        ].flatMap { members in
            [
                TokenAttack("JWT-38", "payload \(members)", .refused("token-json")) { bench in
                    try bench.token(adding: members)
                },
                TokenAttack("JWT-38", "header \(members)", .refused("token-json")) { bench in
                    try bench.signed(
                        "{" + members + "," + bench.headerText.dropFirst(), bench.payloadText)
                },
            ]
        }

    private static let nul: [TokenAttack] = [
        TokenAttack("JWT-38", "NUL in the subject", .refused("token-json")) { bench in
            try bench.signed(
                bench.headerText,
                bench.payloadText.replacing("u-unverified", with: "u-unverified\\u0000"))
        }
    ]

    private static let around: [TokenAttack] =
        documents.flatMap { name, change in
            [
                TokenAttack("JWT-38", "payload: \(name)", .refused("token-json")) { bench in
                    try bench.forge.k1.sign(
                        header: Array(bench.headerText.utf8),
                        payload: change(Array(bench.payloadText.utf8)))
                },
                TokenAttack("JWT-38", "header: \(name)", .refused("token-json")) { bench in
                    try bench.forge.k1.sign(
                        header: change(Array(bench.headerText.utf8)),
                        payload: Array(bench.payloadText.utf8))
                },
            ]
        }

    private static let noObjects: [TokenAttack] =
        ["[]", "\"x\"", "1", "null", ""].flatMap { text in
            [
                TokenAttack("JWT-39", "payload \(text)", .refused("token-json")) { bench in
                    try bench.signed(bench.headerText, text)
                },
                TokenAttack("JWT-39", "header \(text)", .refused("token-json")) { bench in
                    try bench.signed(text, bench.payloadText)
                },
            ]
        }

    private static let documents: [(String, @Sendable ([UInt8]) -> [UInt8])] = [
        ("a byte order mark", { [0xEF, 0xBB, 0xBF] + $0 }),
        ("a byte behind", { $0 + [UInt8(ascii: "x")] }),
        ("two documents", { $0 + $0 }),
        ("a comma at the end", { $0.dropLast() + [0x2C, 0x7D] }),
        (
            "no UTF-8",
            { Array("{\"x\":\"".utf8) + [0xC3, 0x28] + Array("\",".utf8) + $0.dropFirst() }
        ),
    ]

    /// The claim of JWT-48: `</script>\r\nX: y\u001b[31m`.
    private static let echoes: [TokenAttack] = {
        let subject = JSONValue.string("unverified</script>\r\nX: y\u{1B}[31m")
        return [
            // Control bytes end it before its signature is looked at; without them it is that.
            TokenAttack("JWT-48", "signed by KX", .refused("token-claims")) { bench in
                try bench.token(payload: ["sub": subject], by: bench.forge.kx)
            },
            TokenAttack("JWT-48", "signed by K1", .refused("token-claims")) { bench in
                try bench.token(payload: ["sub": subject])
            },
            TokenAttack("JWT-48", "printable, by KX", .refused("token-signature")) { bench in
                try bench.token(
                    payload: ["sub": "unverified</script>X: y[31m"], by: bench.forge.kx)
            },
            TokenAttack("JWT-48", "in an unknown type", .refused("token-type")) { bench in
                try bench.token(header: ["typ": subject], payload: ["sub": subject])
            },
        ]
    }()

    private static let unusual: [TokenAttack] = [
        TokenAttack("JWT-49", "white space", .granted) { bench in
            try bench.signed(
                "{ \"alg\" : \"ES384\" ,\n\t\"kid\":\"K1\" , \"typ\" : \"at+jwt\" }",
                " " + bench.payloadText + "\r\n")
        },
        TokenAttack("JWT-50", "a jti of 512 bytes", .granted) { bench in
            try bench.token(payload: ["jti": .string(String(repeating: "j", count: 512))])
        },
        TokenAttack("JWT-50", "no jti", .granted) { try $0.token(payload: ["jti": nil]) },
        TokenAttack("JWT-50", "a name beyond ASCII", .granted) { bench in
            try bench.token(payload: ["name": "Zoë 愛 👩‍🚀"])
        },
        TokenAttack("JWT-50", "claims that nobody knows", .granted) { bench in
            try bench.token(payload: ["extra": ["a": [1, 2.5, nil, true]], "big": 1e300])
        },
        TokenAttack("JWT-50", "another order", .granted) { bench in
            try bench.signed(
                bench.headerText,
                JSONWriter.text(.object(JSONObject(Array(bench.p0.members.reversed())))))
        },
    ]
}
