import Cryptography
import Testing
import Values

@Suite struct DigestTests {
    private static let abc = Array("abc".utf8)

    @Test func `SHA-256 gives the digests of FIPS 180-4`() {
        #expect(
            Hexadecimal.text(SHA256.hash(Self.abc))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hexadecimal.text(SHA256.hash([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `SHA-384 gives the digest of FIPS 180-4`() {
        #expect(
            Hexadecimal.text(SHA384.hash(Self.abc))
                == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                + "8086072ba1e7cc2358baeca134c825a7")
    }

    @Test func `SHA-512 gives the digest of FIPS 180-4`() {
        #expect(
            Hexadecimal.text(SHA512.hash(Self.abc))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    }

    @Test func `HMAC gives the codes of RFC 4231`() {
        let first = HMACSHA256.authenticate(
            Array("Hi There".utf8), key: [UInt8](repeating: 0x0B, count: 20))
        #expect(
            Hexadecimal.text(first)
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = HMACSHA256.authenticate(
            Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(
            Hexadecimal.text(second)
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let longKey = HMACSHA256.authenticate(
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            key: [UInt8](repeating: 0xAA, count: 131))
        #expect(
            Hexadecimal.text(longKey)
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func `an HMAC is compared whole`() {
        let code = HMACSHA256.authenticate([1, 2], key: [3])
        #expect(HMACSHA256.isValid(code, for: [1, 2], key: [3]))
        #expect(!HMACSHA256.isValid(Array(code.dropLast()), for: [1, 2], key: [3]))
        #expect(!HMACSHA256.isValid(code, for: [1], key: [3]))
        #expect(!HMACSHA256.isValid([], for: [1, 2], key: [3]))
    }

    @Test func `equality in constant time is equality`() {
        #expect(ConstantTime.areEqual([], []))
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 2, 0]))
    }

    @Test func `random bytes have the asked length and do not repeat`() {
        #expect(RandomBytes.make(0).isEmpty)
        #expect(RandomBytes.make(-1).isEmpty)
        let first = RandomBytes.make(32)
        #expect(first.count == 32)
        #expect(first != RandomBytes.make(32))
    }
}
