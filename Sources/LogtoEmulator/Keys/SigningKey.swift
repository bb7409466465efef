import Cryptography
import Documents
import JOSE
import Values

/// A key of the tenant, with what stands about it in the key set.
struct SigningKey: Sendable {
    /// Names the key in the Management API.
    let id: String
    let createdAt: UnixTime
    private let signer: TokenSigner

    /// Makes a new key.
    init(_ kind: PrivateKey.Kind, id: String, now: UnixTime) throws(CryptographyFailure) {
        self.id = id
        createdAt = now
        signer = TokenSigner(key: try PrivateKey.generate(kind))
    }

    /// RFC 7638 thumbprint: names the key in tokens and in the key set.
    var keyID: String { signer.keyID.text }

    /// The name of the algorithm that the key signs with.
    var algorithm: String { signer.algorithm.rawValue }

    /// The entry of the key set.
    var jwk: JSONValue { .object(signer.key.publicKey.jsonWebKey()) }

    /// A token with these claims.
    func sign(_ claims: JSONObject, type: String?) throws(CryptographyFailure) -> String {
        try signer.sign(claims: claims, type: type)
    }

    /// Whether the signature over this text is the key's.
    func isValid(signature: [UInt8], of text: String) -> Bool {
        signer.key.publicKey.isValid(signature: signature, of: Array(text.utf8))
    }
}

/// The keys of a tenant: one signs, at most one waits, at most one is no longer used.
struct KeyRing: Sendable {
    private(set) var current: SigningKey
    private(set) var next: (key: SigningKey, effectiveAt: UnixTime)?
    private(set) var previous: SigningKey?

    /// A ring of one key.
    init(_ key: SigningKey) {
        current = key
    }

    /// The keys in the order of the key set: current, next, previous.
    var published: [SigningKey] {
        [current] + (next.map { [$0.key] } ?? []) + (previous.map { [$0] } ?? [])
    }

    /// The key of a name.
    func key(_ keyID: String) -> SigningKey? {
        published.first { $0.keyID.isExactly(keyID) }
    }

    /// A new key signs from now on; the old one is still published, an older one no more.
    mutating func rotate(to key: SigningKey) {
        previous = current
        current = key
        next = nil
    }

    /// A new key is published, and signs from a later time on.
    mutating func stage(_ key: SigningKey, effectiveAt: UnixTime) {
        next = (key, effectiveAt)
    }

    /// Takes the key that is no longer used out of the key set.
    mutating func dropPrevious() {
        previous = nil
    }

    /// Makes a waiting key the current one when its time has come.
    mutating func advance(to now: UnixTime) {
        if let waiting = next, waiting.effectiveAt <= now { rotate(to: waiting.key) }
    }
}
