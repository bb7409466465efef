import Cryptography
import Testing
import Values

@Suite struct KeyQualityTests {
    private let zero = [UInt8](repeating: 0, count: 32)
    private let f4: [UInt8] = [1, 0, 1]

    /// A modulus that no generator made, of so many bits.
    private func modulus(bits: Int, last: UInt8 = 0x69) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x5B, count: (bits + 7) / 8)
        bytes[0] = 1 << UInt8((bits + 7) % 8)
        bytes[bytes.count - 1] = last
        return bytes
    }

    @Test(arguments: [512, 1024, 2047, 4097, 16384])
    func `KEY-09 a modulus outside 2048 to 4096 bits is refused`(_ bits: Int) {
        #expect(throws: KeyRejection.modulusBits(bits)) {
            try PublicKey(rsaModulus: modulus(bits: bits), exponent: f4)
        }
    }

    @Test func `KEY-09 an even modulus and one with a small factor are refused`() {
        #expect(throws: KeyRejection.modulusHasSmallFactor(2)) {
            try PublicKey(rsaModulus: modulus(bits: 2048, last: 0x68), exponent: f4)
        }
        let multipleOf3 = [0x80] + [UInt8](repeating: 0, count: 254) + [0x01]
        #expect(throws: KeyRejection.modulusHasSmallFactor(3)) {
            try PublicKey(rsaModulus: multipleOf3, exponent: f4)
        }
    }

    @Test(arguments: [[1], [3], [17], [1, 0, 0], [1, 0, 3], [2, 0, 0, 0, 1]] as [[UInt8]])
    func `KEY-09 an exponent other than 65537 is refused`(_ exponent: [UInt8]) {
        #expect(throws: KeyRejection.exponentNotF4) {
            try PublicKey(rsaModulus: modulus(bits: 2048), exponent: exponent)
        }
    }

    @Test func `KEY-09 empty numbers and leading zeros are refused`() {
        let good = modulus(bits: 2048)
        let pairs: [(modulus: [UInt8], exponent: [UInt8])] = [
            ([], f4), (good, []), ([0] + good, f4), (good, [0] + f4), ([0], f4),
        ]
        for pair in pairs {
            #expect(throws: KeyRejection.leadingZero) {
                try PublicKey(rsaModulus: pair.modulus, exponent: pair.exponent)
            }
        }
    }

    /// A number of ROCA's form modulo the primes up to 167, made for this test; its factors are
    /// unknown.
    @Test func `KEY-09 a modulus with the ROCA fingerprint is refused`() throws {
        let text =
            "98f135d25f557203301850c5a38fd547923a736994e3bf911a61dbe22e44158bae97ba94d0ed"
            + "a82f8f6d05584ef8aa38922766581e27a1c08a6a63ec24ede6a46b4cb2424a23d5962217bead"
            + "dbc496cb8e81973e0becd7b03898d190f9ebdacc0cb1e29c658cda1495e60af593bd04cf0fd6"
            + "30f1f29d0da9953f48f1a09f76b5a170b33839263059f28c105d1fb17c2390c192cfd3ac94af"
            + "0f21ddb66cad4a268d116ece1738f7d93d9c172411e20b8f6b0d549b6f03675a1600a35a0999"
            + "50d836f675cc81e74ef5e8e25d940ed904759531985d5d9dc9f81818e811892f902bd23f0824"
            + "17945c123064f2eb71b2192f37654aebf98e19f32ee1d7c76ac950eb"
        let modulus = try #require(Hexadecimal.bytes(text))
        #expect(throws: KeyRejection.modulusIsROCA) {
            try PublicKey(rsaModulus: modulus, exponent: f4)
        }
    }

    @Test func `KEY-10 points off the curve are refused`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        guard case .ellipticCurve(_, let x, let y) = key.components else {
            Issue.record("the key is on no curve")
            return
        }
        var offX = x
        offX[31] ^= 1
        let top = [UInt8](repeating: 0xFF, count: 32)
        for (x, y) in [(zero, zero), (offX, y), (x, zero), (zero, y), (top, top), (y, x)] {
            #expect(throws: KeyRejection.pointNotOnCurve(.p256)) {
                try PublicKey(curve: .p256, x: x, y: y)
            }
        }
    }

    @Test func `KEY-10 a point of another curve is refused`() throws {
        let key = try PrivateKey.generate(.p384).publicKey
        guard case .ellipticCurve(_, let x, let y) = key.components else {
            Issue.record("the key is on no curve")
            return
        }
        #expect(throws: KeyRejection.coordinateLength(expected: 32, found: 48)) {
            try PublicKey(curve: .p256, x: x, y: y)
        }
        let padding = [UInt8](repeating: 0, count: 18)
        #expect(throws: KeyRejection.pointNotOnCurve(.p521)) {
            try PublicKey(curve: .p521, x: padding + x, y: padding + y)
        }
    }

    @Test func `KEY-07 coordinates that are short or long are refused`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        guard case .ellipticCurve(_, let x, let y) = key.components else {
            Issue.record("the key is on no curve")
            return
        }
        for (x, y) in [(Array(x.dropLast()), y), (x, [0] + y), ([], y), (x, [])] {
            #expect(throws: KeyRejection.self) { try PublicKey(curve: .p256, x: x, y: y) }
        }
    }

    @Test func `a rejection says what is wrong in a sentence`() {
        let rejections: [KeyRejection] = [
            .coordinateLength(expected: 48, found: 32), .pointNotOnCurve(.p384), .modulusBits(1024),
            .modulusHasSmallFactor(2), .modulusIsROCA, .exponentNotF4, .leadingZero,
            .refusedByLibrary, .notAnEd25519Point, .smallOrder, .algorithmNotOfKey,
        ]
        #expect(Set(rejections.map(\.description)).count == rejections.count)
    }
}
