import Cryptography
import Values

/// A token of which only the signature is unchecked. It owns its bytes, so that another thread can
/// check them. `TokenVerifier.screen` alone makes one.
package struct ScreenedToken: Sendable {
    /// The whole token.
    package let bytes: [UInt8]
    /// The snapshot it was looked at with.
    package let trust: TrustSnapshot
    private let claims: AcceptedClaims
    private let keyID: KeyID
    private let key: PublicKey
    private let signature: [UInt8]
    private let signedCount: Int

    init(
        bytes: [UInt8], claims: AcceptedClaims, keyID: KeyID, key: PublicKey, signature: [UInt8],
        signedCount: Int, trust: TrustSnapshot
    ) {
        self.bytes = bytes
        self.claims = claims
        self.keyID = keyID
        self.key = key
        self.signature = signature
        self.signedCount = signedCount
        self.trust = trust
    }

    /// What the check of the signature takes, by what its key took when it was made ready.
    package var cost: Duration { key.verificationCost }

    /// Checks the signature.
    package func verify() throws(TokenRejection) -> VerifiedToken {
        try TokenVerifier.check(
            signature.span, of: bytes.span.extracting(0..<signedCount), by: key)
        return VerifiedToken(
            claims: claims, keyID: keyID, key: key, configuration: trust.configuration)
    }

    /// Whether what a check of the other says holds for this one as well: the same bytes, under the
    /// same key and configuration.
    package func isSame(as other: ScreenedToken) -> Bool {
        trust.lineage == other.trust.lineage && keyID == other.keyID && key == other.key
            && bytes.span.isSame(as: other.bytes.span)
    }
}
