/// Why key material is not used. Weak or malformed keys are refused when they are loaded, so that
/// no token is ever checked against one.
package enum KeyRejection: Error, Hashable, Sendable {
    /// A coordinate has not the length of its curve (RFC 7518 § 6.2.1.2).
    case coordinateLength(expected: Int, found: Int)
    /// The point is not on its curve, or is the point at infinity.
    case pointNotOnCurve(EllipticCurve)
    /// The bytes of an Ed25519 key are no point of its curve, or not in the one encoding of it.
    case notAnEd25519Point
    /// The point of an Ed25519 key has a small order: one signature would fit many messages.
    case smallOrder
    /// The algorithm that the key is to have is not one of its kind.
    case algorithmNotOfKey
    /// The RSA modulus is outside 2,048 to 4,096 bits.
    case modulusBits(Int)
    /// The RSA modulus is even or has a small prime factor.
    case modulusHasSmallFactor(Int)
    /// The RSA modulus carries the fingerprint of the ROCA generator, whose keys can be factored.
    case modulusIsROCA
    /// The RSA exponent is not 65,537.
    case exponentNotF4
    /// A number begins with a zero byte, which RFC 7518 § 6.3.1 forbids.
    case leadingZero
    /// libcrypto refused the key for a reason of its own.
    case refusedByLibrary

    /// One sentence for an operator. It holds nothing that the key set's author chose but numbers.
    package var description: String {
        switch self {
        case .coordinateLength(let expected, let found):
            "a coordinate has \(found) bytes where the curve needs \(expected)"
        case .pointNotOnCurve(let curve): "the point is not on \(curve.rawValue)"
        case .notAnEd25519Point: "the bytes are no point of Ed25519 in its one encoding"
        case .smallOrder: "the point has a small order"
        case .algorithmNotOfKey: "the algorithm is not one of this kind of key"
        case .modulusBits(let bits): "the modulus has \(bits) bits; 2048 to 4096 are accepted"
        case .modulusHasSmallFactor(let prime): "the modulus is divisible by \(prime)"
        case .modulusIsROCA: "the modulus comes from a generator whose keys can be factored (ROCA)"
        case .exponentNotF4: "the exponent is not 65537"
        case .leadingZero: "a number begins with a zero byte"
        case .refusedByLibrary: "libcrypto refuses the key"
        }
    }
}
