/// What a public key is made of, as a JWK writes it: big-endian numbers.
package enum PublicKeyComponents: Hashable, Sendable {
    /// A point on a curve; both coordinates have the curve's full length.
    case ellipticCurve(EllipticCurve, x: [UInt8], y: [UInt8])
    /// Modulus and exponent, without leading zero bytes.
    case rsa(modulus: [UInt8], exponent: [UInt8])
}
