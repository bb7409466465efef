/// How a signature is computed: what stands behind the name of an algorithm.
enum SignatureScheme: Sendable {
    /// ECDSA with the curve's one digest (RFC 7518 § 3.4).
    case ecdsa(EllipticCurve)
    /// RSA with a padding and a digest (RFC 7518 §§ 3.3, 3.5).
    case rsa(RSAPadding, HashFunction)
    /// Ed25519 (RFC 8032), which signs the message itself.
    case ed25519
}

/// The form of what an RSA key signs (RFC 8017).
enum RSAPadding: Sendable {
    /// EMSA-PKCS1-v1_5.
    case pkcs1
    /// EMSA-PSS; mask and message have one digest and the salt has its length, as RFC 7518 § 3.5
    /// asks.
    case pss
}
