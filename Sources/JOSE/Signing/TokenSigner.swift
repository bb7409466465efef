package import Cryptography
package import Documents
package import Values

/// Signs tokens as Logto does: for the emulator and for tests. The gateway never signs.
package struct TokenSigner: Sendable {
    /// The key that signs.
    package let key: PrivateKey
    /// The `alg` written in the header: the key's own.
    package let algorithm: SignatureAlgorithm
    /// The `kid` written in the header.
    package let keyID: KeyID

    /// A signer.
    ///
    /// - Parameters:
    ///   - algorithm: by default the key's own; signing with any other throws.
    ///   - keyID: by default the thumbprint of the key.
    package init(key: PrivateKey, algorithm: SignatureAlgorithm? = nil, keyID: KeyID? = nil) {
        self.key = key
        self.algorithm = algorithm ?? key.algorithm
        self.keyID = keyID ?? key.publicKey.thumbprint
    }

    /// A compact JWS of the claims, with `alg`, `typ` (where given) and `kid` in its header.
    ///
    /// - Parameter type: `at+jwt` for an access token, `logout+jwt` for a logout token, nil for an
    ///   ID token as Logto issues it.
    package func sign(
        claims: JSONObject, type: String? = "at+jwt"
    ) throws(CryptographyFailure) -> String {
        var header: JSONObject = ["alg": .string(algorithm.rawValue)]
        if let type { header["typ"] = .string(type) }
        header["kid"] = .string(keyID.text)
        return try sign(header: JSONWriter.write(header), payload: JSONWriter.write(claims))
    }

    /// A compact JWS of exactly these bytes, whatever they are: for tests of what must be refused.
    package func sign(
        header: [UInt8], payload: [UInt8]
    ) throws(CryptographyFailure) -> String {
        let input = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(try signature(of: Array(input.utf8)))
    }

    /// The signature of a signing input.
    package func signature(of input: [UInt8]) throws(CryptographyFailure) -> [UInt8] {
        try key.sign(input, algorithm: algorithm)
    }
}
