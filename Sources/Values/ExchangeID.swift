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
        let start = bytes.count
        // Grown once, then written in place: an append of each digit would check the array 24 times.
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 24))
        var digits = bytes.mutableSpan
        var (place, seedLeft, numberLeft) = (start + 23, seed, number)
        for _ in 0..<16 {
            digits[place] = Hexadecimal.digit(UInt8(truncatingIfNeeded: numberLeft) & 0x0F)
            numberLeft &>>= 4
            place -= 1
        }
        for _ in 0..<8 {
            digits[place] = Hexadecimal.digit(UInt8(truncatingIfNeeded: seedLeft) & 0x0F)
            seedLeft &>>= 4
            place -= 1
        }
    }
}
