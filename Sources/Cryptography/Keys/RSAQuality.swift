/// The rules an RSA public key must meet before it may verify anything.
enum RSAQuality {
    /// Moduli shorter than this can be factored, longer ones cost too much per token.
    private static let acceptedBits = 2048...4096

    /// The primes up to 167: the base of the ROCA generator for its shortest keys, and so a divisor
    /// of its base for all longer ones.
    private static let smallPrimes = [
        2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
        97,
        101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ]

    /// Throws where the key is weak. Both numbers are big-endian.
    static func check(modulus: [UInt8], exponent: [UInt8]) throws(KeyRejection) {
        guard let first = modulus.first, first != 0, let lead = exponent.first, lead != 0 else {
            throw .leadingZero
        }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        guard acceptedBits.contains(bits) else { throw .modulusBits(bits) }
        guard exponent == [1, 0, 1] else { throw .exponentNotF4 }
        var mayBeROCA = true
        for prime in smallPrimes {
            let remainder = modulus.reduce(0) { ($0 * 256 + Int($1)) % prime }
            guard remainder != 0 else { throw .modulusHasSmallFactor(prime) }
            mayBeROCA = mayBeROCA && isPowerOf65537(remainder, modulo: prime)
        }
        // SECURITY: the primes of a ROCA key (CVE-2017-15361) are `k·M + 65537^a mod M`, where M is
        // the product of small primes, so the modulus is a power of 65537 modulo each of them. A
        // sound modulus passes for one of them by chance only, for all of them about once in 2^28
        // keys.
        if mayBeROCA { throw .modulusIsROCA }
    }

    private static func isPowerOf65537(_ value: Int, modulo prime: Int) -> Bool {
        let generator = 65537 % prime
        var power = 1
        for _ in 0..<prime {
            if power == value % prime { return true }
            power = power * generator % prime
        }
        return false
    }
}
