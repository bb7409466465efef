import CLibSSL
import Synchronization
import System
import Values

/// The keys that seal sessions which clients keep for us: shared by all loops and all listeners, and
/// kept when a certificate changes, so that sessions outlive both.
///
/// A key seals for twelve hours and opens for as long again. SECURITY: a session is bound to the
/// listener's settings of client certificates by its context, not by the key.
final class TLSTicketKeys: Sendable {
    private struct Key {
        let name: [UInt8]
        /// 32 bytes for the cipher, 32 for the seal.
        let secret: [UInt8]
        let made: MonotonicTime
    }

    /// Those of this process.
    static let ofProcess = TLSTicketKeys()

    private static var life: Duration { .seconds(12 * 3600) }

    /// The newest first; at most two.
    private let keys = Mutex<[Key]>([])

    /// Chooses or finds the key for one ticket, and prepares libssl's contexts with it.
    ///
    /// - Returns: what libssl's callback answers: 1 for a good key, 2 where the ticket should be
    ///   replaced, 0 for an unknown one, -1 for a fault.
    func prepare(
        name: UnsafeMutablePointer<UInt8>, iv: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer,
        mac: OpaquePointer, seals: Bool, isSingleUse: Bool
    ) -> Int32 {
        let now = Clocks.monotonic()
        if seals {
            guard let key = newest(now), unsafe RAND_bytes(iv, 16) == 1 else { return -1 }
            for index in 0..<16 { unsafe name[index] = key.name[index] }
            return unsafe gatehouse_ticket_seal(key.secret, iv, cipher, mac, 1) == 1 ? 1 : -1
        }
        let asked = unsafe Array(UnsafeBufferPointer(start: name, count: 16))
        let found = keys.withLock { keys -> (Key, Bool)? in
            guard let index = keys.firstIndex(where: { $0.name == asked }) else { return nil }
            return (keys[index], index == 0)
        }
        guard let (key, isNewest) = found,
            now < key.made.advanced(by: Self.life).advanced(by: Self.life)
        else { return 0 }
        guard unsafe gatehouse_ticket_seal(key.secret, iv, cipher, mac, 0) == 1 else { return -1 }
        return isNewest && !isSingleUse ? 1 : 2
    }

    private func newest(_ now: MonotonicTime) -> Key? {
        keys.withLock { keys in
            if let newest = keys.first, now < newest.made.advanced(by: Self.life) { return newest }
            var random = [UInt8](repeating: 0, count: 80)
            guard unsafe RAND_priv_bytes(&random, 80) == 1 else { return nil }
            let key = Key(name: Array(random[..<16]), secret: Array(random[16...]), made: now)
            keys = [key] + keys.prefix(1)
            return key
        }
    }
}
