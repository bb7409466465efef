import Testing
import Values

@testable import Cryptography

/// The precomputed way and the plain one never disagree, whatever the signature.
///
/// A short run is part of every test run. `GATEHOUSE_AGREEMENT_SECONDS=600 swift test --filter
/// AgreementTests` goes on for so long with each curve.
@Suite struct AgreementTests {
    /// What is done to a good signature and its digest.
    enum Damage: CaseIterable {
        case none
        case mirroredS
        case mirroredR
        case bit
        case byte
        case border
        case bothBorders
        case exchanged
        case plusOrder
        case random
        case otherDigest
        case zeroDigest
        case oneDigest
        case bitOfDigest
    }

    @Test(arguments: EllipticCurve.allCases)
    func `both ways agree on good, damaged and made-up signatures`(_ curve: EllipticCurve) throws {
        let seconds = AgreementRun.seconds
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(seconds))
        var accepted: [Damage: Int] = [:]
        var checked = 0
        repeat {
            let key = try PrivateKey.generate(curve.kind)
            guard case .ellipticCurve(_, let x, let y) = key.publicKey.components,
                let plain = key.publicKey.verifier as? LibCryptoVerifier
            else { continue }
            // The wide windows that are in use, and narrow ones, whose tables cost less.
            let width: Int? = checked == 0 || Bool.random(using: &random) ? nil : 4
            let comb = try #require(
                CombVerifier(curve: curve, x: x, y: y, plain: plain, width: width))
            for _ in 0..<(seconds > 0 ? 400 : 20) {
                let message = random.bytes(Int.random(in: 0..<64, using: &random))
                let good = try key.sign(message)
                for damage in Damage.allCases {
                    var signature = good
                    var digest = curve.hash.digest(of: message.span)
                    damage.apply(to: &signature, &digest, curve, &random)
                    let verdict = comb.isValid(signature: signature.span, ofDigest: digest)
                    let expected = plain.isValid(signature: signature.span, ofDigest: digest)
                    try #require(
                        verdict == expected,
                        """
                        \(damage) of \(curve.rawValue), seed \(seed): \
                        x \(Hexadecimal.text(x)), y \(Hexadecimal.text(y)), \
                        digest \(Hexadecimal.text(digest)), \
                        signature \(Hexadecimal.text(signature))
                        """)
                    if expected { accepted[damage, default: 0] += 1 }
                    checked += 1
                }
            }
        } while clock.now < end
        #expect(accepted[.none, default: 0] == checked / Damage.allCases.count)
        #expect(accepted[.mirroredS, default: 0] == checked / Damage.allCases.count)
        #expect(accepted[.otherDigest] == nil)
        if seconds > 0 { print("\(curve.rawValue): \(checked) signatures, seed \(seed)") }
    }
}

extension EllipticCurve {
    fileprivate var kind: PrivateKey.Kind {
        switch self {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        }
    }
}

extension AgreementTests.Damage {
    fileprivate func apply(
        to signature: inout [UInt8], _ digest: inout [UInt8], _ curve: EllipticCurve,
        _ random: inout SplitMix
    ) {
        let half = curve.coordinateByteCount
        var r = Array(signature.prefix(half))
        var s = Array(signature.suffix(half))
        switch self {
        case .none: break
        case .mirroredS: s = BigEndian.subtract(s, from: curve.order)
        case .mirroredR: r = BigEndian.subtract(r, from: curve.order)
        case .bit:
            let bit = Int.random(in: 0..<half * 16, using: &random)
            if bit < half * 8 {
                r[bit / 8] ^= 1 << UInt8(bit % 8)
            } else {
                s[bit / 8 - half] ^= 1 << UInt8(bit % 8)
            }
        case .byte: s[Int.random(in: 0..<half, using: &random)] = random.bytes(1)[0]
        case .border: r = Self.border(curve, &random)
        case .bothBorders:
            r = Self.border(curve, &random)
            s = Self.border(curve, &random)
        case .exchanged: swap(&r, &s)
        case .plusOrder: s = BigEndian.add(s, curve.order)
        case .random:
            r = random.bytes(half)
            s = random.bytes(half)
            if curve == .p521 {
                r[0] &= 1
                s[0] &= 1
            }
        case .otherDigest: digest = random.bytes(digest.count)
        case .zeroDigest: digest = [UInt8](repeating: 0, count: digest.count)
        case .oneDigest: digest = [UInt8](repeating: 0xFF, count: digest.count)
        case .bitOfDigest:
            let bit = Int.random(in: 0..<digest.count * 8, using: &random)
            digest[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        signature = r + s
    }

    /// A number near 0, near the order, near the end of its bytes, or a power of two.
    private static func border(_ curve: EllipticCurve, _ random: inout SplitMix) -> [UInt8] {
        let half = curve.coordinateByteCount
        let small = BigEndian.number(UInt8.random(in: 0..<4, using: &random), half)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return small
        case 1: return BigEndian.subtract(small, from: curve.order)
        case 2: return BigEndian.add(curve.order, small)
        default:
            var power = [UInt8](repeating: 0, count: half)
            power[Int.random(in: 0..<half, using: &random)] =
                1 << UInt8.random(in: 0..<8, using: &random)
            return Bool.random(using: &random)
                ? power : BigEndian.subtract(BigEndian.number(1, half), from: power)
        }
    }
}
