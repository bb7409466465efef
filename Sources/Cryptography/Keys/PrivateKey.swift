/// A key that signs: for the Logto emulator and for tests. The gateway itself signs nothing.
package struct PrivateKey: Sendable {
    /// Which key to make.
    package enum Kind: Hashable, Sendable {
        case p256
        case p384
        case p521
        /// An RSA key with so many bits, 2,048 to 4,096.
        case rsa(bits: Int)
    }

    /// The other half.
    package let publicKey: PublicKey
    private let handle: KeyHandle

    /// The algorithm that this key signs with.
    package var algorithm: SignatureAlgorithm { publicKey.algorithm }

    /// Makes a key from libcrypto's generator. RSA takes tenths of seconds.
    package static func generate(_ kind: Kind) throws(CryptographyFailure) -> PrivateKey {
        let handle: KeyHandle?
        switch kind {
        case .p256: handle = KeyHandle.generate(.p256)
        case .p384: handle = KeyHandle.generate(.p384)
        case .p521: handle = KeyHandle.generate(.p521)
        case .rsa(let bits): handle = KeyHandle.generateRSA(bits: bits)
        }
        guard let handle, let publicKey = handle.publicKey(of: kind) else { throw .unavailable }
        return PrivateKey(publicKey: publicKey, handle: handle)
    }

    private init(publicKey: PublicKey, handle: KeyHandle) {
        self.publicKey = publicKey
        self.handle = handle
    }

    /// The signature of the message in JOSE form.
    ///
    /// - Throws: `.algorithmNotOfKey` where the key's own algorithm is another one.
    package func sign(
        _ message: [UInt8], algorithm: SignatureAlgorithm
    ) throws(CryptographyFailure) -> [UInt8] {
        guard algorithm == publicKey.algorithm else { throw .algorithmNotOfKey }
        let digest = algorithm.hash.digest(of: message.span)
        guard let signature = handle.signature(of: digest, hash: algorithm.hash) else {
            throw .unavailable
        }
        guard case .ellipticCurve(let curve, _, _) = publicKey.components else { return signature }
        guard let fixed = ECDSAForm.fixed(fromDER: signature, curve: curve) else {
            throw .unavailable
        }
        return fixed
    }

    /// The signature of the message in JOSE form, by the key's own algorithm.
    package func sign(_ message: [UInt8]) throws(CryptographyFailure) -> [UInt8] {
        try sign(message, algorithm: algorithm)
    }
}

extension KeyHandle {
    /// The public half of a key that was just made, under the same quality rules as any other.
    fileprivate func publicKey(of kind: PrivateKey.Kind) -> PublicKey? {
        switch kind {
        case .p256: ellipticCurvePublicKey(.p256)
        case .p384: ellipticCurvePublicKey(.p384)
        case .p521: ellipticCurvePublicKey(.p521)
        case .rsa:
            if let modulus = number(.modulus), let exponent = number(.exponent) {
                try? PublicKey(rsaModulus: modulus, exponent: exponent)
            } else {
                nil
            }
        }
    }

    private func ellipticCurvePublicKey(_ curve: EllipticCurve) -> PublicKey? {
        let count = curve.coordinateByteCount
        guard let x = number(.x, byteCount: count), let y = number(.y, byteCount: count) else {
            return nil
        }
        return try? PublicKey(curve: curve, x: x, y: y)
    }
}
