import Synchronization
import Testing
import Values

@testable import Cryptography

@Suite struct VerificationCostTests {
    /// A clock that shows these times one after the other, then the last one for ever.
    private func clock(_ nanoseconds: [UInt64]) -> () -> MonotonicTime {
        let left = Mutex(nanoseconds)
        return {
            left.withLock { left in
                MonotonicTime(nanoseconds: left.count > 1 ? left.removeFirst() : left[0])
            }
        }
    }

    @Test func `a key that was not measured costs a second`() throws {
        #expect(try PrivateKey.generate(.p256).publicKey.verificationCost == .seconds(1))
    }

    @Test func `the cost is the least of a few checks`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        let measured = key.measured(by: clock([0, 900, 1000, 1400, 2000, 2500, 3000, 3700]))
        #expect(measured.verificationCost == .nanoseconds(400))
        #expect(measured == key)
    }

    @Test func `a clock that stands still gives a cost of nothing`() throws {
        let key = try PrivateKey.generate(.p256).publicKey
        #expect(key.measured(by: clock([5])).verificationCost == .zero)
    }

    /// The measure would be far too low if the check ended before its costly part.
    @Test func `what is measured is a signature that only the whole check refuses`() throws {
        for key in TestKeys.all {
            let probe = key.publicKey.signatureForMeasuring
            let isInRange: Bool
            switch key.publicKey.components {
            case .ellipticCurve(let curve, _, _):
                let half = curve.coordinateByteCount
                let zero = [UInt8](repeating: 0, count: half)
                isInRange = [probe.prefix(half), probe.suffix(half)].allSatisfy {
                    zero.lexicographicallyPrecedes($0) && $0.lexicographicallyPrecedes(curve.order)
                }
                #expect(probe.count == 2 * half)
            case .rsa(let modulus, _):
                isInRange = probe.lexicographicallyPrecedes(modulus)
                #expect(probe.count == modulus.count)
            case .ed25519:
                // Little-endian: the last byte of the order is 0x10.
                isInRange = (probe.last ?? 0xFF) < 0x10
                #expect(probe.count == 64)
            }
            #expect(isInRange, "\(key.algorithm)")
            #expect(!key.publicKey.isValid(signature: probe, of: [1]))
        }
    }
}
