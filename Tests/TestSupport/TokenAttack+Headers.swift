import Cryptography
import Documents
import JOSE
import Values

/// Rows about the form of a token, its header and its signature.
extension TokenAttack {
    static let forms: [TokenAttack] =
        [
            unsigned, signatureless, secrets, sizes, padded, respelled, unusedBits, shapes,
            paddings, numbers, signers,
        ].flatMap { $0 }

    private static let unsigned: [TokenAttack] =
        ["none", "NONE", "nOnE"].flatMap { name in
            ["", "."].map { end in
                TokenAttack("JWT-01", "\(name)\(end)", .refused("token-algorithm")) { bench in
                    bench.encode("{\"alg\":\"\(name)\"}") + ".eyJzdWIiOiJ1MSJ9\(end)"
                }
            }
        }

    private static let signatureless: [TokenAttack] = [
        TokenAttack("JWT-02", "none with a signature", .refused("token-algorithm")) { bench in
            let parts = bench.parts(try bench.token())
            return bench.encode("{\"alg\":\"none\",\"kid\":\"K1\"}") + ".\(parts[1]).\(parts[2])"
        },
        TokenAttack("JWT-03", "no signature", .refused("token-malformed")) { bench in
            let parts = bench.parts(try bench.token())
            return "\(parts[0]).\(parts[1])."
        },
    ]

    private static let secrets: [TokenAttack] =
        (0..<9).flatMap { number in
            ["HS256", "HS384", "HS512"].map { algorithm in
                TokenAttack(
                    "JWT-05", "\(algorithm), form \(number)", .refused("token-algorithm")
                ) { bench in bench.coded(bench.forge.secrets[number], algorithm: algorithm) }
            }
        }

    private static let sizes: [TokenAttack] = [
        size("8,193 bytes", "A", 8_193), size("64 KiB", "A", 1 << 16),
        size("1 MiB", "A", 1 << 20), size("1,000,000 dots", ".", 1_000_000),
        size("a header of 100 KiB", "e", 102_400, end: ".e30.AA"),
    ]

    private static func size(
        _ name: String, _ text: String, _ count: Int, end: String = ""
    ) -> TokenAttack {
        TokenAttack("JWT-18", name, .refused("token-malformed")) { _ in
            String(repeating: text, count: count) + end
        }
    }

    private static let padded: [TokenAttack] =
        (0..<3).flatMap { part in
            ["=", "==", " x", "\tx", "%3D", "?", "+", "/"].map { change in
                TokenAttack(
                    "JWT-19", "\(change.debugDescription) behind part \(part)",
                    .refused("token-malformed")
                ) { bench in
                    var parts = bench.parts(try bench.token())
                    parts[part] += change
                    return parts.joined(separator: ".")
                }
            }
        }

    private static let respelled: [TokenAttack] =
        [("-", "+"), ("_", "/")].map { (from: String, to: String) in
            TokenAttack("JWT-19", "\(from) as \(to)", .refused("token-malformed")) { bench in
                var token = try bench.token()
                // Some token among a few has the character.
                for _ in 0..<30 where !token.contains(from) { token = try bench.token() }
                return token.replacing(from, with: to, maxReplacements: 1)
            }
        }

    private static let unusedBits: [TokenAttack] =
        ["", "x", "xx"].map { filler in
            TokenAttack("JWT-19", "unused bits\(filler)", .refused("token-malformed")) { bench in
                let alphabet = Array(
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
                // Of any four lengths in a row, two leave bits unused.
                for pad in 0..<4 {
                    let z = filler + String(repeating: "y", count: pad)
                    let parts = bench.parts(try bench.token(header: ["z": .string(z)]))
                    guard parts[0].utf8.count % 4 != 0, let last = parts[0].last,
                        let value = alphabet.firstIndex(of: last)
                    else { continue }
                    return parts[0].dropLast() + String(alphabet[value + 1])
                        + ".\(parts[1]).\(parts[2])"
                }
                return ""
            }
        }

    private static let shapes: [TokenAttack] = [
        TokenAttack("JWT-20", "five parts", .refused("token-malformed")) { _ in
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA"
        },
        TokenAttack("JWT-21", "a token in a token", .refused("token-json")) { bench in
            try bench.signed(
                "{\"cty\":\"JWT\"," + bench.headerText.dropFirst(), try bench.token())
        },
        TokenAttack("JWT-31", "an opaque token", .refused("token-malformed")) { _ in
            "v1_9fK3abcdefghijklmnopqrstuvwxyz0123456789"
        },
        TokenAttack("JWT-31", "a refresh token", .refused("token-malformed")) { _ in
            "VelVh5qxiwMEjwpj9EPvaTjX33VCC0pNKPH4ESiyne5"
        },
    ]

    private static let paddings: [TokenAttack] =
        (0..<3).map { number in
            TokenAttack(
                "JWT-36", ["PSS", "of SHA-384", "of SHA-512"][number], .refused("token-signature")
            ) { bench in
                let signer = bench.forge.misused[number]
                let header = bench.encode(
                    "{\"alg\":\"RS256\",\"kid\":\"M\(number)\",\"typ\":\"at+jwt\"}")
                let input = header + "." + bench.encode(bench.payloadText)
                return input + "."
                    + Base64URL.encode(try signer.signature(of: Array(input.utf8)))
            }
        }

    private static let numbers: [TokenAttack] = [
        number("a byte more") { $0 + [0] }, number("a zero in front") { [0] + $0 },
        number("a byte less") { Array($0.dropLast()) }, number("twice") { $0 + $0 },
        number("another bit") { $0.dropLast() + [($0.last ?? 0) ^ 1] },
        number("zero") { [UInt8](repeating: 0, count: $0.count) },
        number("one") { [UInt8](repeating: 0, count: $0.count - 1) + [1] },
        number("the highest") { [UInt8](repeating: 0xFF, count: $0.count) },
    ]

    /// A token of R1 with another number as its signature.
    private static func number(
        _ name: String, _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) -> TokenAttack {
        TokenAttack("JWT-36", name, .refused("token-signature")) { bench in
            let parts = bench.parts(
                try bench.token(header: ["alg": "RS256", "kid": "R1"], by: bench.forge.r1))
            let bytes = Base64URL.decode(Array(parts[2].utf8).span) ?? []
            return "\(parts[0]).\(parts[1])." + Base64URL.encode(change(bytes))
        }
    }

    private static let signers: [TokenAttack] = [
        TokenAttack("JWT-35", "the mirrored signature", .granted) { bench in
            let parts = bench.parts(try bench.token())
            let bytes = Base64URL.decode(Array(parts[2].utf8).span) ?? []
            return "\(parts[0]).\(parts[1]).\(Base64URL.encode(mirrored(bytes)))"
        },
        TokenAttack("JWT-45", "signed by another issuer", .refused("token-signature")) { bench in
            try bench.token(by: bench.forge.otherK1)
        },
        TokenAttack("JWT-45", "for another issuer", .refused("token-signature")) { bench in
            try bench.token(payload: ["iss": .string(TokenForge.otherIssuer)])
        },
        TokenAttack("JWT-45", "by the issuer that it names", .granted) { bench in
            try bench.token(
                payload: ["iss": .string(TokenForge.otherIssuer)], by: bench.forge.otherK1)
        },
    ]

    /// (r, n − s) of a P-384 signature (r, s).
    package static func mirrored(_ signature: [UInt8]) -> [UInt8] {
        guard signature.count == 96 else { return [] }
        let order: [UInt8] =
            [UInt8](repeating: 0xFF, count: 24) + [
                0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF, 0x58, 0x1A, 0x0D, 0xB2, 0x48,
                0xB0, 0xA7, 0x7A, 0xEC, 0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73,
            ]
        var mirrored = [UInt8](repeating: 0, count: 48)
        var borrow = 0
        for index in (0..<48).reversed() {
            let digit = Int(order[index]) - Int(signature[48 + index]) - borrow
            borrow = digit < 0 ? 1 : 0
            mirrored[index] = UInt8(truncatingIfNeeded: digit)
        }
        return signature.prefix(48) + mirrored
    }

    // MARK: Headers

    static let headers: [TokenAttack] =
        [ofR1, ofK1, keys, members, published, compressed].flatMap { $0 }

    private static let ofR1: [TokenAttack] =
        ["PS256", "RS384", "RS512", "PS384", "EdDSA", "HS256", "ES384", "rs256"].map { name in
            TokenAttack("JWT-07", "\(name) of R1", .refused("token-algorithm")) { bench in
                try bench.token(
                    header: ["alg": .string(name), "kid": "R1"], by: bench.forge.r1)
            }
        }

    private static let ofK1: [TokenAttack] =
        ["ES256", "ES512", "RS256", "ES256K", "es384"].map { name in
            TokenAttack("JWT-07", "\(name) of K1", .refused("token-algorithm")) { bench in
                try bench.token(header: ["alg": .string(name)])
            }
        }

    private static let keys: [TokenAttack] = [
        TokenAttack("JWT-09", "no kid", .refused("token-unknown-key")) { bench in
            try bench.token(header: ["kid": nil])
        },
        TokenAttack("JWT-11", "the attacker's key", .refused("token-header")) { bench in
            let key = bench.forge.kx.key.publicKey.jsonWebKey(keyID: KeyID("K1"))
            return try bench.token(header: ["jwk": .object(key)], by: bench.forge.kx)
        },
        TokenAttack("JWT-11", "the right key", .refused("token-header")) { bench in
            let key = bench.forge.k1.key.publicKey.jsonWebKey(keyID: KeyID("K1"))
            return try bench.token(header: ["jwk": .object(key)])
        },
    ]

    private static let members: [TokenAttack] = [
        member("JWT-13", "x5c", ["MIIBszCCAVmgAwIBAgIUTest"]), member("JWT-13", "x5t", "dGVzdA"),
        member("JWT-13", "x5t#S256", "dGVzdA"), member("JWT-14", "crit", ["exp"]),
        member("JWT-14", "crit", []), member("JWT-14", "crit", "exp"),
        member("JWT-14", "crit", ["alg"]), member("JWT-14", "crit", ["x", "x"]),
        member("JWT-14", "crit", ["absent"]), member("JWT-14", "crit", nil),
        member("JWT-15", "b64", false), member("JWT-42", "zip", "DEF"),
    ].flatMap { $0 }

    /// H0 with one more member, signed by K1 and by KX.
    private static func member(_ id: String, _ name: String, _ value: JSONValue) -> [TokenAttack] {
        [true, false].map { isOwn in
            TokenAttack(
                id, "\(name) \(JSONWriter.text(value))\(isOwn ? "" : " by KX")",
                .refused("token-header")
            ) { bench in
                try bench.token(
                    header: [name: value], by: isOwn ? bench.forge.k1 : bench.forge.kx)
            }
        }
    }

    private static let published: [TokenAttack] = [
        "eyJhbGciOiJFUzM4NCIsImtpZCI6IksxIiwidHlwIjoiYXQrand0IiwiY3JpdCI6WyJleHAiXX0",
        "eyJhbGciOiJFUzM4NCIsImtpZCI6IksxIiwiY3JpdCI6WyJiNjQiXSwiYjY0IjpmYWxzZX0",
    ].enumerated().flatMap { (number: Int, header: String) in
        let id = number == 0 ? "JWT-14" : "JWT-15"
        return [
            TokenAttack(id, "the published header", .refused("token-header")) { bench in
                try bench.signed(raw: header, bench.encode(bench.payloadText))
            },
            TokenAttack(id, "the published header, raw", .refused("token-header")) { bench in
                try bench.signed(raw: header, "{\"sub\":\"u-unverified\"}")
            },
            // With dots in it, it has not even three parts.
            TokenAttack(id, "raw with dots", .refused("token-malformed")) { bench in
                try bench.signed(raw: header, bench.payloadText)
            },
        ]
    }

    private static let compressed: [TokenAttack] = [1 << 10, 1 << 19].map { size in
        TokenAttack("JWT-42", "\(size) bytes, compressed", .refused("token-header")) { bench in
            let bomb = GzipBomb.bytes(unpackingTo: size).dropFirst(10).dropLast(8)
            return try bench.signed(
                raw: bench.encode("{\"zip\":\"DEF\"," + bench.headerText.dropFirst()),
                Base64URL.encode(Array(bomb)))
        }
    }
}
