import CLibCrypto

/// Owns one libcrypto key; freed with the last reference.
///
/// `@unchecked Sendable`: an `EVP_PKEY` is not changed after it was made, and libcrypto allows its
/// use from several threads at once; what is not shareable are contexts, which others own.
@safe final class KeyHandle: @unchecked Sendable {
    let raw: OpaquePointer

    private init(owning raw: OpaquePointer) {
        unsafe self.raw = unsafe raw
    }

    deinit { unsafe EVP_PKEY_free(raw) }

    /// The public key of a point, or nil where the point is not a valid one of the curve.
    static func ellipticCurve(_ curve: EllipticCurve, x: [UInt8], y: [UInt8]) -> KeyHandle? {
        let builder = ParameterBuilder()
        guard let builder, builder.add(OSSL_PKEY_PARAM_GROUP_NAME, text: curve.groupName),
            builder.add(OSSL_PKEY_PARAM_PUB_KEY, octets: [4] + x + y)
        else { return nil }
        guard let key = builder.makePublicKey(type: "EC") else { return nil }
        // SECURITY: a point off the curve would leak or forge through arithmetic in a weaker group.
        return key.passesPublicCheck ? key : nil
    }

    /// The public key of modulus and exponent.
    static func rsa(modulus: [UInt8], exponent: [UInt8]) -> KeyHandle? {
        let builder = ParameterBuilder()
        guard let builder, builder.add(OSSL_PKEY_PARAM_RSA_N, number: modulus),
            builder.add(OSSL_PKEY_PARAM_RSA_E, number: exponent)
        else { return nil }
        return builder.makePublicKey(type: "RSA")
    }

    /// A new key pair.
    static func generate(_ curve: EllipticCurve) -> KeyHandle? {
        unsafe adopt(gatehouse_EVP_EC_gen(curve.groupName))
    }

    /// The public key of 32 bytes.
    static func ed25519(_ bytes: [UInt8]) -> KeyHandle? {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe adopt(
                EVP_PKEY_new_raw_public_key(
                    EVP_PKEY_ED25519, nil, buffer.baseAddress, buffer.count))
        }
    }

    /// A new key pair.
    static func generateEd25519() -> KeyHandle? {
        unsafe adopt(gatehouse_EVP_ED25519_gen())
    }

    /// A new key pair.
    static func generateRSA(bits: Int) -> KeyHandle? {
        guard (2048...4096).contains(bits) else { return nil }
        return unsafe adopt(gatehouse_EVP_RSA_gen(bits))
    }

    /// Takes over what libcrypto made; nil, with libcrypto's error queue emptied, where it made
    /// nothing.
    static func adopt(_ raw: OpaquePointer?) -> KeyHandle? {
        guard let raw = unsafe raw else {
            ERR_clear_error()
            return nil
        }
        return unsafe KeyHandle(owning: raw)
    }

    private var passesPublicCheck: Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, raw, nil) else {
            ERR_clear_error()
            return false
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isGood = unsafe EVP_PKEY_public_check(context) == 1
        if !isGood { ERR_clear_error() }
        return isGood
    }
}

extension KeyHandle {
    /// A number that a key is made of.
    enum Number {
        case x
        case y
        case modulus
        case exponent

        fileprivate var parameterName: String {
            switch self {
            case .x: OSSL_PKEY_PARAM_EC_PUB_X
            case .y: OSSL_PKEY_PARAM_EC_PUB_Y
            case .modulus: OSSL_PKEY_PARAM_RSA_N
            case .exponent: OSSL_PKEY_PARAM_RSA_E
            }
        }
    }

    /// The number, big-endian, padded to `byteCount` where given, else without leading zero bytes.
    func number(_ number: Number, byteCount: Int? = nil) -> [UInt8]? {
        var value: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(raw, number.parameterName, &value) == 1,
            let value = unsafe value
        else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe BN_free(value) }
        let natural = (Int(unsafe BN_num_bits(value)) + 7) / 8
        let count = byteCount ?? natural
        guard natural <= count else { return nil }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            let status = unsafe BN_bn2binpad(
                value, buffer.baseAddress, Int32(truncatingIfNeeded: count))
            written = max(0, Int(status))
        }
    }

    /// The public bytes of an Ed25519 key.
    func ed25519Bytes() -> [UInt8]? {
        var count = Ed25519Quality.byteCount
        var bytes = [UInt8](repeating: 0, count: count)
        let status = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_PKEY_get_raw_public_key(raw, buffer.baseAddress, &count)
        }
        guard status == 1, count == bytes.count else {
            ERR_clear_error()
            return nil
        }
        return bytes
    }

    /// The key's Ed25519 signature of a message.
    func ed25519Signature(of message: [UInt8]) -> [UInt8]? {
        guard let context = unsafe EVP_MD_CTX_new() else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        var count = 2 * Ed25519Quality.byteCount
        var signature = [UInt8](repeating: 0, count: count)
        let status = unsafe signature.withUnsafeMutableBufferPointer { buffer in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestSignInit(context, nil, nil, nil, raw) == 1
                    && EVP_DigestSign(
                        context, buffer.baseAddress, &count, message.baseAddress, message.count)
                        == 1
            }
        }
        guard status, count == signature.count else {
            ERR_clear_error()
            return nil
        }
        return signature
    }

    /// The key's signature of a digest as libcrypto writes it: DER for a curve, the number for RSA.
    ///
    /// - Parameter padding: that of an RSA key; nil for a curve.
    func signature(
        of digest: [UInt8], hash: HashFunction, padding: RSAPadding?
    ) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, raw, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var count = Int(unsafe EVP_PKEY_get_size(raw))
        guard count > 0, unsafe EVP_PKEY_sign_init(context) == 1,
            unsafe SignatureParameters.set(hash, padding, on: context)
        else {
            ERR_clear_error()
            return nil
        }
        var signature = [UInt8](repeating: 0, count: count)
        let status = unsafe signature.withUnsafeMutableBufferPointer { buffer in
            unsafe digest.withUnsafeBufferPointer { digest in
                unsafe EVP_PKEY_sign(
                    context, buffer.baseAddress, &count, digest.baseAddress, digest.count)
            }
        }
        guard status == 1, count <= signature.count else {
            ERR_clear_error()
            return nil
        }
        signature.removeLast(signature.count - count)
        return signature
    }
}

extension EllipticCurve {
    /// libcrypto's name of the group.
    fileprivate var groupName: String { rawValue }
}

extension HashFunction {
    /// libcrypto's description of the digest: static data that is never freed.
    var method: OpaquePointer? {
        switch self {
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}
