import CLibCrypto

/// Owns one number of libcrypto; confined to whoever made it, as it changes.
@safe final class BigNumber {
    let raw: OpaquePointer

    /// Zero.
    init?() {
        guard let raw = unsafe BN_new() else {
            ERR_clear_error()
            return nil
        }
        unsafe self.raw = unsafe raw
    }

    deinit { unsafe BN_free(raw) }

    /// The number of big-endian bytes.
    convenience init?(_ bytes: [UInt8]) {
        self.init()
        guard load(bytes.span) else {
            ERR_clear_error()
            return nil
        }
    }

    /// Takes the value of big-endian bytes; false where libcrypto failed.
    func load(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe BN_bin2bn(buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), raw)
                != nil
        }
    }

    /// Writes the number over all of the bytes, big-endian; false where it does not fit.
    func write(to bytes: inout [UInt8]) -> Bool {
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let count = Int32(truncatingIfNeeded: buffer.count)
            return unsafe BN_bn2binpad(raw, buffer.baseAddress, count) == count
        }
    }
}
