import Testing

@testable import JOSE

@Suite struct SipHashTests {
    /// The key of the vectors in the paper's appendix: bytes 0 to 15.
    private let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908))

    private func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.span.isSame(as: right.span)
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0) } }

    /// Aumasson and Bernstein, "SipHash: a fast short-input PRF", appendix A and its reference
    /// vectors.
    @Test(
        arguments: [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5),
        ] as [(Int, UInt64)])
    func `two and four rounds give the published hashes`(_ count: Int, _ expected: UInt64) {
        let found = hash.hash(bytes(count).span, rounds: 2, lastRounds: 4)
        #expect(found == expected)
    }

    @Test func `the hash depends on key, length and each byte`() {
        let text = bytes(200)
        let first = hash.hash(text.span)
        let again = hash.hash(text.span)
        let otherKey = SipHash(key: (1, 2)).hash(text.span)
        let shorter = hash.hash(text.span.extracting(first: 199))
        #expect(first == again)
        #expect(first != otherKey)
        #expect(first != shorter)
        for index in text.indices {
            var changed = text
            changed[index] ^= 1
            let other = hash.hash(changed.span)
            #expect(first != other)
        }
    }

    @Test func `equality is that of all bytes`() {
        for count in [0, 1, 7, 8, 9, 16, 700] {
            let text = bytes(256) + bytes(256) + bytes(256)
            let left = Array(text.prefix(count))
            #expect(isSame(left, left.map { $0 }))
            #expect(!isSame(left, left + [0]))
            for index in stride(from: 0, to: count, by: 5) {
                var changed = left
                changed[index] ^= 0x80
                #expect(!isSame(left, changed))
            }
        }
    }
}
