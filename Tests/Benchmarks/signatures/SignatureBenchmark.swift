import Cryptography
import Glibc
import Values

/// Prints what one verification costs, by the plain way and by the precomputed one:
///
///   GATEHOUSE_BENCH=1 swift run -c release BenchSignatures [REPETITIONS]
///
/// Microseconds of this thread's processor time: the least of several rounds, since everything that
/// disturbs a measurement makes it longer. The last column is the time that precomputing takes.
@main
enum SignatureBenchmark {
    private static let kinds: [PrivateKey.Kind] = [
        .p256, .p384, .p521, .ed25519, .rsa(bits: 2048), .rsa(bits: 4096),
        .rsa(bits: 2048, algorithm: .ps256),
    ]
    private static let message = [UInt8](repeating: 0x61, count: 800)

    static func main() throws {
        let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100
        print("algorithm   plain µs   precomputed µs   wrong µs   preparing ms")
        // The first precomputed key pays for what all of its curve share.
        for kind in [PrivateKey.Kind.p256, .p384, .p521] {
            let key = try PrivateKey.generate(kind)
            let start = now()
            _ = key.publicKey.precomputed()
            print("\(pad(key.algorithm.rawValue, 9))   first key and self-test:", terminator: "")
            print(" \(milliseconds(now() - start)) ms")
        }
        for kind in kinds {
            let key = try PrivateKey.generate(kind)
            let plain = key.publicKey
            var signature = try key.sign(message)
            let start = now()
            let faster = plain.precomputed()
            let preparing = now() - start
            let times = [plain, faster].map { measure($0, signature, repetitions) }
            signature[signature.count / 4] ^= 1
            let wrong = measure(faster, signature, repetitions)
            print(
                pad(key.algorithm.rawValue, 9), pad(times[0], 10), pad(times[1], 16),
                pad(wrong, 10), pad(milliseconds(preparing), 14))
        }
    }

    /// Microseconds of one check, with one decimal.
    private static func measure(
        _ key: PublicKey, _ signature: [UInt8], _ repetitions: Int
    ) -> String {
        var least = UInt64.max
        for _ in 0..<20 {
            let start = now()
            for _ in 0..<repetitions { _ = key.isValid(signature: signature, of: message) }
            least = min(least, now() - start)
        }
        let tenths = least / UInt64(max(1, repetitions)) / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        let tenths = nanoseconds / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    /// Nanoseconds that this thread has had a processor.
    private static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
