import Cryptography
import Testing
import Values

/// One key of each kind, made once: RSA keys take tenths of seconds.
enum TestKeys {
    static let all: [PrivateKey] = [
        p256, p384, p521, rsa, rs384, rs512, ps256, ps384, ps512, ed25519,
    ].compactMap { $0 }
    static let p256 = try? PrivateKey.generate(.p256)
    static let p384 = try? PrivateKey.generate(.p384)
    static let p521 = try? PrivateKey.generate(.p521)
    static let rsa = try? PrivateKey.generate(.rsa(bits: 2048))
    static let rs384 = try? PrivateKey.generate(.rsa(bits: 2048, algorithm: .rs384))
    static let rs512 = try? PrivateKey.generate(.rsa(bits: 2056, algorithm: .rs512))
    static let ps256 = try? PrivateKey.generate(.rsa(bits: 2048, algorithm: .ps256))
    static let ps384 = try? PrivateKey.generate(.rsa(bits: 2048, algorithm: .ps384))
    static let ps512 = try? PrivateKey.generate(.rsa(bits: 3072, algorithm: .ps512))
    static let ed25519 = try? PrivateKey.generate(.ed25519)
}

@Suite struct SignatureTests {
    private let message = Array("the signing input".utf8)

    @Test func `each kind of key signs by its one algorithm`() {
        #expect(
            TestKeys.all.map(\.algorithm) == [
                .es256, .es384, .es512, .rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .eddsa,
            ])
    }

    @Test func `a key verifies what it signed, and nothing else`() throws {
        for key in TestKeys.all {
            let signature = try key.sign(message)
            #expect(key.publicKey.isValid(signature: signature, of: message))
            #expect(!key.publicKey.isValid(signature: signature, of: message + [0]))
            #expect(!key.publicKey.isValid(signature: signature, of: []))
            for other in TestKeys.all where other.algorithm != key.algorithm {
                #expect(!other.publicKey.isValid(signature: signature, of: message))
                #expect(throws: CryptographyFailure.algorithmNotOfKey) {
                    try key.sign(message, algorithm: other.algorithm)
                }
            }
        }
    }

    @Test func `the default algorithms are those that Logto signs with`() {
        #expect(SignatureAlgorithm.acceptedByDefault == [.es384, .es256, .es512, .rs256])
    }

    @Test func `an algorithm is found by its exact name`() {
        for algorithm in SignatureAlgorithm.allCases {
            #expect(SignatureAlgorithm(name: Array(algorithm.rawValue.utf8).span) == algorithm)
        }
        for name in ["none", "HS256", "eddsa", "EDDSA", "es256", "RS256 ", "", "ES256K", "Ed448"] {
            #expect(SignatureAlgorithm(name: Array(name.utf8).span) == nil)
        }
    }

    @Test func `a signature has the one length of its key`() throws {
        let counts = try TestKeys.all.map { try $0.sign(message).count }
        #expect(counts == [64, 96, 132, 256, 256, 257, 256, 256, 384, 64])
        for key in TestKeys.all {
            let signature = try key.sign(message)
            for wrong in [[], [0], signature + [0], Array(signature.dropLast()), [0] + signature] {
                #expect(!key.publicKey.isValid(signature: wrong, of: message))
            }
        }
    }

    @Test func `each changed bit of a signature is noticed`() throws {
        for key in TestKeys.all {
            let signature = try key.sign(message)
            for index in stride(from: 0, to: signature.count, by: 7) {
                var changed = signature
                changed[index] ^= 1 << UInt8(index % 8)
                #expect(!key.publicKey.isValid(signature: changed, of: message))
            }
        }
    }

    @Test func `a key does not sign by another algorithm`() throws {
        let key = try PrivateKey.generate(.p256)
        #expect(throws: CryptographyFailure.algorithmNotOfKey) {
            try key.sign(message, algorithm: .es384)
        }
    }

    @Test func `zero, the order and what is beyond it are no halves of a signature`() throws {
        let order = try #require(
            Hexadecimal.bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
        let key = try PrivateKey.generate(.p256)
        let good = try key.sign(message)
        let zero = [UInt8](repeating: 0, count: 32)
        let one = Array(zero.dropLast()) + [1]
        let top = [UInt8](repeating: 0xFF, count: 32)
        let r = Array(good.prefix(32))
        let s = Array(good.suffix(32))
        let forged: [[UInt8]] = [
            zero + zero, zero + one, one + zero, one + one, r + zero, zero + s, order + s,
            r + order,
            top + top, r + top, order + order,
        ]
        for signature in forged {
            #expect(!key.publicKey.isValid(signature: signature, of: message))
        }
    }

    @Test func `JWT-35 the mirrored s verifies too, so a signature is no identity`() throws {
        let order = try #require(
            Hexadecimal.bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))
        let key = try PrivateKey.generate(.p256)
        let good = try key.sign(message)
        let mirrored =
            Array(good.prefix(32)) + BigEndian.subtract(Array(good.suffix(32)), from: order)
        #expect(mirrored != good)
        #expect(key.publicKey.isValid(signature: mirrored, of: message))
    }

    @Test func `JWT-36 an RSA number beyond the modulus or without padding is refused`() throws {
        let key = try #require(TestKeys.rsa).publicKey
        guard case .rsa(let modulus, _) = key.components else {
            Issue.record("the key is no RSA key")
            return
        }
        let zeros = [UInt8](repeating: 0, count: 256)
        for forged in [
            zeros, Array(zeros.dropLast()) + [1], modulus, [UInt8](repeating: 0xFF, count: 256),
        ] {
            #expect(!key.isValid(signature: forged, of: message))
        }
    }

    @Test func `a key made again from its numbers verifies the same`() throws {
        for key in TestKeys.all {
            let again =
                switch key.publicKey.components {
                case .ellipticCurve(let curve, let x, let y):
                    try PublicKey(curve: curve, x: x, y: y)
                case .rsa(let modulus, let exponent):
                    try PublicKey(
                        rsaModulus: modulus, exponent: exponent,
                        algorithm: key.publicKey.algorithm)
                case .ed25519(let bytes):
                    try PublicKey(ed25519: bytes)
                }
            #expect(again == key.publicKey)
            #expect(again.isValid(signature: try key.sign(message), of: message))
        }
    }

    @Test func `one key is used by many tasks at once`() async throws {
        let key = try PrivateKey.generate(.p256)
        let signature = try key.sign(message)
        let publicKey = key.publicKey
        let message = self.message
        let failures = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).count { _ in !publicKey.isValid(signature: signature, of: message) }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(failures == 0)
    }
}
