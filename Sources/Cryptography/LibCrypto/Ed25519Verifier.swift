import CLibCrypto

/// Checks Ed25519 signatures (RFC 8032 § 5.1.7): libcrypto refuses an S beyond the group's order,
/// so that a signature has one form.
final class Ed25519Verifier: SignatureVerifier {
    private let key: KeyHandle

    init(key: KeyHandle) {
        self.key = key
    }

    func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        guard signature.count == 2 * Ed25519Quality.byteCount else { return false }
        // A context cannot be used twice in every version of libcrypto; its set-up costs a
        // fiftieth of the check.
        guard let context = unsafe EVP_MD_CTX_new() else {
            ERR_clear_error()
            return false
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key.raw) == 1 else {
            ERR_clear_error()
            return false
        }
        let status = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(
                    context, signature.baseAddress, signature.count, message.baseAddress,
                    message.count)
            }
        }
        // SECURITY: only 1 is a yes.
        if status != 1 { ERR_clear_error() }
        return status == 1
    }
}
