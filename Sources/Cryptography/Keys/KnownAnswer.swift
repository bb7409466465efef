import Values

/// A signature whose verdict is known, and what must be refused beside it: a faster way to compute
/// checks has to answer all of it before it may decide about a token.
struct KnownAnswer: Sendable {
    let curve: EllipticCurve
    let x: [UInt8]
    let y: [UInt8]
    let signature: [UInt8]
    private let order: [UInt8]

    /// The message of all of them.
    private static let message = Array("sample".utf8)

    /// The answer of a curve: RFC 6979, appendices A.2.5 to A.2.7, the curve's own digest, message
    /// `sample`.
    init?(_ curve: EllipticCurve) {
        let numbers = Self.numbers(curve)
        guard let x = Hexadecimal.bytes(numbers.x), let y = Hexadecimal.bytes(numbers.y),
            let r = Hexadecimal.bytes(numbers.r), let s = Hexadecimal.bytes(numbers.s),
            let order = Hexadecimal.bytes(numbers.order)
        else { return nil }
        self.curve = curve
        self.x = x
        self.y = y
        signature = r + s
        self.order = order
    }

    /// Whether a verifier of this key accepts the signature and refuses what is near it.
    func isGiven(by verifier: any SignatureVerifier) -> Bool {
        guard verifier.isValid(signature: signature.span, of: Self.message.span) else {
            return false
        }
        let other = Self.message + [0x20]
        if verifier.isValid(signature: signature.span, of: other.span) { return false }
        return !refused.contains { verifier.isValid(signature: $0.span, of: Self.message.span) }
    }

    /// Signatures that are not valid: a bit changed in each half, halves that are zero or the
    /// order, halves exchanged, another length.
    private var refused: [[UInt8]] {
        let half = curve.coordinateByteCount
        let r = Array(signature.prefix(half))
        let s = Array(signature.suffix(half))
        let zero = [UInt8](repeating: 0, count: half)
        let one: [UInt8] = Array(zero.dropLast()) + [1]
        var lowBits = [signature, signature]
        lowBits[0][half - 1] ^= 1
        lowBits[1][2 * half - 1] ^= 1
        let halves: [(r: [UInt8], s: [UInt8])] = [
            (zero, zero), (zero, s), (r, zero), (order, s), (r, order), (one, one), (s, r),
        ]
        let lengths: [[UInt8]] = [[], Array(signature.dropLast()), signature + [0]]
        return lowBits + halves.map { $0.r + $0.s } + lengths
    }
}

extension KnownAnswer {
    /// The published numbers, in hexadecimal.
    private struct Numbers {
        let x: String
        let y: String
        let r: String
        let s: String
        let order: String
    }

    private static func numbers(_ curve: EllipticCurve) -> Numbers {
        switch curve {
        case .p256:
            Numbers(
                x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
                y: "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                s: "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
                order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
            )
        case .p384:
            Numbers(
                x: "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
                    + "def8f0ea9055866064a254515480bc13",
                y: "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
                    + "288b231c3ae0d4fe7344fd2533264720",
                r: "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
                    + "81a648152e44acf96e36dd1e80fabe46",
                s: "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
                    + "a329c145786e679e7b82c71a38628ac8",
                order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                    + "581a0db248b0a77aecec196accc52973"
            )
        case .p521:
            Numbers(
                x: "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd"
                    + "371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f50"
                    + "23a4",
                y: "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a"
                    + "28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfd"
                    + "fcf5",
                r: "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f"
                    + "174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e3"
                    + "77fa",
                s: "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af"
                    + "282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4"
                    + "a67a",
                order: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                    + "fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e9138"
                    + "6409"
            )
        }
    }
}
