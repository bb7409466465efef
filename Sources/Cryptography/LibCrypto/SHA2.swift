import CLibCrypto

// libcrypto's direct digest functions: unlike the EVP ones they allocate nothing, look nothing up
// and cannot fail, so that a digest is a plain function of its bytes.

/// The SHA-256 digest (FIPS 180-4).
package enum SHA256 {
    /// The 32 bytes of the digest.
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var context = SHA256_CTX()
        unsafe SHA256_Init(&context)
        unsafe bytes.withUnsafeBufferPointer { buffer in
            _ = unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count)
        }
        return unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            unsafe SHA256_Final(buffer.baseAddress, &context)
            count = 32
        }
    }

    /// The 32 bytes of the digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span) }
}

/// The SHA-384 digest (FIPS 180-4).
package enum SHA384 {
    /// The 48 bytes of the digest.
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var context = SHA512_CTX()
        unsafe SHA384_Init(&context)
        unsafe bytes.withUnsafeBufferPointer { buffer in
            _ = unsafe SHA384_Update(&context, buffer.baseAddress, buffer.count)
        }
        return unsafe [UInt8](unsafeUninitializedCapacity: 48) { buffer, count in
            unsafe SHA384_Final(buffer.baseAddress, &context)
            count = 48
        }
    }

    /// The 48 bytes of the digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span) }
}

/// The SHA-512 digest (FIPS 180-4).
package enum SHA512 {
    /// The 64 bytes of the digest.
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var context = SHA512_CTX()
        unsafe SHA512_Init(&context)
        unsafe bytes.withUnsafeBufferPointer { buffer in
            _ = unsafe SHA512_Update(&context, buffer.baseAddress, buffer.count)
        }
        return unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            unsafe SHA512_Final(buffer.baseAddress, &context)
            count = 64
        }
    }

    /// The 64 bytes of the digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span) }
}
