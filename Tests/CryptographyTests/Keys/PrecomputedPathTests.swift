import Synchronization
import Testing
import Values

@testable import Cryptography

/// The self-test that stands before the precomputed way, and what happens when it fails.
@Suite struct PrecomputedPathTests {
    private let message = Array("the signing input".utf8)

    /// A computation that is wrong in one respect and right otherwise.
    enum Fault: CaseIterable {
        case acceptsEverything
        case refusesEverything
        case ignoresTheMessage
        case acceptsAnyR
        case acceptsAnyS
        case acceptsZero
        case acceptsTheOrder
        case acceptsOtherLengths
        case makesNoVerifier
    }

    /// Right but for its fault.
    private final class FaultyVerifier: SignatureVerifier {
        private let fault: Fault
        private let right: any SignatureVerifier
        private let answer: KnownAnswer

        init(_ fault: Fault, right: any SignatureVerifier, answer: KnownAnswer) {
            self.fault = fault
            self.right = right
            self.answer = answer
        }

        func isValid(signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
            let half = answer.curve.coordinateByteCount
            var bytes: [UInt8] = []
            for index in signature.indices { bytes.append(signature[index]) }
            let isRight = right.isValid(signature: signature, of: message)
            switch fault {
            case .acceptsEverything: return true
            case .refusesEverything, .makesNoVerifier: return false
            case .ignoresTheMessage: return isRight || bytes == answer.signature
            case .acceptsAnyR:
                return isRight || bytes.suffix(half) == answer.signature.suffix(half)
            case .acceptsAnyS:
                return isRight || bytes.prefix(half) == answer.signature.prefix(half)
            case .acceptsZero: return isRight || bytes.allSatisfy { $0 == 0 }
            case .acceptsTheOrder:
                return isRight || bytes.prefix(half) == answer.curve.order[...]
            case .acceptsOtherLengths: return isRight || bytes.count != 2 * half
            }
        }
    }

    @Test(arguments: EllipticCurve.allCases)
    func `the precomputed way gives the known answers and is used`(_ curve: EllipticCurve) throws {
        #expect(PrecomputedPath.shared.isTrusted(curve))
        let key = try PrivateKey.generate(.of(curve))
        let faster = key.publicKey.precomputed()
        #expect(faster.verifier is CombVerifier)
        #expect(faster == key.publicKey)
        #expect(faster.isValid(signature: try key.sign(message), of: message))
    }

    @Test(arguments: Fault.allCases, EllipticCurve.allCases)
    func `a computation that fails the self-test is never used`(
        _ fault: Fault, _ curve: EllipticCurve
    ) throws {
        let answer = try #require(KnownAnswer(curve))
        let path = PrecomputedPath { curve, x, y, plain, _ in
            if fault == .makesNoVerifier { return nil }
            guard let right = try? PublicKey(curve: curve, x: x, y: y).verifier else { return nil }
            return FaultyVerifier(fault, right: right, answer: answer)
        }
        #expect(!path.isTrusted(curve))
        let key = try PrivateKey.generate(.of(curve))
        let kept = key.publicKey.precomputed(by: path)
        #expect(kept.verifier is LibCryptoVerifier)
        let signature = try key.sign(message)
        #expect(kept.isValid(signature: signature, of: message))
        #expect(!kept.isValid(signature: signature, of: message + [0]))
    }

    @Test func `a right computation passes the self-test`() {
        for curve in EllipticCurve.allCases {
            let path = PrecomputedPath { curve, x, y, _, _ in
                try? PublicKey(curve: curve, x: x, y: y).verifier
            }
            #expect(path.isTrusted(curve))
        }
    }

    @Test func `the self-test is done once for each curve`() {
        let made = Mutex(0)
        let path = PrecomputedPath { _, _, _, _, _ in
            made.withLock { $0 += 1 }
            return nil
        }
        for _ in 0..<3 { #expect(!path.isTrusted(.p384)) }
        #expect(made.withLock { $0 } == 1)
        #expect(!path.isTrusted(.p256))
        #expect(made.withLock { $0 } == 2)
    }

    @Test func `keys that are on no curve stay as they are`() throws {
        for key in [TestKeys.rsa, TestKeys.ed25519] {
            let key = try #require(key)
            let same = key.publicKey.precomputed()
            #expect(!(same.verifier is CombVerifier))
            #expect(same.isValid(signature: try key.sign(message), of: message))
        }
    }

    @Test(arguments: EllipticCurve.allCases)
    func `a table is made of a point of its curve alone`(_ curve: EllipticCurve) throws {
        let half = curve.coordinateByteCount
        let plain = try PrivateKey.generate(.of(curve)).publicKey.verifier
        let bytes = [UInt8](repeating: 1, count: half)
        #expect(CombVerifier(curve: curve, x: bytes, y: bytes, plain: plain) == nil)
        let answer = try #require(KnownAnswer(curve))
        for width in [-1, 0, 1, 9] {
            #expect(
                CombVerifier(curve: curve, x: answer.x, y: answer.y, plain: plain, width: width)
                    == nil)
        }
        for width in 2...8 {
            let verifier = try #require(
                CombVerifier(curve: curve, x: answer.x, y: answer.y, plain: plain, width: width))
            #expect(answer.isGiven(by: verifier))
        }
    }

    @Test func `one precomputed key is used by many tasks at once`() async throws {
        let key = try PrivateKey.generate(.p384)
        let signature = try key.sign(message)
        let faster = key.publicKey.precomputed()
        let message = self.message
        let failures = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = signature
                    wrong[task] ^= 1
                    return (0..<50).count { _ in
                        !faster.isValid(signature: signature, of: message)
                            || faster.isValid(signature: wrong, of: message)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(failures == 0)
    }
}

extension PrivateKey.Kind {
    /// A key on the curve.
    static func of(_ curve: EllipticCurve) -> PrivateKey.Kind {
        switch curve {
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        }
    }
}
