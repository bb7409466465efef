import Cryptography
import Documents
package import Values

/// The one way from a token's bytes to a `VerifiedToken`.
///
/// Checks run from cheap to dear, so that a flood of bad tokens costs little: size and shape,
/// header, claims, key, and last the signature. A key is asked for only for a token that is
/// otherwise in order.
package struct TokenVerifier: Sendable {
    /// What tokens are checked against.
    package let trust: TrustSnapshot

    /// A verifier for one snapshot.
    package init(trust: TrustSnapshot) {
        self.trust = trust
    }

    /// Checks everything.
    ///
    /// - Parameter now: the wall clock, read once per request or tick.
    /// - Throws: the first thing that is wrong.
    package func verify(
        _ token: Span<UInt8>, now: UnixTime
    ) throws(TokenRejection) -> VerifiedToken {
        try screen(token, now: now).verify()
    }

    /// Checks everything but the signature: microseconds, where the signature of a curve takes
    /// hundreds. What comes back can be handed to another thread.
    package func screen(
        _ token: Span<UInt8>, now: UnixTime
    ) throws(TokenRejection) -> ScreenedToken {
        let parts = try UnverifiedToken(token)
        let header = try AcceptedHeader(
            parts.header(in: token), configuration: trust.configuration)
        let signature = try parts.signature(in: token)
        let claims = try AcceptedClaims(
            parts.payload(in: token), configuration: trust.configuration, now: now)
        let key = try key(for: header, issuer: claims.issuer)
        return ScreenedToken(
            bytes: Array(copying: token),
            claims: claims,
            keyID: header.keyID,
            key: key,
            signature: signature,
            signedCount: parts.signedCount,
            trust: trust
        )
    }

    private func key(
        for header: AcceptedHeader, issuer: String
    ) throws(TokenRejection) -> PublicKey {
        guard let keys = trust.keys(of: issuer) else { throw .issuerUnavailable(issuer: issuer) }
        return try Self.key(header.keyID, header.algorithm, among: keys, of: issuer)
    }

    /// The key of that name of that issuer: another issuer's key of the same name is none (JWT-45).
    static func key(
        _ keyID: KeyID, _ algorithm: SignatureAlgorithm, among keys: KeySet, of issuer: String
    ) throws(TokenRejection) -> PublicKey {
        guard let key = keys[keyID] else { throw .unknownKey(keyID, issuer: issuer) }
        // SECURITY: the key says which algorithm it is for; the header only has to agree (RFC 8725
        // § 3.1).
        guard key.algorithm == algorithm else { throw .algorithm(.notOfKey) }
        return key
    }

    /// Whether the key made the signature.
    static func check(
        _ signature: Span<UInt8>, of input: Span<UInt8>, by key: PublicKey
    ) throws(TokenRejection) {
        guard key.isValid(signature: signature, of: input) else { throw .signature }
    }
}
