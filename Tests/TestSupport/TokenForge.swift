import Cryptography
package import Documents
package import JOSE
import Values

/// The fixtures of the attack cases: the issuer `https://logto.test/oidc` with keys K1 (ES384) and
/// R1 (RS256), another trusted issuer whose key is called K1 as well, and the attacker's key KX,
/// which calls itself K1 too.
package struct TokenForge: Sendable {
    /// The issuer of H0 and P0.
    package static let issuer = "https://logto.test/oidc"
    /// Another issuer that is trusted.
    package static let otherIssuer = "https://logto-b.test/oidc"
    /// In every claim of P0 that may be any text: none of it may ever be answered or logged.
    package static let mark = "unverified"

    package let k1: TokenSigner
    package let kx: TokenSigner
    package let r1: TokenSigner
    /// K1 of the other issuer.
    package let otherK1: TokenSigner
    /// Keys of R1's issuer that sign otherwise than their published algorithm, RS256, says.
    package let misused: [TokenSigner]

    package init() throws {
        func signer(_ kind: PrivateKey.Kind, _ name: String) throws -> TokenSigner {
            TokenSigner(key: try PrivateKey.generate(kind), keyID: KeyID(name))
        }
        k1 = try signer(.p384, "K1")
        kx = try signer(.p384, "K1")
        otherK1 = try signer(.p384, "K1")
        r1 = try signer(.rsa(bits: 2048), "R1")
        misused = [
            try signer(.rsa(bits: 2048, algorithm: .ps256), "M0"),
            try signer(.rsa(bits: 2048, algorithm: .rs384), "M1"),
            try signer(.rsa(bits: 2048, algorithm: .rs512), "M2"),
        ]
    }

    /// The set of the issuer, as it is published.
    package var keySet: String {
        let misused = misused.map { signer in
            var entry = signer.key.publicKey.jsonWebKey(keyID: signer.keyID)
            entry["alg"] = "RS256"
            return JSONValue.object(entry)
        }
        return JSONWriter.text(["keys": .array(Self.entries(k1, r1) + misused)])
    }

    /// The set of the other issuer.
    package var otherKeySet: String { Self.set(otherK1) }

    /// A key set of these keys, as an issuer publishes it.
    package static func set(_ signers: TokenSigner...) -> String {
        JSONWriter.text(["keys": .array(signers.flatMap { entries($0) })])
    }

    private static func entries(_ signers: TokenSigner...) -> [JSONValue] {
        signers.map { .object($0.key.publicKey.jsonWebKey(keyID: $0.keyID)) }
    }

    /// The public key of K1 in every form in which it was ever taken for an HMAC secret.
    package var secrets: [[UInt8]] { Self.secrets(of: k1) }

    /// The public key of a signer in every form in which it was ever taken for an HMAC secret.
    package static func secrets(of signer: TokenSigner) -> [[UInt8]] {
        let key = signer.key.publicKey
        guard case .ellipticCurve(_, let x, let y) = key.components else { return [] }
        // SubjectPublicKeyInfo of a P-384 key (RFC 5480) up to the point.
        let prefix: [UInt8] = [
            0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
            0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
        ]
        let der = prefix + [4] + x + y
        let text = base64(der)
        func pem(_ end: String) -> [UInt8] {
            var lines: [String] = []
            var rest = Substring(text)
            while !rest.isEmpty {
                lines.append(String(rest.prefix(64)))
                rest = rest.dropFirst(64)
            }
            let all = ["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----"]
            return Array(all.joined(separator: end).utf8)
        }
        let jwk = JSONWriter.write(.object(key.jsonWebKey(keyID: signer.keyID)))
        return [
            pem("\n"), pem("\n") + [0x0A], pem("\r\n"), pem("\r\n") + [0x0D, 0x0A], der, jwk,
            [4] + x + y, x, Array(text.utf8),
        ]
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// The forge at a time T.
    package func at(_ seconds: Int64) -> Bench { Bench(forge: self, t: seconds) }

    /// Makes tokens of one time.
    package struct Bench: Sendable {
        package let forge: TokenForge
        /// T.
        package let t: Int64

        package var h0: JSONObject { ["alg": "ES384", "kid": "K1", "typ": "at+jwt"] }

        package var p0: JSONObject {
            [
                "iss": .string(TokenForge.issuer), "sub": "u-unverified",
                "aud": "urn:logto:organization:orgA", "client_id": "app-unverified",
                "scope": "read:projects", "iat": .integer(t - 10), "exp": .integer(t + 3600),
                "jti": "j-unverified",
            ]
        }

        package var headerText: String { JSONWriter.text(.object(h0)) }
        package var payloadText: String { JSONWriter.text(.object(p0)) }

        /// `J(h, p, k)`: the members are put over H0 and P0; nil removes one.
        package func token(
            header: [String: JSONValue?] = [:], payload: [String: JSONValue?] = [:],
            by signer: TokenSigner? = nil
        ) throws -> String {
            try signed(text(h0, header), text(p0, payload), by: signer)
        }

        /// A validly signed token of exactly these texts.
        package func signed(
            _ header: String, _ payload: String, by signer: TokenSigner? = nil
        ) throws -> String {
            try (signer ?? forge.k1).sign(
                header: Array(header.utf8), payload: Array(payload.utf8))
        }

        /// A token whose parts are these texts, validly signed as they stand.
        package func signed(raw header: String, _ payload: String) throws -> String {
            let input = "\(header).\(payload)"
            return input + "."
                + Base64URL.encode(try forge.k1.signature(of: Array(input.utf8)))
        }

        /// P0 with one claim given as text, validly signed.
        package func token(claim: String, is text: String) throws -> String {
            let rest = self.text(p0, [claim: nil])
            return try signed(headerText, "{\"\(claim)\":\(text)," + rest.dropFirst())
        }

        /// P0 with more members in front.
        package func token(adding members: String) throws -> String {
            try signed(headerText, "{" + members + "," + payloadText.dropFirst())
        }

        /// P0 under a header with a code made with a secret.
        package func coded(_ secret: [UInt8], algorithm: String = "HS256") -> String {
            let header = "{\"alg\":\"\(algorithm)\",\"kid\":\"K1\",\"typ\":\"at+jwt\"}"
            let input = encode(header) + "." + encode(payloadText)
            return input + "."
                + Base64URL.encode(
                    HMACSHA256.authenticate(Array(input.utf8), key: secret))
        }

        package func encode(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

        /// The parts of a token.
        package func parts(_ token: String) -> [String] {
            token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        }

        private func text(_ object: JSONObject, _ changes: [String: JSONValue?]) -> String {
            var result = object
            for (name, value) in changes { result[name] = value }
            return JSONWriter.text(.object(result))
        }
    }
}
