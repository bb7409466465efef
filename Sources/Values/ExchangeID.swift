/// The name of one exchange: unique in this process and unlikely to repeat in another.
///
/// Two plain numbers, so that a request costs no text; `text` and `append` write 24 hexadecimal digits.
@usableFromInline
package struct ExchangeID: Hashable, Sendable {
    /// Random bits of the loop, chosen when it started.
    @usableFromInline package let seed: UInt32
    /// The number of the exchange on its loop.
    @usableFromInline package let number: UInt64

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

    /// The 24 digits as three words, each with its first digit in the lowest byte: no loop over digits,
    /// and a buffer takes them as three stores.
    @inlinable @inline(__always) package var digits: (UInt64, UInt64, UInt64) {
        (
            Self.digits(of: seed),
            Self.digits(of: UInt32(truncatingIfNeeded: number &>> 32)),
            Self.digits(of: UInt32(truncatingIfNeeded: number))
        )
    }

    /// Adds the 24 digits.
    package func append(to bytes: inout [UInt8]) {
        let digits = digits
        bytes.append(addingCapacity: 24) { output in
            Self.append(digits.0, to: &output)
            Self.append(digits.1, to: &output)
            Self.append(digits.2, to: &output)
        }
    }

    @inline(__always)
    private static func append(_ word: UInt64, to output: inout OutputSpan<UInt8>) {
        var word = word
        for _ in 0..<8 {
            output.append(UInt8(truncatingIfNeeded: word))
            word &>>= 8
        }
    }

    /// The eight hexadecimal digits of a number, the highest in the lowest byte.
    @inlinable @inline(__always)
    package static func digits(of number: UInt32) -> UInt64 {
        var word = UInt64(number.byteSwapped)
        word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
        word = (word &>> 4 | word &<< 8) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte that is a letter.
        let letters = (word &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
        return word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
