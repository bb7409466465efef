import Cryptography
import Testing
import Values

/// EdDSA on Ed25519 (RFC 8032, RFC 8037).
@Suite struct Ed25519Tests {
    /// RFC 8032 § 7.1: public key, message, signature.
    private static let published = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
                + "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
                + "8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae"
                + "67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    /// The order of the group, little-endian: 2^252 + 27742317777372353535851937790883648493.
    private static let order =
        "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"

    @Test(arguments: published)
    func `the signatures of RFC 8032 verify`(_ key: String, _ message: String, _ signature: String)
        throws
    {
        let publicKey = try PublicKey(ed25519: try SignatureFixture.bytes(key))
        let signature = try SignatureFixture.bytes(signature)
        let message = try SignatureFixture.bytes(message)
        #expect(publicKey.algorithm == .eddsa)
        #expect(publicKey.isValid(signature: signature, of: message))
        #expect(!publicKey.isValid(signature: signature, of: message + [0]))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(!publicKey.isValid(signature: changed, of: message))
        }
    }

    @Test func `JWT-35 a signature has one form: S plus the order is refused`() throws {
        let order = try SignatureFixture.bytes(Self.order)
        let key = try PrivateKey.generate(.ed25519)
        let message = Array("the signing input".utf8)
        let good = try key.sign(message)
        let s = Array(good.suffix(32).reversed())
        let beyond = BigEndian.add(s, order.reversed())
        #expect(key.publicKey.isValid(signature: good, of: message))
        #expect(
            !key.publicKey.isValid(signature: good.prefix(32) + beyond.reversed(), of: message))
    }

    @Test func `zero and one are no signature`() throws {
        let key = try PrivateKey.generate(.ed25519).publicKey
        let zero = [UInt8](repeating: 0, count: 32)
        let one: [UInt8] = [1] + zero.dropLast()
        let top = [UInt8](repeating: 0xFF, count: 32)
        for r in [zero, one, top] {
            for s in [zero, one, top] {
                #expect(!key.isValid(signature: r + s, of: [1, 2, 3]))
            }
        }
    }

    @Test func `KEY-10 points of small order are refused`() throws {
        let small = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ]
        for text in small {
            let bytes = try SignatureFixture.bytes(text)
            #expect(throws: KeyRejection.smallOrder) { try PublicKey(ed25519: bytes) }
            var negated = bytes
            negated[31] |= 0x80
            #expect(throws: KeyRejection.smallOrder) { try PublicKey(ed25519: negated) }
        }
    }

    @Test func `KEY-10 bytes that are not the one encoding of a point are refused`() throws {
        let top = String(repeating: "f", count: 60)
        for text in ["ed\(top)7f", "ee\(top)7f", "f0\(top)7f", "ff\(top)7f", "ff\(top)ff"] {
            let bytes = try SignatureFixture.bytes(text)
            #expect(throws: KeyRejection.notAnEd25519Point) { try PublicKey(ed25519: bytes) }
        }
    }

    @Test(arguments: [2, 7, 8, 11] as [UInt8])
    func `KEY-10 bytes that are no point of the curve are refused`(_ y: UInt8) throws {
        let bytes = [y] + [UInt8](repeating: 0, count: 31)
        #expect(throws: KeyRejection.notAnEd25519Point) { try PublicKey(ed25519: bytes) }
    }

    @Test(arguments: [3, 4, 5, 6, 9, 10] as [UInt8])
    func `a point of the curve is a key`(_ y: UInt8) throws {
        let bytes = [y] + [UInt8](repeating: 0, count: 31)
        #expect(try PublicKey(ed25519: bytes).components == .ed25519(bytes))
    }

    @Test(arguments: [0, 31, 33, 57])
    func `KEY-07 a key of another length is refused`(_ count: Int) {
        #expect(throws: KeyRejection.coordinateLength(expected: 32, found: count)) {
            try PublicKey(ed25519: [UInt8](repeating: 3, count: count))
        }
    }
}
