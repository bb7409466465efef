/// What a public key is made of, as a JWK writes it: big-endian numbers.
package enum PublicKeyComponents: Hashable, Sendable {
    /// A point on a curve; both coordinates have the curve's full length.
    case ellipticCurve(EllipticCurve, x: [UInt8], y: [UInt8])
    /// The 32 bytes of an Ed25519 key, as RFC 8032 § 5.1.2 encodes its point.
    case ed25519([UInt8])
    /// Modulus and exponent, without leading zero bytes.
    case rsa(modulus: [UInt8], exponent: [UInt8])
}
