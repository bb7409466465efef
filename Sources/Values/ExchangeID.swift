/// The name of one exchange: unique in this process and unlikely to repeat in another.
///
/// Two plain numbers, so that a request costs no text; `text` and `append` write 24 hexadecimal digits.
package struct ExchangeID: Hashable, Sendable {
    /// Random bits of the loop, chosen when it started.
    package let seed: UInt32
    /// The number of the exchange on its loop.
    package let number: UInt64

    /// A name by its parts.
    package init(seed: UInt32, number: UInt64) {
        self.seed = seed
        self.number = number
    }

    /// The 24 digits as text.
    package var text: String {
        var digits: [UInt8] = []
        append(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Adds the 24 digits.
    package func append(to bytes: inout [UInt8]) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 4
            bytes.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: seed &>> shift) & 0x0F))
        }
        var place: UInt64 = 64
        while place > 0 {
            place -= 4
            bytes.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: number &>> place) & 0x0F))
        }
    }
}
