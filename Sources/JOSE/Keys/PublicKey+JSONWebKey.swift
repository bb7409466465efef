package import Cryptography
package import Documents
package import Values

extension PublicKey {
    /// The name of the key by its material: the SHA-256 thumbprint of RFC 7638 (and RFC 8037 § 2),
    /// 43 characters. Logto uses it as `kid`.
    package var thumbprint: KeyID {
        let members: JSONObject =
            switch components {
            case .ellipticCurve(let curve, let x, let y):
                [
                    "crv": .string(curve.rawValue), "kty": "EC",
                    "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y)),
                ]
            case .ed25519(let bytes):
                ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.encode(bytes))]
            case .rsa(let modulus, let exponent):
                [
                    "e": .string(Base64URL.encode(exponent)), "kty": "RSA",
                    "n": .string(Base64URL.encode(modulus)),
                ]
            }
        return KeyID(Base64URL.encode(SHA256.hash(JSONWriter.write(members))))
    }

    /// The key as a member of a key set (RFC 7517).
    ///
    /// - Parameters:
    ///   - keyID: the `kid`; by default the thumbprint.
    ///   - namesAlgorithm: whether `alg` is written; by default for every key but one of RS256, as
    ///     Logto does.
    package func jsonWebKey(keyID: KeyID? = nil, namesAlgorithm: Bool? = nil) -> JSONObject {
        var key: JSONObject
        let namesByDefault: Bool
        switch components {
        case .ellipticCurve(let curve, let x, let y):
            key = [
                "kty": "EC", "crv": .string(curve.rawValue),
                "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y)),
            ]
            namesByDefault = true
        case .ed25519(let bytes):
            key = ["kty": "OKP", "crv": "Ed25519", "x": .string(Base64URL.encode(bytes))]
            namesByDefault = true
        case .rsa(let modulus, let exponent):
            key = [
                "kty": "RSA", "n": .string(Base64URL.encode(modulus)),
                "e": .string(Base64URL.encode(exponent)),
            ]
            namesByDefault = algorithm != .rs256
        }
        key["use"] = "sig"
        key["kid"] = .string((keyID ?? thumbprint).text)
        if namesAlgorithm ?? namesByDefault { key["alg"] = .string(algorithm.rawValue) }
        return key
    }
}
