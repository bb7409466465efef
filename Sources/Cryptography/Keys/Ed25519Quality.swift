/// The rules that the bytes of an Ed25519 public key must meet.
///
/// libcrypto looks at them only when it checks a signature, so they are checked here, when the key
/// is loaded: the one encoding of a point of the curve (RFC 8032 § 5.1.3), and a point whose order
/// is that of the group or a multiple of it.
enum Ed25519Quality {
    /// Bytes of a key, and of each half of a signature.
    static let byteCount = 32

    /// The field's prime 2^255 − 19, little-endian.
    private static let prime: [UInt8] =
        [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]

    /// The y coordinates, little-endian, of the eight points whose order divides 8: 0, 1, −1 and
    /// the two of order 8.
    private static let ofSmallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF,
            0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88,
            0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10,
            0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77,
            0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    /// Throws where the key must not verify anything.
    static func check(_ key: [UInt8]) throws(KeyRejection) {
        guard key.count == byteCount, let last = key.last else {
            throw .coordinateLength(expected: byteCount, found: key.count)
        }
        var y = key
        y[byteCount - 1] = last & 0x7F
        guard y.reversed().lexicographicallyPrecedes(prime.reversed()) else {
            throw .notAnEd25519Point
        }
        // SECURITY: under a point of small order one signature is valid for every message, or for
        // one in eight.
        guard !ofSmallOrder.contains(y) else { throw .smallOrder }
        guard EdwardsCurve.hasPoint(y: y.reversed()) else { throw .notAnEd25519Point }
    }
}
