import CLibCrypto

/// The curve of Ed25519: −x² + y² = 1 + d·x²·y² modulo 2^255 − 19 (RFC 8032 § 5.1).
enum EdwardsCurve {
    /// Whether the curve has a point of this y coordinate, big-endian and below the prime.
    ///
    /// x² = (y² − 1) / (d·y² + 1) must be a square; so must then be the product of the two.
    static func hasPoint(y: [UInt8]) -> Bool {
        guard let scratch = NumberScratch(), let prime = BigNumber(primeBytes),
            let d = BigNumber(dBytes), let value = BigNumber(y), let above = BigNumber(),
            let below = BigNumber()
        else { return false }
        guard unsafe BN_mod_sqr(value.raw, value.raw, prime.raw, scratch.raw) == 1,
            unsafe BN_mod_sub(
                above.raw, value.raw, BN_value_one(), prime.raw, scratch.raw) == 1,
            unsafe BN_mod_mul(below.raw, d.raw, value.raw, prime.raw, scratch.raw) == 1,
            unsafe BN_mod_add(
                below.raw, below.raw, BN_value_one(), prime.raw, scratch.raw) == 1,
            unsafe BN_mod_mul(value.raw, above.raw, below.raw, prime.raw, scratch.raw) == 1
        else {
            ERR_clear_error()
            return false
        }
        let symbol = unsafe BN_kronecker(value.raw, prime.raw, scratch.raw)
        if symbol < -1 { ERR_clear_error() }
        return symbol == 0 || symbol == 1
    }

    private static let primeBytes: [UInt8] = [0x7F] + [UInt8](repeating: 0xFF, count: 30) + [0xED]

    /// −121665/121666.
    private static let dBytes: [UInt8] = [
        0x52, 0x03, 0x6C, 0xEE, 0x2B, 0x6F, 0xFE, 0x73, 0x8C, 0xC7, 0x40, 0x79, 0x77, 0x79, 0xE8,
        0x98, 0x00, 0x70, 0x0A, 0x4D, 0x41, 0x41, 0xD8, 0xAB, 0x75, 0xEB, 0x4D, 0xCA, 0x13, 0x59,
        0x78, 0xA3,
    ]
}
