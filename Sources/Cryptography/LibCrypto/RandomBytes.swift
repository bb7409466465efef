import CLibCrypto

/// Bytes nobody can foresee.
package enum RandomBytes {
    /// So many bytes from libcrypto's generator.
    ///
    /// Should that one report a failure, the bytes come from the kernel's generator instead, which
    /// cannot fail: no caller ever has to handle, or can forget to handle, missing randomness.
    package static func make(_ count: Int) -> [UInt8] {
        guard count > 0, count <= Int(Int32.max) else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let status = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe RAND_bytes(buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count))
        }
        if status != 1 {
            ERR_clear_error()
            var kernel = SystemRandomNumberGenerator()
            for index in bytes.indices { bytes[index] = kernel.next() }
        }
        return bytes
    }

    /// 64 random bits.
    package static func makeUInt64() -> UInt64 {
        make(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
