import Cryptography
import Documents
import JOSE
import Testing
import Values

/// Attacks on form and header.
@Suite struct HeaderAttackTests {
    @Test func `the fixture's token is accepted`() throws {
        let token = try Issuer.verify(try Issuer.token())
        #expect(token.subject == UserID("u1"))
        #expect(token.organization == OrganizationID("orgA"))
        #expect(token.audience == .organization)
        #expect(token.kind == .user)
        #expect(token.client == ClientID("app1"))
        #expect(token.scopes == ["billing:read"])
        #expect(token.issuer == Issuer.name)
        #expect(token.issuedAt == UnixTime(seconds: Issuer.t - 10))
        #expect(token.expiresAt == UnixTime(seconds: Issuer.t + 3600))
        #expect(token.tokenID == "j1")
        #expect(token.keyID == KeyID("K1"))
    }

    @Test func `each algorithm is verified`() throws {
        for signer in [Issuer.k1, Issuer.p256, Issuer.p521, Issuer.r1] {
            let signer = try #require(signer)
            let token = try signer.sign(claims: Issuer.p0)
            #expect(Issuer.code(token) == "accepted")
        }
    }

    @Test(arguments: ["none", "NONE", "nOnE", "None", ""], [".", ""])
    func `JWT-01 algorithm none is refused`(_ name: String, _ end: String) {
        let header = "{\"alg\":\"\(name)\"}".base64URL
        #expect(Issuer.code("\(header).eyJzdWIiOiJ1MSJ9\(end)") == "token-algorithm")
    }

    @Test func `JWT-02 none with a real signature is refused`() throws {
        let signature = try Issuer.token().parts[2]
        let payload = JSONWriter.text(.object(Issuer.p0)).base64URL
        let header = "{\"alg\":\"none\",\"kid\":\"K1\"}".base64URL
        #expect(Issuer.code("\(header).\(payload).\(signature)") == "token-algorithm")
    }

    @Test func `JWT-03 an empty signature is refused`() throws {
        let parts = try Issuer.token().parts
        #expect(Issuer.code("\(parts[0]).\(parts[1]).") == "token-malformed")
        #expect(Issuer.code("\(parts[0]).\(parts[1])") == "token-malformed")
    }

    @Test func `JWT-05 a public key is never an HMAC secret`() throws {
        let key = try #require(Issuer.k1).key.publicKey
        guard case .ellipticCurve(_, let x, let y) = key.components else {
            Issue.record("K1 is on no curve")
            return
        }
        let header = "{\"alg\":\"HS256\",\"kid\":\"K1\",\"typ\":\"at+jwt\"}".base64URL
        let input = header + "." + JSONWriter.text(.object(Issuer.p0)).base64URL
        for secret in [JSONWriter.write(.object(key.jsonWebKey())), [4] + x + y, x, []] {
            let code = HMACSHA256.authenticate(Array(input.utf8), key: secret)
            #expect(Issuer.code(input + "." + Base64URL.encode(code)) == "token-algorithm")
        }
    }

    @Test func `JWT-07 an algorithm that is not the key's is refused`() throws {
        for algorithm in ["PS256", "RS384", "RS512", "EdDSA", "HS256", "ES256K", "es384", "ES384 "]
        {
            let token = try Issuer.token(
                header: ["alg": .string(algorithm), "kid": "R1"], by: Issuer.r1)
            #expect(Issuer.code(token) == "token-algorithm")
        }
        for (algorithm, key) in [
            ("ES256", "K1"), ("RS256", "K1"), ("ES384", "R1"), ("ES512", "P256"),
        ] {
            let token = try Issuer.token(header: ["alg": .string(algorithm), "kid": .string(key)])
            #expect(Issuer.rejection(token) == .algorithm(.notOfKey))
        }
    }

    @Test func `JWT-07 an algorithm that is not configured is refused`() throws {
        let trust = Issuer.trusting { $0.algorithms = [.es256] }
        #expect(Issuer.rejection(try Issuer.token(), trust: trust) == .algorithm(.notAccepted))
    }

    @Test func `JWT-08 a key without alg takes none from the token`() throws {
        let key = try #require(Issuer.k1).key.publicKey
        let entry = key.jsonWebKey(keyID: KeyID("K1"), namesAlgorithm: false)
        let (keys, _) = try KeySet.parse(JSONWriter.write(["keys": [.object(entry)]] as JSONValue))
        let trust = TrustSnapshot(
            configuration: Issuer.configuration, keys: [Issuer.name: keys], generation: 1)
        #expect(Issuer.code(try Issuer.token(), trust: trust) == "accepted")
        for algorithm in ["HS256", "RS256", "ES256", "ES512"] {
            let token = try Issuer.token(header: ["alg": .string(algorithm)])
            #expect(Issuer.code(token, trust: trust) == "token-algorithm")
        }
    }

    @Test func `JWT-09 a token without kid is refused without a fetch`() throws {
        let token = try Issuer.token(header: ["kid": nil])
        // `.noKeyID` names no key, so that nobody can fetch one for it.
        #expect(Issuer.rejection(token) == .noKeyID)
        #expect(Issuer.code(token) == "token-unknown-key")
    }

    @Test(arguments: [1, true, "", "a b", "K1\n", .array(["K1"]), nil] as [JSONValue])
    func `a kid that is no proper text is refused`(_ value: JSONValue) throws {
        let token = try Issuer.token(header: ["kid": value])
        #expect(Issuer.rejection(token) == .header(.keyID))
    }

    @Test func `a missing or odd alg is refused`() throws {
        for value in [nil, 1, .some(nil as JSONValue), .array(["ES384"])] as [JSONValue?] {
            #expect(
                Issuer.rejection(try Issuer.token(header: ["alg": value])) == .algorithm(.missing))
        }
    }

    @Test(
        arguments: [
            ("jwk", ["kty": "EC"]), ("jwk", nil), ("jku", "http://127.0.0.1:9999/k"),
            ("x5u", "http://127.0.0.1:9999/k"), ("x5c", ["MIIB"]), ("x5t", "abc"),
            ("x5t#S256", "abc"),
            ("crit", ["exp"]), ("crit", []), ("crit", "exp"), ("crit", ["alg"]),
            ("crit", ["x", "x"]),
            ("crit", ["absent"]), ("crit", nil), ("b64", false), ("b64", true), ("zip", "DEF"),
        ] as [(String, JSONValue)])
    func `JWT-11 JWT-12 JWT-13 JWT-14 JWT-15 JWT-42 keys, addresses and extensions are refused`(
        _ name: String, _ value: JSONValue
    ) throws {
        #expect(Issuer.code(try Issuer.token(header: [name: value])) == "token-header")
        #expect(
            Issuer.code(try Issuer.token(header: [name: value], by: Issuer.kx)) == "token-header")
    }

    @Test func `JWT-15 an unencoded payload is refused`() throws {
        let header = Issuer.h0.with(["crit": ["b64"], "b64": false])
        let first = JSONWriter.text(.object(header)).base64URL
        #expect(Issuer.code("\(first).{}.AAAA") == "token-header")
    }

    @Test func `JWT-18 a token beyond 8 KiB is refused before anything is decoded`() throws {
        let header = try Issuer.token().parts[0]
        for token in [
            String(repeating: "A", count: 8193), String(repeating: ".", count: 1_000_000),
            String(repeating: "a", count: 1 << 20),
            String(repeating: "e", count: 102_400) + ".e30.AA",
            header + "." + String(repeating: "A", count: 65_536) + ".AA",
        ] {
            #expect(Issuer.rejection(token) == .malformed(.tooLong))
        }
        let padded = try Issuer.token(
            payload: ["pad": .string(String(repeating: "x", count: 5500))])
        #expect(padded.utf8.count <= 8192)
        #expect(Issuer.code(padded) == "accepted")
    }

    @Test func `JWT-19 only canonical base64url is read`() throws {
        let good = try Issuer.token()
        for index in 0..<3 {
            for change in ["=", "==", " ", "\t", "%3D", "?", "\n", "+", "/"] {
                var parts = good.parts
                parts[index] += change
                #expect(Issuer.code(parts.joined(separator: ".")) == "token-malformed")
                parts = good.parts
                parts[index] = change + parts[index]
                #expect(Issuer.code(parts.joined(separator: ".")) == "token-malformed")
            }
        }
        for (from, to) in [("-", "+"), ("_", "/")] {
            var token = good
            // Some token among a few has the character.
            for _ in 0..<20 where !token.contains(from) { token = try Issuer.token() }
            let changed = token.replacing(from, with: to, maxReplacements: 1)
            #expect(Issuer.code(changed) == "token-malformed")
        }
    }

    @Test func `JWT-19 a last character with other unused bits is refused`() throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for filler in ["", "x", "xx"] {
            let parts = try Issuer.token(header: ["z": .string(filler)]).parts
            guard parts[0].utf8.count % 4 != 0, let last = parts[0].last,
                let value = alphabet.firstIndex(of: last)
            else { continue }
            let token =
                parts[0].dropLast() + String(alphabet[value + 1]) + "."
                + parts[1] + "." + parts[2]
            #expect(Issuer.code(String(token)) == "token-malformed")
        }
    }

    @Test func `JWT-20 an encrypted token is refused by its shape`() {
        let token = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA"
        #expect(Issuer.rejection(token) == .malformed(.encrypted))
        #expect(Issuer.code(token) == "token-malformed")
    }

    @Test(arguments: ["", ".", "..", "...", "....", ".....", "a.b.c.d", "e30..", ".e30.", "..e30"])
    func `odd shapes are refused`(_ text: String) {
        #expect(["token-malformed", "token-json", "token-algorithm"].contains(Issuer.code(text)))
    }

    @Test func `JWT-29 the spellings of at+jwt`() throws {
        for type in ["at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/AT+JWT"] {
            #expect(Issuer.code(try Issuer.token(header: ["typ": .string(type)])) == "accepted")
        }
        for type in [
            "at+jwt;v=1", ["at+jwt"], "at jwt", "", "at+jwt ", " at+jwt", "application/", nil, 1,
            "application/application/at+jwt", "text/at+jwt", "at+jw\u{212A}", "JWT", "jose",
        ] as [JSONValue] {
            #expect(Issuer.code(try Issuer.token(header: ["typ": type])) == "token-type")
        }
        #expect(
            Issuer.rejection(try Issuer.token(header: ["typ": nil])) == .type(.missing))
    }

    @Test(arguments: [
        "logout+jwt", "dpop+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "JWT",
        "secevent+jwt",
    ])
    func `JWT-30 other tokens of the issuer are refused`(_ type: String) throws {
        let token = try Issuer.token(
            header: ["typ": .string(type)], payload: ["events": ["e": [:]]])
        #expect(Issuer.code(token) == "token-type")
    }

    @Test func `JWT-31 an opaque token is refused with advice`() {
        let opaque = "VelVh5qxiwMEjwpj9EPvaTjX33VCC0pNKPH4ESiyne5"
        #expect(Issuer.rejection(opaque) == .malformed(.opaque))
        #expect("\(TokenRejection.malformed(.opaque))" == "opaque token: request a resource")
        #expect(TokenRejection.malformed(.opaque).hint != nil)
        #expect(Issuer.rejection("pat_0123456789") == .malformed(.personalAccessToken))
        #expect(Issuer.rejection("sub_0123456789") == .malformed(.subjectToken))
        #expect(Issuer.code("pat_0123456789") == "token-malformed")
        #expect(Issuer.rejection("not a token") == .malformed(.notThreeParts))
    }
}
