import Cryptography
import Documents
import JOSE
import TestSupport
import Testing
import Values

/// Attacks with the exact bytes that are known for them.
@Suite struct ExactInputTests {
    private static let payload = JSONWriter.text(.object(Issuer.p0))

    private func secrets() throws -> [[UInt8]] {
        TokenForge.secrets(of: try #require(Issuer.k1))
    }

    @Test func `JWT-05 no form of a public key is an HMAC secret`() throws {
        let secrets = try secrets()
        #expect(secrets.count == 9)
        for algorithm in ["HS256", "HS384", "HS512"] {
            let header =
                "{\"alg\":\"\(algorithm)\",\"kid\":\"K1\",\"typ\":\"at+jwt\"}".base64URL
            let input = header + "." + Self.payload.base64URL
            for secret in secrets {
                let code = HMACSHA256.authenticate(Array(input.utf8), key: secret)
                let token = input + "." + Base64URL.encode(code)
                #expect(Issuer.rejection(token) == .algorithm(.notAccepted))
            }
        }
    }

    @Test func `JWT-06 what stands before a key set does not turn its keys into secrets`() throws {
        let key = try #require(Issuer.k1).key.publicKey
        let set = JSONWriter.text(["keys": [.object(key.jsonWebKey(keyID: KeyID("K1")))]])
        #expect(throws: KeySetFailure.self) {
            try KeySet.parse([0xEF, 0xBB, 0xBF] + Array(set.utf8))
        }
        let keys = try KeySet.parse(Array("\n\(set)".utf8)).keys
        let trust = TrustSnapshot(
            configuration: Issuer.configuration, keys: [Issuer.name: keys], generation: 1)
        #expect(Issuer.code(try Issuer.token(), trust: trust) == "accepted")
        let header = "{\"alg\":\"HS256\",\"kid\":\"K1\",\"typ\":\"at+jwt\"}".base64URL
        let input = header + "." + Self.payload.base64URL
        for secret in try secrets() + [Array("\n\(set)".utf8)] {
            let code = HMACSHA256.authenticate(Array(input.utf8), key: secret)
            #expect(
                Issuer.code(input + "." + Base64URL.encode(code), trust: trust)
                    == "token-algorithm")
        }
    }

    @Test func `JWT-07 an algorithm of the key's family is another algorithm`() throws {
        let all = Issuer.trusting { $0.algorithms = SignatureAlgorithm.allCases }
        for algorithm in SignatureAlgorithm.allCases where algorithm != .rs256 {
            let token = try Issuer.token(
                header: ["alg": .string(algorithm.rawValue), "kid": "R1"], by: Issuer.r1)
            #expect(Issuer.rejection(token, trust: all) == .algorithm(.notOfKey))
        }
        for algorithm in SignatureAlgorithm.allCases where algorithm != .es384 {
            let token = try Issuer.token(header: ["alg": .string(algorithm.rawValue)])
            #expect(Issuer.rejection(token, trust: all) == .algorithm(.notOfKey))
        }
    }

    @Test func `JWT-11 the key that a token brings is not used`() throws {
        let own = try #require(Issuer.kx)
        for key in [own.key.publicKey, try #require(Issuer.k1).key.publicKey] {
            let token = try Issuer.token(
                header: ["jwk": .object(key.jsonWebKey(keyID: KeyID("K1")))], by: own)
            #expect(Issuer.rejection(token) == .header(.embeddedKey))
        }
    }

    @Test(arguments: [
        (
            "eyJhbGciOiJFUzM4NCIsImtpZCI6IksxIiwidHlwIjoiYXQrand0IiwiY3JpdCI6WyJleHAiXX0",
            TokenRejection.HeaderFault.critical
        ),
        (
            "eyJhbGciOiJFUzM4NCIsImtpZCI6IksxIiwiY3JpdCI6WyJiNjQiXSwiYjY0IjpmYWxzZX0",
            TokenRejection.HeaderFault.critical
        ),
    ])
    func `JWT-14 JWT-15 the published headers are refused, validly signed`(
        _ header: String, _ fault: TokenRejection.HeaderFault
    ) throws {
        let signer = try #require(Issuer.k1)
        // The second kind of payload is the one of RFC 7797: raw, and without dots.
        for payload in [Self.payload.base64URL, "{\"sub\":\"u1\"}", "$02"] {
            let input = "\(header).\(payload)"
            let signature = try signer.signature(of: Array(input.utf8))
            #expect(
                Issuer.rejection(input + "." + Base64URL.encode(signature)) == .header(fault))
        }
        // Raw and with dots it has not even three parts.
        let dotted = "\(header).\(Self.payload)"
        let signature = try signer.signature(of: Array(dotted.utf8))
        #expect(
            Issuer.code(dotted + "." + Base64URL.encode(signature)) == "token-malformed")
    }

    @Test func `JWT-19 nothing put anywhere into a token leaves it the same token`() throws {
        let good = Array(try Issuer.token().utf8)
        let cache = TokenCache(capacity: 4, maxBytes: 1 << 20, seed: (1, 2))
        cache.insert(
            good.span, try Issuer.verify(String(decoding: good, as: UTF8.self)),
            trust: Issuer.trust, now: Issuer.now)
        for index in 0...good.count {
            for text in ["=", " ", "\t", "\n", "%3D", "?", "+", "/"] {
                var changed = good
                changed.insert(contentsOf: Array(text.utf8), at: index)
                #expect(
                    Issuer.code(String(decoding: changed, as: UTF8.self)) == "token-malformed")
                #expect(cache.entry(changed, trust: Issuer.trust, now: Issuer.now) == nil)
            }
        }
        #expect(cache.entry(good, trust: Issuer.trust, now: Issuer.now) != nil)
    }

    @Test func `JWT-35 the mirrored signature verifies, and is another token to the cache`() throws
    {
        let token = try Issuer.token()
        let signature = try #require(Base64URL.decode(token.parts[2]))
        let other =
            "\(token.parts[0]).\(token.parts[1])."
            + Base64URL.encode(TokenAttack.mirrored(signature))
        #expect(other != token)
        let verified = try Issuer.verify(other)
        #expect(verified.tokenID == "j1")
        let cache = TokenCache(capacity: 4, maxBytes: 1 << 20, seed: (1, 2))
        cache.insert(
            Array(token.utf8).span, try Issuer.verify(token), trust: Issuer.trust,
            now: Issuer.now)
        #expect(cache.entry(Array(other.utf8), trust: Issuer.trust, now: Issuer.now) == nil)
        #expect(cache.entry(Array(token.utf8), trust: Issuer.trust, now: Issuer.now) != nil)
    }

    @Test func `JWT-38 the same laxity is refused in a header`() throws {
        let header = JSONWriter.text(.object(Issuer.h0))
        for members in [
            "\"x\":\"\\ud800\"", "\"x\":\"\\u0000\"", "'x':1", "\"x\":1 /* c */", "\"x\":1,",
            "\"alg\":\"ES384\"", "\"\\u0061lg\":\"none\"", "\"x\":{\"a\":1,\"a\":2}",
        ] {
            let text = "{" + members + "," + header.dropFirst()
            #expect(
                Issuer.rejection(try Issuer.token(header: text, payload: Self.payload))
                    == .json(.header))
        }
        let signer = try #require(Issuer.k1)
        let good = Array(header.utf8)
        for bytes in [[0xEF, 0xBB, 0xBF] + good, good + good, good + [0x20, 0x78]] {
            let token = try signer.sign(header: bytes, payload: Array(Self.payload.utf8))
            #expect(Issuer.rejection(token) == .json(.header))
        }
    }

    @Test func `JWT-39 an empty part is no object`() throws {
        let parts = try Issuer.token().parts
        #expect(Issuer.rejection(".\(parts[1]).\(parts[2])") == .json(.header))
        #expect(Issuer.rejection("\(parts[0])..\(parts[2])") == .json(.payload))
    }
}
