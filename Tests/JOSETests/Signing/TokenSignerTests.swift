import Cryptography
import Documents
import JOSE
import Testing
import Values

@Suite struct TokenSignerTests {
    /// RFC 7638 § 3.1: the key is that of RFC 7517, the thumbprint is the RFC's.
    @Test func `the thumbprint of RFC 7638 is found again`() throws {
        let modulus = try #require(
            Base64URL.decode(
                "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP"
                    + "FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl9"
                    + "3lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
                    + "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
                    + "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
            ))
        let exponent = try #require(Base64URL.decode("AQAB"))
        let key = try PublicKey(rsaModulus: modulus, exponent: exponent)
        #expect(key.thumbprint == KeyID("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"))
    }

    @Test func `a token has the header of Logto and verifies under its key`() throws {
        let signer = TokenSigner(key: try PrivateKey.generate(.p384))
        let token = try signer.sign(claims: ["sub": "u1"])
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        #expect(parts.count == 3)
        let header = try JSONReader.read(try #require(Base64URL.decode(parts[0])))
        #expect(
            header == ["alg": "ES384", "typ": "at+jwt", "kid": .string(signer.keyID.text)])
        #expect(
            signer.key.publicKey.isValid(
                signature: try #require(Base64URL.decode(parts[2])),
                of: Array((parts[0] + "." + parts[1]).utf8)))
    }

    @Test func `a token without type has no typ`() throws {
        let signer = TokenSigner(key: try PrivateKey.generate(.p256), keyID: KeyID("K1"))
        let token = try signer.sign(claims: [:], type: nil)
        let first = String(token.prefix { $0 != "." })
        #expect(
            try JSONReader.read(try #require(Base64URL.decode(first)))
                == ["alg": "ES256", "kid": "K1"])
    }

    @Test func `a signer does not sign by an algorithm that is not the key's`() throws {
        let signer = TokenSigner(key: try PrivateKey.generate(.p384), algorithm: .es256)
        #expect(throws: CryptographyFailure.algorithmNotOfKey) { try signer.sign(claims: [:]) }
    }

    @Test func `a key is exported with the members that Logto serves`() throws {
        let key = try PrivateKey.generate(.p384).publicKey
        #expect(
            Set(key.jsonWebKey().names) == ["kty", "use", "kid", "alg", "crv", "x", "y"])
        #expect(key.jsonWebKey()["alg"] == "ES384")
        #expect(key.jsonWebKey(keyID: KeyID("K1"))["kid"] == "K1")
        #expect(key.jsonWebKey(namesAlgorithm: false)["alg"] == nil)
        let rsa = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
        #expect(Set(rsa.jsonWebKey().names) == ["kty", "use", "kid", "n", "e"])
    }
}
