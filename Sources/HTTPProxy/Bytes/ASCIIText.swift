/// Comparisons of wire bytes with constant text, without case for ASCII letters.
enum ASCIIText {
    /// Whether the bytes are this text, which is given in lower case.
    static func isSame(_ range: Range<Int>, in bytes: Span<UInt8>, as text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return hasPrefix(range, in: bytes, text)
    }

    /// Whether the bytes begin with this text, which is given in lower case.
    static func hasPrefix(
        _ range: Range<Int>, in bytes: Span<UInt8>, _ text: StaticString
    ) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count >= count else { return false }
        // A constant's bytes stay where they are.
        let expected = unsafe UnsafeBufferPointer(start: text.utf8Start, count: count)
        for index in 0..<count {
            let byte = lowercase(bytes[range.lowerBound &+ index])
            if unsafe byte != expected[index] { return false }
        }
        return true
    }

    /// Whether two parts are the same.
    static func isSame(
        _ left: Range<Int>, _ right: Range<Int>, in bytes: Span<UInt8>
    ) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where lowercase(bytes[left.lowerBound + index])
            != lowercase(bytes[right.lowerBound + index])
        {
            return false
        }
        return true
    }

    /// The letter in lower case; other bytes as they are.
    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
