import Cryptography
import Documents
import JOSE
import Testing
import Values

/// The key says which algorithm counts, for every kind of key.
@Suite struct KeyAlgorithmTests {
    private static let rsaAlgorithms: [SignatureAlgorithm] = [
        .rs256, .rs384, .rs512, .ps256, .ps384, .ps512,
    ]
    private static let ed25519 = try? PrivateKey.generate(.ed25519)
    private static let rsa: [SignatureAlgorithm: PrivateKey] = Dictionary(
        uniqueKeysWithValues: rsaAlgorithms.compactMap { algorithm in
            (try? PrivateKey.generate(.rsa(bits: 2048, algorithm: algorithm)))
                .map { (algorithm, $0) }
        })

    private func parse(_ entry: JSONObject) throws -> PublicKey {
        let document = JSONWriter.write(["keys": .array([.object(entry)])] as JSONValue)
        return try #require(try KeySet.parse(document).keys.entries.first).key
    }

    private func reason(_ entry: JSONObject) throws -> KeyProblem.Reason? {
        let document = JSONWriter.write(["keys": .array([.object(entry)])] as JSONValue)
        let failure = try #require(throws: KeySetFailure.self) { try KeySet.parse(document) }
        guard case .noUsableKey(let problems) = failure else { return nil }
        return problems.first?.reason
    }

    /// A snapshot that trusts this key alone, by every algorithm.
    private func trust(_ key: PublicKey) -> TrustSnapshot {
        var configuration = Issuer.configuration
        configuration.algorithms = SignatureAlgorithm.allCases
        return TrustSnapshot(
            configuration: configuration,
            keys: [Issuer.name: KeySet([(KeyID("K1"), key)])], generation: 1)
    }

    @Test(arguments: rsaAlgorithms)
    func `an RSA key is for the algorithm that its alg names`(
        _ algorithm: SignatureAlgorithm
    ) throws {
        let key = try #require(Self.rsa[algorithm]).publicKey
        let entry = key.jsonWebKey(namesAlgorithm: true)
        #expect(entry["alg"] == .string(algorithm.rawValue))
        #expect(try parse(entry) == key)
    }

    @Test func `JWT-08 an RSA key without alg is for RS256 alone`() throws {
        for algorithm in Self.rsaAlgorithms {
            let key = try #require(Self.rsa[algorithm])
            let entry = key.publicKey.jsonWebKey().with(["alg": nil])
            let parsed = try parse(entry)
            #expect(parsed.algorithm == .rs256)
            let signer = TokenSigner(key: key, keyID: KeyID("K1"))
            let token = try Issuer.token(header: ["alg": .string(algorithm.rawValue)], by: signer)
            #expect(
                Issuer.code(token, trust: trust(parsed))
                    == (algorithm == .rs256 ? "accepted" : "token-algorithm"))
        }
    }

    @Test func `JWT-08 keys without alg get their algorithm from their curve`() throws {
        for kind in [PrivateKey.Kind.p256, .p384, .p521, .ed25519] {
            let key = try PrivateKey.generate(kind).publicKey
            #expect(try parse(key.jsonWebKey(namesAlgorithm: false)) == key)
        }
    }

    @Test func `a set names the algorithm of every key but one of RS256`() throws {
        for algorithm in Self.rsaAlgorithms {
            let entry = try #require(Self.rsa[algorithm]).publicKey.jsonWebKey()
            #expect((entry["alg"] != nil) == (algorithm != .rs256))
        }
        let entry = try #require(Self.ed25519).publicKey.jsonWebKey()
        #expect(Set(entry.names) == ["kty", "use", "kid", "alg", "crv", "x"])
        #expect(entry["kty"] == "OKP")
        #expect(entry["alg"] == "EdDSA")
    }

    /// Every algorithm, each with a key that is for it.
    private func allKeys() throws -> [PrivateKey] {
        try [PrivateKey.Kind.p256, .p384, .p521, .ed25519].map { try PrivateKey.generate($0) }
            + Self.rsaAlgorithms.compactMap { Self.rsa[$0] }
    }

    @Test func `a token by each algorithm is accepted under its key`() throws {
        for key in try allKeys() {
            let signer = TokenSigner(key: key, keyID: KeyID("K1"))
            let token = try signer.sign(claims: Issuer.p0)
            for publicKey in [key.publicKey, key.publicKey.precomputed()] {
                #expect(Issuer.code(token, trust: trust(publicKey)) == "accepted")
            }
        }
    }

    @Test func `JWT-07 a header with another algorithm than the key's is refused`() throws {
        for key in try allKeys() {
            let signer = TokenSigner(key: key, keyID: KeyID("K1"))
            for algorithm in SignatureAlgorithm.allCases where algorithm != key.algorithm {
                let token = try Issuer.token(
                    header: ["alg": .string(algorithm.rawValue)], by: signer)
                #expect(
                    Issuer.code(token, trust: trust(key.publicKey)) == "token-algorithm",
                    "\(algorithm) under \(key.algorithm)")
            }
        }
    }

    @Test func `an algorithm that is not configured is refused although the key is for it`() throws
    {
        for key in try allKeys() {
            let signer = TokenSigner(key: key, keyID: KeyID("K1"))
            let snapshot = TrustSnapshot(
                configuration: Issuer.configuration,
                keys: [Issuer.name: KeySet([(KeyID("K1"), key.publicKey)])], generation: 1)
            let isDefault = SignatureAlgorithm.acceptedByDefault.contains(key.algorithm)
            #expect(
                Issuer.code(try signer.sign(claims: Issuer.p0), trust: snapshot)
                    == (isDefault ? "accepted" : "token-algorithm"))
        }
    }

    @Test func `KEY-07 an RSA key with an alg that is not RSA's is refused`() throws {
        let entry = try #require(Self.rsa[.rs256]).publicKey.jsonWebKey()
        for name in ["ES256", "EdDSA", "HS256", "none", "rs256", "RS256 ", "RSA-OAEP", ""] {
            #expect(try reason(entry.with(["alg": .string(name)])) == .unsupportedAlgorithm)
        }
        #expect(try reason(entry.with(["alg": ["RS256"]])) == .unsupportedAlgorithm)
        #expect(try reason(entry.with(["alg": .null])) == .unsupportedAlgorithm)
    }

    @Test func `KEY-07 a bad Ed25519 key is refused`() throws {
        let entry = try #require(Self.ed25519).publicKey.jsonWebKey()
        #expect(try reason(entry.with(["crv": "X25519"])) == .unknownCurve)
        #expect(try reason(entry.with(["crv": "Ed448"])) == .unknownCurve)
        #expect(try reason(entry.with(["crv": "ed25519"])) == .unknownCurve)
        #expect(try reason(entry.with(["crv": nil])) == .unknownCurve)
        #expect(try reason(entry.with(["crv": "P-256"])) == .unknownCurve)
        #expect(try reason(entry.with(["x": nil])) == .badNumber)
        #expect(try reason(entry.with(["x": "A+/="])) == .badNumber)
        #expect(
            try reason(entry.with(["x": "AA"]))
                == .quality(.coordinateLength(expected: 32, found: 1)))
        #expect(try reason(entry.with(["alg": "ES256"])) == .unsupportedAlgorithm)
        #expect(try reason(entry.with(["alg": "Ed25519"])) == .unsupportedAlgorithm)
        #expect(try reason(entry.with(["use": "enc"])) == .notForSignatures)
        #expect(try reason(entry.with(["kty": "EC"])) == .unknownCurve)
    }

    @Test func `KEY-06 an Ed25519 entry with its secret is refused`() throws {
        let entry = try #require(Self.ed25519).publicKey.jsonWebKey()
        #expect(try reason(entry.with(["d": "AAAA"])) == .secretKey)
        #expect(try reason(entry.with(["d": .null])) == .secretKey)
    }

    @Test func `KEY-10 an Ed25519 point of small order or off the curve is refused`() throws {
        let entry = try #require(Self.ed25519).publicKey.jsonWebKey()
        let zero = [UInt8](repeating: 0, count: 31)
        let one = JSONValue.string(Base64URL.encode([1] + zero))
        let two = JSONValue.string(Base64URL.encode([2] + zero))
        let beyond = JSONValue.string(Base64URL.encode([UInt8](repeating: 0xFF, count: 32)))
        #expect(try reason(entry.with(["x": one])) == .quality(.smallOrder))
        #expect(try reason(entry.with(["x": two])) == .quality(.notAnEd25519Point))
        #expect(try reason(entry.with(["x": beyond])) == .quality(.notAnEd25519Point))
    }

    @Test func `KEY-09 the quality rules hold for every algorithm of RSA`() throws {
        for algorithm in Self.rsaAlgorithms {
            let entry = try #require(Self.rsa[algorithm]).publicKey.jsonWebKey()
            let weak = JSONValue.string(Base64URL.encode([UInt8](repeating: 0xAB, count: 128)))
            #expect(try reason(entry.with(["n": weak])) == .quality(.modulusBits(1024)))
            #expect(try reason(entry.with(["e": "Aw"])) == .quality(.exponentNotF4))
        }
    }

    @Test func `KEY-05 of two entries with one kid neither is used, whatever their kinds`() throws {
        let ed25519 = try #require(Self.ed25519).publicKey.jsonWebKey(keyID: KeyID("K"))
        let pss = try #require(Self.rsa[.ps256]).publicKey.jsonWebKey(keyID: KeyID("K"))
        let document = JSONWriter.write(
            ["keys": .array([.object(ed25519), .object(pss)])] as JSONValue)
        #expect(throws: KeySetFailure.self) { try KeySet.parse(document) }
    }

    @Test func `the same modulus for two algorithms is two keys`() throws {
        let key = try #require(Self.rsa[.ps256]).publicKey
        guard case .rsa(let modulus, let exponent) = key.components else {
            Issue.record("the key is no RSA key")
            return
        }
        let other = try PublicKey(rsaModulus: modulus, exponent: exponent)
        #expect(other != key)
        #expect(other.thumbprint == key.thumbprint)
    }

    /// RFC 7517, appendix A.1: a curve's key that is not for signatures, and an RSA key.
    @Test func `the public keys of RFC 7517 are read`() throws {
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP"
            + "FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl9"
            + "3lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
            + "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
            + "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        let curve: JSONObject = [
            "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "enc", "kid": "1",
        ]
        let rsa: JSONObject = [
            "kty": "RSA", "n": .string(modulus), "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        ]
        let document = JSONWriter.write(
            ["keys": .array([.object(curve), .object(rsa)])] as JSONValue)
        let (keys, problems) = try KeySet.parse(document)
        #expect(keys.entries.map(\.id) == [KeyID("2011-04-29")])
        #expect(keys.entries.first?.key.algorithm == .rs256)
        #expect(problems.map(\.reason) == [.notForSignatures])
        #expect(try parse(curve.with(["use": nil])).algorithm == .es256)
    }

    /// RFC 8037, appendices A.2 and A.3.
    @Test func `the key of RFC 8037 is read and has its thumbprint`() throws {
        let key = try parse([
            "kty": "OKP", "crv": "Ed25519", "kid": "E",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ])
        #expect(key.algorithm == .eddsa)
        #expect(key.thumbprint == KeyID("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"))
    }
}
