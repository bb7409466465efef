import Cryptography
import Documents
import JOSE
import System
import TestSupport
import Testing
import Values

@testable import Gateway

/// The rows of the attack page about signing keys, each through a running gateway.
@Suite struct KeyAttackTests {
    private static let unknown = ["token-unknown-key", "keys-refreshing"]

    private func signer(_ name: String, _ kind: PrivateKey.Kind = .p384) throws -> TokenSigner {
        TokenSigner(key: try PrivateKey.generate(kind), keyID: KeyID(name))
    }

    private func entry(_ signer: TokenSigner) -> JSONObject {
        signer.key.publicKey.jsonWebKey(keyID: signer.keyID)
    }

    private func set(_ entries: [JSONObject]) -> String {
        JSONWriter.text(["keys": .array(entries.map { .object($0) })])
    }

    /// An issuer whose set has these entries behind, and before, one that is good.
    private func issuers(_ entries: [JSONObject]) throws -> [KeyIssuer] {
        try [true, false].map { isFirst in
            let good = try signer("good")
            let all = isFirst ? [entry(good)] + entries : entries + [entry(good)]
            let text = set(all)
            return try KeyIssuer(good) { ScriptedServer.json(200, text) }
        }
    }

    /// The good key of each issuer is used, what the others sign is refused.
    private func refuses(
        _ entries: [JSONObject], signedBy signers: [TokenSigner],
        as codes: [String] = unknown
    ) async throws {
        let issuers = try issuers(entries)
        defer { for issuer in issuers { issuer.server.stop() } }
        try await TestSite.discovering(issuers.map(\.name)) { site in
            for issuer in issuers {
                try await site.expectGranted(try issuer.token(), "the good key")
                for signer in signers {
                    try await site.expectRefused(
                        try issuer.token(by: signer), codes, "\(signer.keyID.text)")
                }
                try await site.expectGranted(try issuer.token(), "the good key")
            }
        }
    }

    @Test func `KEY-04 other material under the same name is in force with the next fetch`()
        async throws
    {
        let (old, new) = (try signer("K1"), try signer("K1"))
        let issuer = try KeyIssuer(old)
        defer { issuer.server.stop() }
        try await TestSite.discovering([issuer.name]) { site in
            let known = try issuer.token()
            try await site.expectGranted(known, "before")
            try await site.expectRefused(
                try issuer.token(by: new), ["token-signature"], "not published yet")
            let set = TokenForge.set(new)
            issuer.answerKeys { ScriptedServer.json(200, set) }
            #expect(try await site.send("POST /-/keys/flush", toAdmin: true).status == 200)
            try await site.expectGranted(try issuer.token(by: new), "the new material")
            try await site.expectRefused(known, ["token-signature"], "a token that was cached")
            try await site.expectRefused(try issuer.token(), ["token-signature"], "the old one")
        }
    }

    @Test func `KEY-05 two keys with one name are both unusable`() async throws {
        let (one, two) = (try signer("K1"), try signer("K1"))
        try await refuses([entry(one), entry(two)], signedBy: [one, two])
    }

    @Test func `KEY-06 secret keys in a set are not used`() async throws {
        let leaked = try signer("leaked")
        var entry = entry(leaked)
        entry["d"] = "AAAA"
        let secret: [UInt8] = Array("a secret that everybody can read".utf8)
        let shared: JSONObject = [
            "kty": "oct", "kid": "K1", "k": .string(Base64URL.encode(secret)), "alg": "HS256",
        ]
        try await refuses([entry, shared], signedBy: [leaked])
        let issuers = try issuers([shared])
        defer { for issuer in issuers { issuer.server.stop() } }
        try await TestSite.discovering(issuers.map(\.name)) { site in
            for issuer in issuers {
                let payload = try issuer.token().split(separator: ".")[1]
                let header = Base64URL.encode(
                    Array(#"{"alg":"HS256","kid":"K1","typ":"at+jwt"}"#.utf8))
                let code = HMACSHA256.authenticate(
                    Array("\(header).\(payload)".utf8), key: secret)
                try await site.expectRefused(
                    "\(header).\(payload).\(Base64URL.encode(code))", ["token-algorithm"],
                    "HS256")
            }
        }
    }

    @Test func `KEY-07 a bad entry is skipped, the good one is used`() async throws {
        let nameless = try signer("nameless")
        var (unnamed, short, bad) = (entry(nameless), entry(nameless), entry(nameless))
        unnamed["kid"] = nil
        short["kid"] = "short"
        short["x"] = .string(Base64URL.encode([1, 2, 3]))
        bad["kid"] = "bad"
        bad["x"] = "!!"
        let named = ["short", "bad", "new"].map {
            TokenSigner(key: nameless.key, keyID: KeyID($0))
        }
        try await refuses(
            [unnamed, short, bad, ["kty": "AKP", "kid": "new"]], signedBy: [nameless] + named)
    }

    @Test func `KEY-09 weak keys are not used`() async throws {
        let rsa = try signer("weak", .rsa(bits: 2048))
        func weak(_ bytes: Int, end: UInt8 = 0x0F, exponent: String = "AQAB") -> JSONObject {
            let modulus = [0xC5] + [UInt8](repeating: 0x3B, count: bytes - 2) + [end]
            return [
                "kty": "RSA", "kid": "weak", "alg": "RS256", "e": .string(exponent),
                "n": .string(Base64URL.encode(modulus)),
            ]
        }
        for entry in [
            weak(128), weak(2_048), weak(256, end: 0x0E), weak(256, exponent: "AQ"),
        ] {
            try await refuses([entry], signedBy: [rsa])
        }
        var cubic = entry(rsa)
        cubic["e"] = "Aw"
        try await refuses([cubic], signedBy: [rsa])
    }

    @Test func `KEY-10 points off their curve are not used`() async throws {
        let signer = try signer("point")
        let zero = JSONValue.string(Base64URL.encode([UInt8](repeating: 0, count: 48)))
        let one = JSONValue.string(
            Base64URL.encode([UInt8](repeating: 0, count: 47) + [1]))
        var (origin, off, other) = (entry(signer), entry(signer), entry(signer))
        (origin["x"], origin["y"]) = (zero, zero)
        off["y"] = one
        other["crv"] = "P-256"
        for entry in [origin, off, other] { try await refuses([entry], signedBy: [signer]) }
    }

    @Test func `KEY-15 an issuer whose discovery says something else is not believed`()
        async throws
    {
        let stranger = try KeyIssuer(try signer("K1"))
        defer { stranger.server.stop() }
        let slash = try KeyIssuer(try signer("K1"))
        let elsewhere = try KeyIssuer(stranger.signer)
        defer { for issuer in [slash, elsewhere] { issuer.server.stop() } }
        let (one, two, other) = (slash.name, elsewhere.name, stranger.name)
        slash.answerDiscovery {
            ScriptedServer.json(200, #"{"issuer":"\#(one)/","jwks_uri":"\#(one)/jwks"}"#)
        }
        elsewhere.answerDiscovery {
            ScriptedServer.json(200, #"{"issuer":"\#(two)","jwks_uri":"\#(other)/jwks"}"#)
        }
        try await TestSite.discovering([one, two], unusable: 2) { site in
            for issuer in [slash, elsewhere] {
                _ = await issuer.server.requests(atLeast: 1)
                try await site.expectRefused(
                    try issuer.token(), ["issuer-unavailable"], "\(issuer.name)")
            }
        }
        #expect(stranger.server.connectionCount == 0)
        #expect(!slash.server.requests.contains { $0.target == "/oidc/jwks" })
    }

    @Test(
        .enabled(if: OpenSSLServer.isInstalled),
        arguments: [("localhost", false), ("other.example", false), ("localhost", true)])
    func `KEY-16 an issuer with a bad certificate has no keys`(
        _ name: String, _ isExpired: Bool
    ) async throws {
        let server = try await OpenSSLServer.started(name: name, isExpired: isExpired)
        defer { server.stop() }
        let issuer = "https://localhost:\(server.port)/oidc"
        let signer = try signer("K1")
        try await TestSite.discovering([issuer], unusable: 1) { site in
            let series =
                "gatehouse_keys_fetches_total{issuer=\"\(issuer)\",result=\"peer-untrusted\"}"
            while try await site.metric(series) == 0 { try Task.checkCancellation() }
            try await site.expectRefused(
                try KeyIssuer.token(of: issuer, by: signer), ["issuer-unavailable"], "\(name)")
        }
    }
}
