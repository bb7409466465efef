package import Values

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
    /// What one verification costs: a second until it was measured.
    package private(set) var verificationCost: Duration = .seconds(1)
    private(set) var verifier: any SignatureVerifier

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
        components = .ellipticCurve(curve, x: x, y: y)
        algorithm = curve.algorithm
        verifier = LibCryptoVerifier(key: handle, form: .ellipticCurve(curve), hash: curve.hash)
    }

    /// An RSA key from modulus and exponent (RFC 7518 § 6.3.1), without leading zero bytes.
    ///
    /// - Parameter algorithm: the one that the key is for, among the six of RSA.
    /// - Throws: `KeyRejection` for a modulus outside 2,048 to 4,096 bits, even, with a small
    ///   factor or with the ROCA fingerprint, for an exponent other than 65,537, and for an
    ///   algorithm that is not RSA's.
    package init(
        rsaModulus modulus: [UInt8], exponent: [UInt8], algorithm: SignatureAlgorithm = .rs256
    ) throws(KeyRejection) {
        guard case .rsa(let padding, let hash) = algorithm.scheme else {
            throw .algorithmNotOfKey
        }
        try RSAQuality.check(modulus: modulus, exponent: exponent)
        guard let handle = KeyHandle.rsa(modulus: modulus, exponent: exponent) else {
            throw .refusedByLibrary
        }
        components = .rsa(modulus: modulus, exponent: exponent)
        self.algorithm = algorithm
        verifier = LibCryptoVerifier(key: handle, form: .rsa(modulus.count, padding), hash: hash)
    }

    /// An Ed25519 key from its 32 bytes (RFC 8037 § 2).
    ///
    /// - Throws: `KeyRejection` for a wrong length, for bytes that are not the one encoding of a
    ///   point of the curve, and for a point of small order.
    package init(ed25519 bytes: [UInt8]) throws(KeyRejection) {
        try Ed25519Quality.check(bytes)
        guard let handle = KeyHandle.ed25519(bytes) else { throw .refusedByLibrary }
        components = .ed25519(bytes)
        algorithm = .eddsa
        verifier = Ed25519Verifier(key: handle)
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

extension PublicKey {
    /// Whether the key has tables for fast checks.
    package var isPrecomputed: Bool { verifier is CombVerifier }

    /// The same key with the faster verifier, where there is one that gives the known answers;
    /// else the key as it is. It takes some 10 ms and 2 MiB.
    package func precomputed() -> PublicKey { precomputed(by: .shared) }

    /// The same key with a verifier of this path.
    func precomputed(by path: PrecomputedPath) -> PublicKey {
        guard case .ellipticCurve(let curve, let x, let y) = components,
            let faster = path.verifier(curve: curve, x: x, y: y, plain: verifier)
        else { return self }
        var key = self
        key.verifier = faster
        return key
    }

    /// The same key with its cost measured: the least of a few checks of a signature that is
    /// wrong, but not so that it shows before everything was computed.
    package func measured(by clock: () -> MonotonicTime) -> PublicKey {
        let signature = signatureForMeasuring
        let message = [UInt8](repeating: 0x61, count: 800)
        var least = Duration.seconds(1)
        for _ in 0..<4 {
            let start = clock()
            _ = isValid(signature: signature, of: message)
            least = min(least, clock().duration(since: start))
        }
        var key = self
        key.verificationCost = least
        return key
    }

    /// A signature that is wrong, in range for every kind of key: halves below the order of a
    /// group, a number below the modulus, and for Ed25519, which reads from the other end, a second
    /// half below the order too.
    var signatureForMeasuring: [UInt8] {
        var signature = [UInt8](repeating: 0x11, count: signatureByteCount)
        signature[0] = 0
        signature[signature.count / 2] = 0
        signature[signature.count - 1] = 1
        return signature
    }

    private var signatureByteCount: Int {
        switch components {
        case .ellipticCurve(let curve, _, _): 2 * curve.coordinateByteCount
        case .ed25519: 2 * Ed25519Quality.byteCount
        case .rsa(let modulus, _): modulus.count
        }
    }
}

extension PublicKey: Equatable {
    /// Two keys are the same when their material is, whatever they are called and however fast
    /// they are.
    package static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.components == right.components && left.algorithm == right.algorithm
    }
}
