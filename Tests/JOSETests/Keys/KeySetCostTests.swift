import Cryptography
import JOSE
import Synchronization
import Testing
import Values

@Suite struct KeySetCostTests {
    private func set(_ kinds: [PrivateKey.Kind]) throws -> (keys: KeySet, signers: [TokenSigner]) {
        let signers = try kinds.enumerated().map { index, kind in
            TokenSigner(key: try PrivateKey.generate(kind), keyID: KeyID("K\(index)"))
        }
        return (KeySet(signers.map { ($0.keyID, $0.key.publicKey) }), signers)
    }

    /// A clock that goes on by so much with each look.
    private func clock(step: UInt64) -> () -> MonotonicTime {
        let now = Mutex<UInt64>(0)
        return {
            now.withLock {
                $0 += step
                return MonotonicTime(nanoseconds: $0)
            }
        }
    }

    @Test func `every key of a set gets its cost, and stays the same key`() throws {
        let (keys, signers) = try set([
            .p256, .p384, .p521, .ed25519, .rsa(bits: 2048, algorithm: .ps256),
        ])
        let measured = keys.measuringCosts(clock(step: 700))
        #expect(measured == keys)
        #expect(measured.entries.map(\.id) == keys.entries.map(\.id))
        #expect(measured.entries.allSatisfy { $0.key.verificationCost == .nanoseconds(700) })
        #expect(keys.entries.allSatisfy { $0.key.verificationCost == .seconds(1) })
        let message: [UInt8] = [1, 2, 3]
        for (entry, signer) in zip(measured.entries, signers) {
            let signature = try signer.signature(of: message)
            #expect(entry.key.isValid(signature: signature, of: message))
            #expect(!entry.key.isValid(signature: signature, of: message + [4]))
        }
    }

    @Test func `tables are kept where they turn out faster`() throws {
        let (keys, _) = try set([.p384])
        // Eight looks at the clock measure the plain way, the next eight the precomputed one.
        for (plain, faster) in [(900 as UInt64, 300 as UInt64), (300, 300), (300, 900)] {
            let looks = Mutex(0)
            let measured = keys.measuringCosts {
                let look = looks.withLock { looks in
                    defer { looks += 1 }
                    return looks
                }
                let step = look < 8 ? plain : faster
                return MonotonicTime(nanoseconds: look.isMultiple(of: 2) ? 0 : step)
            }
            let key = try #require(measured.entries.first).key
            #expect(key.isPrecomputed == (faster <= plain))
            #expect(key.verificationCost == .nanoseconds(Int64(min(plain, faster))))
        }
    }

    @Test func `a set of many keys is measured whole`() throws {
        let (keys, signers) = try set([PrivateKey.Kind](repeating: .p256, count: 12))
        let measured = keys.measuringCosts(clock(step: 5))
        #expect(measured == keys)
        #expect(measured.entries.allSatisfy { $0.key.verificationCost == .nanoseconds(5) })
        // The bound that keeps a set of hostile size from taking much memory.
        #expect(measured.entries.count { $0.key.isPrecomputed } == 8)
        for signer in signers {
            let key = try #require(measured[signer.keyID])
            #expect(key.isValid(signature: try signer.signature(of: [7]), of: [7]))
        }
    }
}
