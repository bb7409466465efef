package import Documents
import Cryptography
import JOSE
import Values

/// Signs tokens as Logto does, with a key of its own, for tests that run a whole program.
package struct TokenMint: Sendable {
    /// The issuer that its tokens name unless told otherwise.
    package static let issuer = "https://logto.test/oidc"
    /// The API resource that its tokens are for unless told otherwise.
    package static let audience = "https://api.test"

    private let signer: TokenSigner

    /// A mint with a new P-384 key.
    package init() throws {
        let key = try PrivateKey.generate(.p384)
        signer = TokenSigner(key: key, keyID: key.publicKey.thumbprint)
    }

    /// The key set as an issuer serves it.
    package var keySet: String {
        JSONWriter.text(["keys": [.object(signer.key.publicKey.jsonWebKey())]])
    }

    /// A token issued at a time, good for an hour.
    ///
    /// - Parameter changes: claims that are replaced or added; nil removes one.
    package func token(
        issuedAt: Int64, _ changes: [String: JSONValue?] = [:]
    ) throws -> String {
        var claims: JSONObject = [
            "jti": "j1", "sub": "u1", "iat": .integer(issuedAt), "exp": .integer(issuedAt + 3600),
            "scope": "read:orders write:orders", "client_id": "app1",
            "iss": .string(Self.issuer), "aud": .string(Self.audience),
        ]
        for (name, value) in changes { claims[name] = value }
        return try signer.sign(claims: claims)
    }
}
