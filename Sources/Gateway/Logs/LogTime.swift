import HTTPProxy
import Values

/// The time at which an exchange began, as its lines name it: RFC 3339 in UTC, with milliseconds where
/// there are any. The text of a second is made once; a loop asks for the same one again and again.
struct LogTime: ~Copyable {
    private var second = Int64.min
    private var millisecond: Int64 = 0
    /// The second without the `Z`.
    private var text = ByteBuffer(capacity: 32)

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
    }

    /// Adds the time.
    @inline(__always)
    func append(to line: inout ByteBuffer) {
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

    @inline(__always)
    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)
    }
}
