import Cryptography
import Documents
import JOSE
import Values

/// The fixtures of the attack cases: issuer `https://logto.test/oidc` with the keys K1 (ES384) and
/// R1 (RS256), an attacker's key KX that calls itself K1, the time T.
enum Issuer {
    static let name = "https://logto.test/oidc"
    static let api = "https://api.test"
    static let t: Int64 = 1_790_000_000
    static let now = UnixTime(seconds: t)

    static let k1 = signer(.p384, "K1")
    static let kx = signer(.p384, "K1")
    static let p256 = signer(.p256, "P256")
    static let p521 = signer(.p521, "P521")
    static let r1 = signer(.rsa(bits: 2048), "R1")

    static let h0: JSONObject = ["alg": "ES384", "kid": "K1", "typ": "at+jwt"]
    static let p0: JSONObject = [
        "iss": .string(name), "sub": "u1", "aud": "urn:logto:organization:orgA",
        "client_id": "app1", "scope": "billing:read", "iat": .integer(t - 10),
        "exp": .integer(t + 3600), "jti": "j1",
    ]

    static let keys = KeySet(
        [k1, p256, p521, r1].compactMap { $0 }.map { ($0.keyID, $0.key.publicKey) })
    static let configuration = TrustConfiguration(issuers: [name], audiences: [api])
    static let trust = TrustSnapshot(
        configuration: configuration, keys: [name: keys], generation: 1)

    private static func signer(_ kind: PrivateKey.Kind, _ id: String) -> TokenSigner? {
        (try? PrivateKey.generate(kind)).map { TokenSigner(key: $0, keyID: KeyID(id)) }
    }

    /// `J(h, p, k)`: `h` and `p` are members put over H0 and P0; nil removes one.
    static func token(
        header: [String: JSONValue?] = [:], payload: [String: JSONValue?] = [:],
        by signer: TokenSigner? = k1
    ) throws -> String {
        try token(
            header: JSONWriter.text(.object(h0.with(header))),
            payload: JSONWriter.text(.object(p0.with(payload))), by: signer)
    }

    /// A validly signed token of exactly these texts.
    static func token(
        header: String, payload: String, by signer: TokenSigner? = k1
    ) throws -> String {
        guard let signer else { throw CryptographyFailure.unavailable }
        return try signer.sign(header: Array(header.utf8), payload: Array(payload.utf8))
    }

    /// Accepts or throws the rejection.
    @discardableResult
    static func verify(
        _ token: String, trust: TrustSnapshot = trust, now: UnixTime = now
    ) throws -> VerifiedToken {
        try TokenVerifier(trust: trust).verify(Array(token.utf8).span, now: now)
    }

    /// The code of the refusal, or "accepted".
    static func code(
        _ token: String, trust: TrustSnapshot = trust, now: UnixTime = now
    ) -> String {
        rejection(token, trust: trust, now: now)?.code ?? "accepted"
    }

    /// The refusal, or nil where the token is accepted.
    static func rejection(
        _ token: String, trust: TrustSnapshot = trust, now: UnixTime = now
    ) -> TokenRejection? {
        do throws(TokenRejection) {
            _ = try TokenVerifier(trust: trust).verify(Array(token.utf8).span, now: now)
            return nil
        } catch {
            return error
        }
    }

    /// A snapshot with another configuration and the same keys.
    static func trusting(_ change: (inout TrustConfiguration) -> Void) -> TrustSnapshot {
        var changed = configuration
        change(&changed)
        return TrustSnapshot(configuration: changed, keys: [name: keys], generation: 2)
    }
}

extension JSONObject {
    /// The object with members replaced, added, or removed by nil.
    func with(_ changes: [String: JSONValue?]) -> JSONObject {
        var result = self
        for (name, value) in changes { result[name] = value }
        return result
    }
}

extension String {
    /// The bytes in base64url.
    var base64URL: String { Base64URL.encode(Array(utf8)) }
    /// The parts of a compact token.
    var parts: [String] {
        split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}
