import Cryptography
import Testing
import Values

/// Signatures by one RSA key: good ones and encodings that a lax reader would take.
@Suite struct RSAPaddingTests {
    private static let algorithms: [SignatureAlgorithm] = [
        .rs256, .rs384, .rs512, .ps256, .ps384, .ps512,
    ]
    private let message = Array("the signing input".utf8)

    @Test(arguments: algorithms)
    func `JWT-36 only the one encoding of a signature is valid`(
        _ algorithm: SignatureAlgorithm
    ) throws {
        let rows = try SignatureFixture.rows("rsa-paddings.txt")
        let modulus = try SignatureFixture.bytes(try #require(rows.first?.last))
        let key = try PublicKey(
            rsaModulus: modulus, exponent: [1, 0, 1], algorithm: algorithm)
        var verdicts = [true: 0, false: 0]
        for row in rows.dropFirst() where row[0] == algorithm.rawValue {
            let signature = try SignatureFixture.bytes(row[3])
            let isValid = row[1] == "valid"
            #expect(key.isValid(signature: signature, of: message) == isValid, "\(row[2])")
            verdicts[isValid, default: 0] += 1
        }
        #expect(verdicts[true, default: 0] >= 1)
        #expect(verdicts[false, default: 0] >= 25)
    }

    @Test func `JWT-07 a signature by one RSA algorithm is none by another`() throws {
        let rows = try SignatureFixture.rows("rsa-paddings.txt")
        let modulus = try SignatureFixture.bytes(try #require(rows.first?.last))
        for algorithm in Self.algorithms {
            let key = try PublicKey(
                rsaModulus: modulus, exponent: [1, 0, 1], algorithm: algorithm)
            for row in rows.dropFirst() where row[1] == "valid" {
                let signature = try SignatureFixture.bytes(row[3])
                #expect(
                    key.isValid(signature: signature, of: message)
                        == (row[0] == algorithm.rawValue),
                    "\(row[0]) \(row[2]) under \(algorithm)")
            }
        }
    }

    @Test func `JWT-07 an RSA key is not for the algorithm of another kind`() throws {
        let rows = try SignatureFixture.rows("rsa-paddings.txt")
        let modulus = try SignatureFixture.bytes(try #require(rows.first?.last))
        for algorithm in SignatureAlgorithm.allCases where !Self.algorithms.contains(algorithm) {
            #expect(throws: KeyRejection.algorithmNotOfKey) {
                try PublicKey(rsaModulus: modulus, exponent: [1, 0, 1], algorithm: algorithm)
            }
            #expect(throws: CryptographyFailure.algorithmNotOfKey) {
                try PrivateKey.generate(.rsa(bits: 2048, algorithm: algorithm))
            }
        }
    }
}
