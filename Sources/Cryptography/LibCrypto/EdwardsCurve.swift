import CLibCrypto

/// The curve of Ed25519: −x² + y² = 1 + d·x²·y² modulo 2^255 − 19 (RFC 8032 § 5.1).
enum EdwardsCurve {
    /// Whether the curve has a point of this y coordinate, big-endian and below the prime.
    ///
    /// x² = (y² − 1) / (d·y² + 1) must be a square; so must then be the product of the two.
    static func hasPoint(y: [UInt8]) -> Bool {
        guard let context = unsafe BN_CTX_new() else {
            ERR_clear_error()
            return false
        }
        defer { unsafe BN_CTX_free(context) }
        unsafe BN_CTX_start(context)
        defer { unsafe BN_CTX_end(context) }
        let prime = unsafe BN_CTX_get(context)
        let d = unsafe BN_CTX_get(context)
        let value = unsafe BN_CTX_get(context)
        let above = unsafe BN_CTX_get(context)
        // libcrypto answers nil again after it did so once: the last one tells of all.
        guard let below = unsafe BN_CTX_get(context),
            unsafe load(primeBytes, into: prime), unsafe load(dBytes, into: d),
            unsafe load(y, into: value),
            unsafe BN_mod_sqr(value, value, prime, context) == 1,
            unsafe BN_mod_sub(above, value, BN_value_one(), prime, context) == 1,
            unsafe BN_mod_mul(below, d, value, prime, context) == 1,
            unsafe BN_mod_add(below, below, BN_value_one(), prime, context) == 1,
            unsafe BN_mod_mul(value, above, below, prime, context) == 1
        else {
            ERR_clear_error()
            return false
        }
        let symbol = unsafe BN_kronecker(value, prime, context)
        if symbol < -1 { ERR_clear_error() }
        return symbol == 0 || symbol == 1
    }

    private static func load(_ bytes: [UInt8], into number: OpaquePointer?) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe BN_bin2bn(buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), number)
                != nil
        }
    }

    private static let primeBytes: [UInt8] = [0x7F] + [UInt8](repeating: 0xFF, count: 30) + [0xED]

    /// −121665/121666.
    private static let dBytes: [UInt8] = [
        0x52, 0x03, 0x6C, 0xEE, 0x2B, 0x6F, 0xFE, 0x73, 0x8C, 0xC7, 0x40, 0x79, 0x77, 0x79, 0xE8,
        0x98, 0x00, 0x70, 0x0A, 0x4D, 0x41, 0x41, 0xD8, 0xAB, 0x75, 0xEB, 0x4D, 0xCA, 0x13, 0x59,
        0x78, 0xA3,
    ]
}
