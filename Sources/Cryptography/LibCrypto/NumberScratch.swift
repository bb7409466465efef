import CLibCrypto

/// Owns the temporary numbers of libcrypto's arithmetic, which it keeps from one computation to the
/// next; confined to whoever made it.
@safe final class NumberScratch {
    let raw: OpaquePointer

    init?() {
        guard let raw = unsafe BN_CTX_new() else {
            ERR_clear_error()
            return nil
        }
        unsafe self.raw = unsafe raw
    }

    deinit { unsafe BN_CTX_free(raw) }
}
