/// A key that verifies signatures by exactly one algorithm.
///
/// The key fixes the algorithm (RFC 8725 § 3.1): a curve has one, and an RSA key is given one when
/// it is loaded. Nothing that a token says can change it. Only keys that meet the quality rules
/// exist.
package struct PublicKey: Sendable {
    /// The numbers of the key: what its thumbprint is made of and what "the same key" means.
    package let components: PublicKeyComponents
    /// The one algorithm of this key.
    package let algorithm: SignatureAlgorithm
    private let verifier: any SignatureVerifier

    /// An elliptic-curve key from its coordinates (RFC 7518 § 6.2.1), each of the curve's full
    /// length.
    ///
    /// - Throws: `KeyRejection` for a wrong length or a point that is not on the curve.
    package init(curve: EllipticCurve, x: [UInt8], y: [UInt8]) throws(KeyRejection) {
        for coordinate in [x, y] where coordinate.count != curve.coordinateByteCount {
            throw .coordinateLength(expected: curve.coordinateByteCount, found: coordinate.count)
        }
        guard let handle = KeyHandle.ellipticCurve(curve, x: x, y: y) else {
            throw .pointNotOnCurve(curve)
        }
        self.init(
            components: .ellipticCurve(curve, x: x, y: y),
            algorithm: curve.algorithm,
            handle: handle
        )
    }

    /// An RSA key from modulus and exponent (RFC 7518 § 6.3.1), without leading zero bytes.
    ///
    /// - Throws: `KeyRejection` for a modulus outside 2,048 to 4,096 bits, even, with a small
    ///   factor or with the ROCA fingerprint, and for an exponent other than 65,537.
    package init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(KeyRejection) {
        try RSAQuality.check(modulus: modulus, exponent: exponent)
        guard let handle = KeyHandle.rsa(modulus: modulus, exponent: exponent) else {
            throw .refusedByLibrary
        }
        self.init(
            components: .rsa(modulus: modulus, exponent: exponent),
            algorithm: .rs256,
            handle: handle
        )
    }

    init(components: PublicKeyComponents, algorithm: SignatureAlgorithm, handle: KeyHandle) {
        self.components = components
        self.algorithm = algorithm
        verifier =
            switch components {
            case .ellipticCurve(let curve, _, _):
                LibCryptoVerifier(key: handle, form: .ellipticCurve(curve), hash: algorithm.hash)
            case .rsa(let modulus, _):
                LibCryptoVerifier(key: handle, form: .rsa(modulus.count), hash: algorithm.hash)
            }
    }

    /// Whether the signature, in JOSE form, is this key's for the message. Never throws, never
    /// traps.
    package func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        verifier.isValid(signature: signature, of: message)
    }

    /// Whether the signature, in JOSE form, is this key's for the message.
    package func isValid(signature: [UInt8], of message: [UInt8]) -> Bool {
        verifier.isValid(signature: signature.span, of: message.span)
    }
}

extension PublicKey: Equatable {
    /// Two keys are the same when their material is, whatever they are called.
    package static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.components == right.components && left.algorithm == right.algorithm
    }
}
