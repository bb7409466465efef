import Cryptography
import Documents
import JOSE
import Testing
import Values

@Suite struct KeySetTests {
    private func jwk(_ signer: TokenSigner?, _ changes: [String: JSONValue?] = [:]) throws
        -> JSONValue
    {
        let signer = try #require(signer)
        return .object(signer.key.publicKey.jsonWebKey(keyID: signer.keyID).with(changes))
    }

    private func parse(_ entries: [JSONValue]) throws -> (keys: KeySet, problems: [KeyProblem]) {
        try KeySet.parse(JSONWriter.write(["keys": .array(entries)] as JSONValue))
    }

    private func names(_ entries: [JSONValue]) throws -> [String] {
        try parse(entries).keys.entries.map(\.id.text)
    }

    /// The reason for which an entry is skipped beside a good one.
    private func reason(_ entry: JSONValue) throws -> KeyProblem.Reason? {
        let (keys, problems) = try parse([try jwk(Issuer.k1), entry])
        #expect(keys.entries.map(\.id.text) == ["K1"])
        #expect(problems.count == 1)
        #expect(problems.first?.index == 1)
        return problems.first?.reason
    }

    @Test func `a key set like Logto's is read`() throws {
        let (keys, problems) = try parse([try jwk(Issuer.k1), try jwk(Issuer.r1)])
        #expect(problems.isEmpty)
        #expect(keys[KeyID("K1")] == Issuer.k1?.key.publicKey)
        #expect(keys[KeyID("R1")]?.algorithm == .rs256)
        #expect(keys[KeyID("k1")] == nil)
        #expect(keys[KeyID("")] == nil)
    }

    @Test func `unknown members are ignored`() throws {
        let document = JSONWriter.write(
            ["keys": [try jwk(Issuer.k1, ["x5c": ["MII"], "new": [1]])], "next": true] as JSONValue)
        #expect(try KeySet.parse(document).keys.entries.count == 1)
    }

    @Test func `KEY-05 of two entries with one kid neither is used`() throws {
        let other = try jwk(Issuer.kx)
        let (keys, problems) = try parse([try jwk(Issuer.k1), try jwk(Issuer.r1), other])
        #expect(keys.entries.map(\.id.text) == ["R1"])
        #expect(problems.map(\.reason) == [.duplicateKeyID, .duplicateKeyID])
        #expect(problems.map(\.keyID) == ["K1", "K1"])
        #expect(problems.map(\.index) == [0, 2])
        #expect(problems.allSatisfy { $0.isError })
    }

    @Test func `KEY-05 a bad entry of the same kid takes the good one with it`() throws {
        let bad = try jwk(Issuer.kx, ["crv": "P-999"])
        #expect(try names([try jwk(Issuer.k1), bad, try jwk(Issuer.r1)]) == ["R1"])
    }

    @Test func `KEY-05 the same key twice is a duplicate too`() throws {
        let key = try #require(Issuer.k1).key.publicKey
        #expect(KeySet([(KeyID("K1"), key), (KeyID("K1"), key)]).entries.isEmpty)
    }

    @Test func `KEY-06 secret keys in a set are ignored and reported as errors`() throws {
        let entries: [JSONValue] = [
            ["kty": "oct", "kid": "S", "k": "AAAA"], ["kty": "oct", "kid": "S", "alg": "HS256"],
            try jwk(Issuer.p256, ["d": "AAAA"]), try jwk(Issuer.r1, ["d": "AAAA"]),
            try jwk(Issuer.r1, ["p": "AAAA"]), try jwk(Issuer.p256, ["k": nil as JSONValue]),
        ]
        for entry in entries {
            let (keys, problems) = try parse([try jwk(Issuer.k1), entry])
            #expect(keys.entries.map(\.id.text) == ["K1"])
            #expect(problems.map(\.reason) == [.secretKey])
            #expect(problems.allSatisfy { $0.isError })
        }
    }

    @Test func `KEY-07 a bad entry leaves the good ones`() throws {
        #expect(try reason("x") == .notAnObject)
        #expect(try reason([:]) == .noKeyID)
        #expect(try reason(["kid": "E"]) == .unknownType)
        #expect(try reason(try jwk(Issuer.p256, ["kid": nil])) == .noKeyID)
        #expect(try reason(try jwk(Issuer.p256, ["kid": ""])) == .noKeyID)
        #expect(try reason(try jwk(Issuer.p256, ["kid": 1])) == .noKeyID)
        #expect(try reason(try jwk(Issuer.p256, ["kid": "a\nb"])) == .noKeyID)
        #expect(try reason(try jwk(Issuer.p256, ["crv": "secp256k1"])) == .unknownCurve)
        #expect(try reason(try jwk(Issuer.p256, ["x": nil])) == .badNumber)
        #expect(try reason(try jwk(Issuer.p256, ["x": "A+/="])) == .badNumber)
        #expect(try reason(try jwk(Issuer.p256, ["y": 1])) == .badNumber)
        #expect(try reason(try jwk(Issuer.r1, ["n": ""])) == .quality(.leadingZero))
        #expect(try reason(try jwk(Issuer.p256, ["use": "enc"])) == .notForSignatures)
        #expect(try reason(try jwk(Issuer.p256, ["use": 1])) == .notForSignatures)
        #expect(try reason(try jwk(Issuer.p256, ["key_ops": ["sign"]])) == .notForSignatures)
        #expect(try reason(try jwk(Issuer.p256, ["alg": "ES384"])) == .unsupportedAlgorithm)
        #expect(try reason(try jwk(Issuer.p256, ["alg": "ECDH-ES"])) == .unsupportedAlgorithm)
        #expect(try reason(try jwk(Issuer.r1, ["alg": "RSA-OAEP"])) == .unsupportedAlgorithm)
        #expect(try reason(try jwk(Issuer.r1, ["alg": nil as JSONValue])) == .unsupportedAlgorithm)
    }

    @Test func `KEY-07 short coordinates are refused`() throws {
        let short = JSONValue.string(Base64URL.encode([UInt8](repeating: 1, count: 31)))
        #expect(
            try reason(try jwk(Issuer.p256, ["x": short]))
                == .quality(.coordinateLength(expected: 32, found: 31)))
    }

    @Test func `KEY-09 weak RSA keys are refused`() throws {
        let weak = JSONValue.string(Base64URL.encode([UInt8](repeating: 0xAB, count: 128)))
        #expect(try reason(try jwk(Issuer.r1, ["n": weak])) == .quality(.modulusBits(1024)))
        #expect(try reason(try jwk(Issuer.r1, ["e": "Aw"])) == .quality(.exponentNotF4))
        #expect(try reason(try jwk(Issuer.r1, ["e": "AAEAAQ"])) == .quality(.leadingZero))
    }

    @Test func `KEY-10 points off the curve are refused`() throws {
        let zero = JSONValue.string(Base64URL.encode([UInt8](repeating: 0, count: 32)))
        #expect(
            try reason(try jwk(Issuer.p256, ["x": zero, "y": zero]))
                == .quality(.pointNotOnCurve(.p256)))
        #expect(
            try reason(try jwk(Issuer.k1, ["kid": "K2", "crv": "P-256"]))
                == .quality(.coordinateLength(expected: 32, found: 48)))
    }

    @Test func `key_ops and use that allow verification are accepted`() throws {
        let entry = try jwk(Issuer.p256, ["key_ops": ["verify"], "use": nil])
        #expect(try names([entry]) == ["P256"])
        #expect(try names([try jwk(Issuer.r1, ["alg": "RS256"])]) == ["R1"])
    }

    @Test func `KEY-11 size, number and depth are bounded`() throws {
        let space = [UInt8](repeating: 0x20, count: KeySet.maximumBytes)
        #expect(throws: KeySetFailure.tooLong) { try KeySet.parse(space + [0x20]) }
        let entry = try jwk(Issuer.k1)
        #expect(throws: KeySetFailure.tooManyKeys(65)) {
            try parse([JSONValue](repeating: entry, count: 65))
        }
        let deep = Array((String(repeating: "[", count: 10_000)).utf8)
        #expect(throws: KeySetFailure.self) { try KeySet.parse(deep) }
    }

    @Test(arguments: ["{}", "[]", "{\"keys\":{}}", "{\"keys\":null}", "\"x\"", "1"])
    func `KEY-13 a document that is no key set is a failure`(_ text: String) {
        #expect(throws: KeySetFailure.notAKeySet) { try KeySet.parse(Array(text.utf8)) }
    }

    @Test(arguments: ["", "{\"keys\":[", "<html>", "{\"keys\":[],\"keys\":[]}"])
    func `KEY-13 a document that is not JSON is a failure`(_ text: String) throws {
        let failure = try #require(throws: KeySetFailure.self) {
            try KeySet.parse(Array(text.utf8))
        }
        guard case .notJSON = failure else {
            Issue.record("\(failure)")
            return
        }
    }

    @Test func `KEY-13 a set without a usable key is a failure`() {
        #expect(throws: KeySetFailure.noUsableKey([])) { try parse([]) }
        #expect(throws: KeySetFailure.self) { try parse([["kty": "oct", "kid": "S", "k": "AA"]]) }
    }

    @Test func `sets are equal by names and material, not by order`() throws {
        let k1 = try #require(Issuer.k1).key.publicKey
        let r1 = try #require(Issuer.r1).key.publicKey
        let kx = try #require(Issuer.kx).key.publicKey
        let one = KeySet([(KeyID("K1"), k1), (KeyID("R1"), r1)])
        #expect(one == KeySet([(KeyID("R1"), r1), (KeyID("K1"), k1)]))
        #expect(one != KeySet([(KeyID("K1"), kx), (KeyID("R1"), r1)]))
        #expect(one != KeySet([(KeyID("K1"), k1)]))
    }

    @Test func `problems have codes and sentences of their own`() {
        let reasons: [KeyProblem.Reason] = [
            .notAnObject, .noKeyID, .duplicateKeyID, .secretKey, .unknownType, .unknownCurve,
            .notForSignatures, .unsupportedAlgorithm, .badNumber, .quality(.exponentNotF4),
        ]
        let problems = reasons.map { KeyProblem(index: 0, keyID: nil, reason: $0) }
        #expect(Set(problems.map(\.code)).count == reasons.count)
        #expect(Set(problems.map(\.description)).count == reasons.count)
    }

    @Test func `no document stops the process`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let good = JSONWriter.write(
            ["keys": [try jwk(Issuer.k1), try jwk(Issuer.r1)]] as JSONValue)
        var parsed = 0
        for _ in 0..<500 {
            let document = Mutation.mutated(good, using: &random)
            if (try? KeySet.parse(document)) != nil { parsed += 1 }
        }
        #expect(parsed < 500, "seed \(seed)")
    }
}
