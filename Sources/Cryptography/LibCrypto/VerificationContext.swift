import CLibCrypto

/// Owns one libcrypto verification context, ready for any number of checks with one key.
///
/// `@unchecked Sendable`: it is noncopyable, so one thread at a time has it, and a context is bound
/// to no thread.
@safe struct VerificationContext: ~Copyable, @unchecked Sendable {
    private let raw: OpaquePointer
    /// Keeps the key alive as long as the context.
    private let key: KeyHandle
    /// Scratch memory for the DER form.
    private var der: [UInt8] = []

    init?(key: KeyHandle, hash: HashFunction, padding: RSAPadding?) {
        guard let raw = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key.raw, nil) else {
            ERR_clear_error()
            return nil
        }
        guard unsafe EVP_PKEY_verify_init(raw) == 1,
            unsafe SignatureParameters.set(hash, padding, on: raw)
        else {
            unsafe EVP_PKEY_CTX_free(raw)
            ERR_clear_error()
            return nil
        }
        unsafe self.raw = unsafe raw
        self.key = key
    }

    deinit { unsafe EVP_PKEY_CTX_free(raw) }

    /// Whether `r ‖ s` is the key's signature of the digest.
    mutating func isValid(fixed: Span<UInt8>, curve: EllipticCurve, digest: [UInt8]) -> Bool {
        der.removeAll(keepingCapacity: true)
        guard ECDSAForm.writeDER(fixed, curve: curve, to: &der) else { return false }
        return isValid(signature: der.span, digest: digest)
    }

    /// Whether the signature, as libcrypto writes it, is the key's for the digest.
    func isValid(signature: Span<UInt8>, digest: [UInt8]) -> Bool {
        let status = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe digest.withUnsafeBufferPointer { digest in
                unsafe EVP_PKEY_verify(
                    raw, signature.baseAddress, signature.count, digest.baseAddress, digest.count)
            }
        }
        // SECURITY: 0 means wrong and negative numbers mean failed; only 1 is a yes. A refusal
        // leaves its reasons in a queue of the thread, where they would be taken for a fault of
        // somebody's TLS.
        if status != 1 { ERR_clear_error() }
        return status == 1
    }
}
