/// A key that signs: for the Logto emulator and for tests. The gateway itself signs nothing.
package struct PrivateKey: Sendable {
    /// Which key to make.
    package enum Kind: Hashable, Sendable {
        case p256
        case p384
        case p521
        /// An RSA key with so many bits, 2,048 to 4,096, for one of the six algorithms of RSA.
        case rsa(bits: Int, algorithm: SignatureAlgorithm = .rs256)
        case ed25519
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
        case .rsa(let bits, let algorithm):
            guard case .rsa = algorithm.scheme else { throw .algorithmNotOfKey }
            handle = KeyHandle.generateRSA(bits: bits)
        case .ed25519: handle = KeyHandle.generateEd25519()
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
        let signature: [UInt8]? =
            switch algorithm.scheme {
            case .ecdsa(let curve):
                handle.signature(
                    of: curve.hash.digest(of: message.span), hash: curve.hash, padding: nil
                )
                .flatMap { ECDSAForm.fixed(fromDER: $0, curve: curve) }
            case .rsa(let padding, let hash):
                handle.signature(of: hash.digest(of: message.span), hash: hash, padding: padding)
            case .ed25519:
                handle.ed25519Signature(of: message)
            }
        guard let signature else { throw .unavailable }
        return signature
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
        case .rsa(_, let algorithm):
            if let modulus = number(.modulus), let exponent = number(.exponent) {
                try? PublicKey(rsaModulus: modulus, exponent: exponent, algorithm: algorithm)
            } else {
                nil
            }
        case .ed25519:
            ed25519Bytes().flatMap { try? PublicKey(ed25519: $0) }
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
