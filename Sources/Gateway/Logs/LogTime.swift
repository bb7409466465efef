import HTTPProxy
import Values

/// The time at which an exchange began, as its lines name it: RFC 3339 in UTC, with milliseconds where
/// there are any. The text of a second is made once; a loop asks for the same one again and again.
struct LogTime: ~Copyable {
    private var second = Int64.min
    private var millisecond: Int64 = 0
    /// The second without the `Z`.
    private var text = ByteBuffer(capacity: 32)
    /// The same as words, where it has the 19 bytes that years of four digits make; `.` behind it.
    private var words: (UInt64, UInt64, UInt64)?

    /// Makes this the time that is added.
    mutating func set(_ time: UnixTime) {
        let next = time.seconds
        // The far ends of the clock have a second, too, that saturates: what counts is the difference.
        millisecond = time.milliseconds &- UnixTime(seconds: next).milliseconds
        guard next != second else { return }
        second = next
        var digits: [UInt8] = []
        UnixTime(seconds: next).appendRFC3339(to: &digits)
        text.removeAll()
        text.append(digits.span, 0..<digits.count - 1)
        words = Self.words(text)
    }

    private static func words(_ text: borrowing ByteBuffer) -> (UInt64, UInt64, UInt64)? {
        guard text.count == 19 else { return nil }
        var words = (UInt64(0), UInt64(0), UInt64(UInt8(ascii: ".")) << 24)
        text.withSpan { bytes in
            for index in 0..<8 {
                let shift = UInt64(index * 8)
                words.0 |= UInt64(bytes[index]) << shift
                words.1 |= UInt64(bytes[index + 8]) << shift
                if index < 3 { words.2 |= UInt64(bytes[index + 16]) << shift }
            }
        }
        return words
    }

    /// Adds the time.
    @inline(__always)
    func append(to line: inout ByteBuffer) {
        if millisecond != 0, let words {
            line.append(word: words.0)
            line.append(word: words.1)
            line.append(word: words.2 | Self.fraction(millisecond))
            return
        }
        text.withSpan { line.append($0) }
        guard millisecond != 0 else {
            line.append(UInt8(ascii: "Z"))
            return
        }
        let number = UInt64(bitPattern: millisecond)
        line.reserve(5)
        line.append(UInt8(ascii: "."))
        line.append(Self.digit(number / 100))
        line.append(Self.digit(number / 10 % 10))
        line.append(Self.digit(number % 10))
        line.append(UInt8(ascii: "Z"))
    }

    /// Three digits and a `Z` in the upper four bytes.
    @inline(__always)
    private static func fraction(_ millisecond: Int64) -> UInt64 {
        let number = UInt32(truncatingIfNeeded: millisecond)
        let first = UInt64(number / 100)
        let rest = number % 100
        return 0x5A30_3030_0000_0000 &+ first &<< 32 &+ UInt64(rest / 10) &<< 40
            &+ UInt64(rest % 10) &<< 48
    }

    @inline(__always)
    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)
    }
}
