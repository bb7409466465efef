import Testing
import Values

@testable import Cryptography

/// ECDSA signatures at the borders of the computation, by the plain and by the precomputed way.
@Suite struct BorderSignatureTests {
    /// One row of the fixture.
    private struct Row {
        let name: String
        let isValid: Bool
        let x: [UInt8]
        let y: [UInt8]
        let digest: [UInt8]
        let signature: [UInt8]
    }

    private func rows(_ curve: EllipticCurve) throws -> [Row] {
        try SignatureFixture.rows("ecdsa-borders.txt").filter { $0[0] == curve.rawValue }.map {
            Row(
                name: $0[2], isValid: $0[1] == "valid", x: try SignatureFixture.bytes($0[3]),
                y: try SignatureFixture.bytes($0[4]), digest: try SignatureFixture.bytes($0[5]),
                signature: try SignatureFixture.bytes($0[6]))
        }
    }

    /// Small windows: the tables of many keys are made, and every width must give the same.
    @Test(arguments: EllipticCurve.allCases, [2, 5])
    func `the precomputed way gives the right verdict at every border`(
        _ curve: EllipticCurve, _ width: Int
    ) throws {
        var verifiers: [[UInt8]: CombVerifier] = [:]
        var count = 0
        for row in try rows(curve) {
            let plain = try PublicKey(curve: curve, x: row.x, y: row.y).verifier
            let made =
                try verifiers[row.x + row.y]
                ?? #require(
                    CombVerifier(curve: curve, x: row.x, y: row.y, plain: plain, width: width))
            verifiers[row.x + row.y] = made
            let verdict = made.isValid(signature: row.signature.span, ofDigest: row.digest)
            #expect(verdict == row.isValid, "\(row.name)")
            count += 1
        }
        #expect(count > 80)
    }

    @Test(arguments: EllipticCurve.allCases)
    func `the width in use gives the right verdict at every border of one key`(
        _ curve: EllipticCurve
    ) throws {
        let all = try rows(curve)
        let first = try #require(all.first)
        let plain = try PublicKey(curve: curve, x: first.x, y: first.y).verifier
        let verifier = try #require(
            CombVerifier(curve: curve, x: first.x, y: first.y, plain: plain))
        for row in all where row.x == first.x && row.y == first.y {
            let verdict = verifier.isValid(signature: row.signature.span, ofDigest: row.digest)
            #expect(verdict == row.isValid, "\(row.name)")
        }
    }

    @Test(arguments: EllipticCurve.allCases)
    func `the plain way gives the right verdict at every border`(_ curve: EllipticCurve) throws {
        for row in try rows(curve) {
            let key = try PublicKey(curve: curve, x: row.x, y: row.y)
            let plain = try #require(key.verifier as? LibCryptoVerifier)
            let verdict = plain.isValid(signature: row.signature.span, ofDigest: row.digest)
            #expect(verdict == row.isValid, "\(row.name)")
        }
    }
}
