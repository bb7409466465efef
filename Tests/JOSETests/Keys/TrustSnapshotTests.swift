import Cryptography
import Documents
import JOSE
import Testing
import Values

@Suite struct TrustSnapshotTests {
    private let other = "https://id.acme.example/oidc"

    private func trust(_ keys: [String: KeySet]) -> TrustSnapshot {
        TrustSnapshot(
            configuration: TrustConfiguration(
                issuers: [Issuer.name, other], audiences: [Issuer.api]),
            keys: keys, generation: 1)
    }

    private func set(_ signer: TokenSigner?) throws -> KeySet {
        let signer = try #require(signer)
        return KeySet([(signer.keyID, signer.key.publicKey)])
    }

    @Test func `JWT-45 a key belongs to its issuer alone`() throws {
        let trust = trust([Issuer.name: try set(Issuer.k1), other: try set(Issuer.kx)])
        let mine = try Issuer.token()
        let theirs = try Issuer.token(payload: ["iss": .string(other)], by: Issuer.kx)
        #expect(Issuer.code(mine, trust: trust) == "accepted")
        #expect(Issuer.code(theirs, trust: trust) == "accepted")
        let crossed = try Issuer.token(by: Issuer.kx)
        #expect(Issuer.rejection(crossed, trust: trust) == .signature)
        let foreign = try Issuer.token(
            header: ["kid": "R1", "alg": "RS256"], payload: ["iss": .string(other)], by: Issuer.r1)
        #expect(
            Issuer.rejection(foreign, trust: trust) == .unknownKey(KeyID("R1"), issuer: other))
    }

    @Test func `an unknown key is named, so that it can be looked for`() throws {
        let token = try Issuer.token(header: ["kid": "K9"])
        #expect(Issuer.rejection(token) == .unknownKey(KeyID("K9"), issuer: Issuer.name))
        #expect(Issuer.code(token) == "token-unknown-key")
    }

    @Test func `a key is looked for only for a token that is otherwise in order`() throws {
        let unknown = ["kid": "K9"] as [String: JSONValue?]
        for (changes, code) in [
            (["exp": 1], "token-expired"), (["aud": "x"], "token-audience"),
            (["sub": ""], "token-claims"), (["iss": "x"], "token-issuer"),
        ] as [([String: JSONValue?], String)] {
            #expect(Issuer.code(try Issuer.token(header: unknown, payload: changes)) == code)
        }
    }

    @Test func `KEY-17 KEY-21 an issuer without keys is unavailable and the other one serves`()
        throws
    {
        let trust = trust([Issuer.name: try set(Issuer.k1)])
        #expect(Issuer.code(try Issuer.token(), trust: trust) == "accepted")
        let token = try Issuer.token(payload: ["iss": .string(other)])
        let rejection = Issuer.rejection(token, trust: trust)
        #expect(rejection == .issuerUnavailable(issuer: other))
        #expect(rejection?.code == "issuer-unavailable")
        #expect(rejection?.blamesToken == false)
        #expect(TokenRejection.signature.blamesToken)
    }

    @Test func `the keys of an issuer that is not configured are not used`() throws {
        let trust = TrustSnapshot(
            configuration: TrustConfiguration(issuers: [other]),
            keys: [Issuer.name: try set(Issuer.k1)], generation: 1)
        #expect(trust.keys(of: Issuer.name) == nil)
        #expect(Issuer.code(try Issuer.token(), trust: trust) == "token-issuer")
    }

    @Test func `KEY-04 the same kid with other material does not verify the old tokens`() throws {
        let replaced = Issuer.trust.replacingKeys(
            [Issuer.name: try set(Issuer.kx)], generation: 2)
        #expect(Issuer.rejection(try Issuer.token(), trust: replaced) == .signature)
        #expect(Issuer.code(try Issuer.token(by: Issuer.kx), trust: replaced) == "accepted")
    }

    @Test func `KEY-21 new keys of one issuer leave the keys of the others alone`() throws {
        let both = trust([Issuer.name: try set(Issuer.k1), other: try set(Issuer.kx)])
        let replaced = both.replacingKeys(
            of: Issuer.name, with: try set(Issuer.kx), generation: 2)
        let theirs = try Issuer.token(payload: ["iss": .string(other)], by: Issuer.kx)
        #expect(Issuer.code(theirs, trust: replaced) == "accepted")
        #expect(Issuer.code(try Issuer.token(by: Issuer.kx), trust: replaced) == "accepted")
        #expect(Issuer.rejection(try Issuer.token(), trust: replaced) == .signature)
        let gone = replaced.replacingKeys(of: Issuer.name, with: nil, generation: 3)
        #expect(gone.generation == 3)
        #expect(Issuer.code(theirs, trust: gone) == "accepted")
        #expect(
            Issuer.rejection(try Issuer.token(), trust: gone)
                == .issuerUnavailable(issuer: Issuer.name))
    }
}
