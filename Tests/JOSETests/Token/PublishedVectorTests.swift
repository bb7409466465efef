import Cryptography
import Testing
import Values

/// The signatures printed in RFC 7515, appendices A.2 to A.4, in RFC 7520 §§ 4.1 to 4.3 and in
/// RFC 8037, appendix A.4. The numbers are facts of the RFCs.
@Suite struct PublishedVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: @Sendable () throws -> PublicKey
        let input: String
        let signature: String
    }

    private static let joe =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let frodo =
        "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlv"
        + "dXIgZG9vci4gWW91IHN0ZXAgb250by"
        + "B0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcm"
        + "XigJlzIG5vIGtub3dpbmcgd2hlcmUg"
        + "eW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"

    private static func curve(
        _ curve: EllipticCurve, _ x: String, _ y: String
    ) -> @Sendable () throws -> PublicKey {
        { try PublicKey(curve: curve, x: try bytes(x), y: try bytes(y)) }
    }

    private static func rsa(
        _ modulus: String, _ algorithm: SignatureAlgorithm = .rs256
    ) -> @Sendable () throws -> PublicKey {
        {
            try PublicKey(
                rsaModulus: try bytes(modulus), exponent: [1, 0, 1], algorithm: algorithm)
        }
    }

    /// The RSA key of RFC 7520 § 3.4.
    private static let bilbo =
        "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRoj"
        + "dNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2l"
        + "bzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6c"
        + "S6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3"
        + "-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwU"
        + "kRz5iaiQkqgc5gHdrNP5zw"

    private static func bytes(_ text: String) throws -> [UInt8] {
        try #require(Base64URL.decode(text))
    }

    static let vectors = [
        Vector(
            testDescription: "RFC 7515 A.2 RS256",
            key: rsa(
                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp"
                    + "-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
                    + "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb"
                    + "_7OMg0LOL-bSf63kpaSHSX"
                    + "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD"
                    + "Zlxvb3qCo5ZwKh9kG4LT6_"
                    + "I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW"
                    + "9gb54h4FRWyuXpoQ"
            ),
            input: "eyJhbGciOiJSUzI1NiJ9." + joe,
            signature:
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
                + "AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
                + "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWz"
                + "O75vRK5h6xBArLIARNPvkSjtQB"
                + "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES"
                + "c6BfI7noOPqvhJ1phCnvWh6IeY"
                + "I2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlU"
                + "PQGe77Rw"),
        Vector(
            testDescription: "RFC 7515 A.3 ES256",
            key: curve(
                .p256, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
            input: "eyJhbGciOiJFUzI1NiJ9." + joe,
            signature:
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
                + "pmWQxfKTUJqPP3-Kg6NU1Q"
        ),
        Vector(
            testDescription: "RFC 7515 A.4 ES512",
            key: curve(
                .p521,
                "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvL"
                    + "FV1jSfS9tsz4qUxcWceqwQGk",
                "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4K"
                    + "kd0AZMaZmh9ubmf63e3kyMj2"
            ),
            input: "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
            signature:
                "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZq"
                + "wqT2SI-KGDKB34XO0aw_7XdtAG"
                + "8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmx"
                + "YbSW9ERBXukOXolLzeO_Jn"
        ),
        Vector(
            testDescription: "RFC 7520 4.1 RS256",
            key: rsa(bilbo),
            input:
                "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhh"
                + "bXBsZSJ9." + frodo,
            signature:
                "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZo"
                + "pdHM1O2U4mwzJdQx996ivp83xu"
                + "glII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iY"
                + "Th_qHRD68BNt1uSNCrUCTJDt5a"
                + "AE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGd"
                + "jluPxUAhb6L2aXic1U12podGU0"
                + "KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y"
                + "18kDquDg"),
        Vector(
            testDescription: "RFC 7520 4.2 PS384",
            key: rsa(bilbo, .ps384),
            input:
                "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhh"
                + "bXBsZSJ9." + frodo,
            signature:
                "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN"
                + "6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvW"
                + "Xzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ij"
                + "Q7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6ui"
                + "P1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmW"
                + "jwZ6oD4ifKo8DYM-X72Eaw"),
        Vector(
            testDescription: "RFC 8037 A.4 EdDSA",
            key: {
                try PublicKey(
                    ed25519: try bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
            },
            input: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            signature:
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
                + "hVsPt9g7sVvpAr_MuM0KAg"),
        Vector(
            testDescription: "RFC 7520 4.3 ES512",
            key: curve(
                .p521,
                "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqv"
                    + "jyekWF-7ytDyRXYgCF5cj0Kt",
                "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgD"
                    + "PrwQrJmbnX9cwlGfP-HqHZR1"
            ),
            input:
                "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhh"
                + "bXBsZSJ9." + frodo,
            signature:
                "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9"
                + "Plon7KRTzoNEuT4Va2cmL1eJAQy3"
                + "mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6"
                + "sFY8OcGDqoRuBomu9xQ2"
        ),
    ]

    @Test(arguments: vectors)
    func `a published signature verifies, and no longer when changed`(_ vector: Vector) throws {
        let plain = try vector.key()
        let signature = try Self.bytes(vector.signature)
        let input = Array(vector.input.utf8)
        for key in [plain, plain.precomputed()] {
            #expect(key.isValid(signature: signature, of: input))
            #expect(!key.isValid(signature: signature, of: input + [0x20]))
            for index in stride(from: 0, to: signature.count, by: 11) {
                var changed = signature
                changed[index] ^= 4
                #expect(!key.isValid(signature: changed, of: input))
            }
        }
    }
}
