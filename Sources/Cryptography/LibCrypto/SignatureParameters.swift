import CLibCrypto

/// What a libcrypto context for signing or verifying is told about the form of signatures.
enum SignatureParameters {
    /// Sets digest and padding; false where libcrypto refuses.
    ///
    /// - Parameter padding: that of an RSA key; nil for a curve.
    static func set(
        _ hash: HashFunction, _ padding: RSAPadding?, on context: OpaquePointer
    ) -> Bool {
        switch padding {
        case nil: break
        case .pkcs1:
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 else {
                return false
            }
        case .pss:
            // SECURITY: without a length of its own libcrypto takes a salt of any length.
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash.method) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(
                    context, Int32(truncatingIfNeeded: hash.byteCount)) == 1
            else { return false }
        }
        return unsafe EVP_PKEY_CTX_set_signature_md(context, hash.method) == 1
    }
}
