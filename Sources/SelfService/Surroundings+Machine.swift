import Cryptography
import System

extension Surroundings {
    /// The machine's clock, tasks that sleep, and libcrypto's random bytes.
    package static let machine = Surroundings(
        now: { Clocks.wall() }, wait: { try? await Task.sleep(for: $0) },
        randomBytes: { RandomBytes.make($0) }
    )
}
