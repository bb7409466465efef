import Testing

@testable import Cryptography

@Suite struct ECDSAFormTests {
    private func der(_ fixed: [UInt8], _ curve: EllipticCurve = .p256) -> [UInt8]? {
        var bytes: [UInt8] = []
        return ECDSAForm.writeDER(fixed.span, curve: curve, to: &bytes) ? bytes : nil
    }

    @Test(arguments: EllipticCurve.allCases)
    func `both forms lead to each other`(_ curve: EllipticCurve) {
        let count = curve.coordinateByteCount
        let patterns: [[UInt8]] = [
            [UInt8](repeating: 0, count: count - 1) + [1],
            [UInt8](repeating: 0, count: count - 1) + [0x80],
            [UInt8](repeating: 0xFF, count: count),
            [0x7F] + [UInt8](repeating: 0, count: count - 1),
            [UInt8](repeating: 0, count: count),
        ]
        for r in patterns {
            for s in patterns {
                let written = der(r + s, curve)
                #expect(written.flatMap { ECDSAForm.fixed(fromDER: $0, curve: curve) } == r + s)
            }
        }
    }

    @Test func `the shortest DER is written`() {
        let one = [UInt8](repeating: 0, count: 31) + [1]
        let high = [UInt8](repeating: 0, count: 31) + [0x80]
        #expect(der(one + high) == [0x30, 7, 2, 1, 1, 2, 2, 0, 0x80])
    }

    @Test func `halves of another length are refused`() {
        #expect(der([]) == nil)
        #expect(der([UInt8](repeating: 1, count: 63)) == nil)
        #expect(der([UInt8](repeating: 1, count: 96)) == nil)
    }

    @Test(
        arguments: [
            [], [0x30], [0x30, 0], [0x30, 6, 2, 1, 1, 2, 1], [0x30, 5, 2, 1, 1, 2, 1],
            [0x31, 6, 2, 1, 1, 2, 1, 1], [0x30, 6, 3, 1, 1, 2, 1, 1],
            [0x30, 7, 2, 1, 1, 2, 1, 1, 0],
            [0x30, 6, 2, 1, 1, 2, 1, 1, 0], [0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],
            [0x30, 6, 2, 0, 2, 2, 1, 1],
            [0x30, 7, 2, 2, 0, 1, 2, 1, 1], [0x30, 6, 2, 1, 0x80, 2, 1, 1],
            [0x30, 0x80, 2, 1, 1, 2, 1, 1],
            [0x30, 6, 2, 4, 1, 2, 1, 1],
        ] as [[UInt8]])
    func `DER with a second reading is refused`(_ bytes: [UInt8]) {
        #expect(ECDSAForm.fixed(fromDER: bytes, curve: .p256) == nil)
    }
}
