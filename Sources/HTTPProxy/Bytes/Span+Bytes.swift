/// Reads and copies of many bytes at once. Each read is bounds-checked, though the
/// language does not see it.
extension Span where Element == UInt8 {
    /// Eight bytes as a little-endian number.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // Any eight bytes are a valid UInt64; the offset is checked by the call.
        unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first byte from `start` on that may not stand in a field's value, or `limit`: what is no
    /// HTAB, SP, visible ASCII, or byte above 0x7F.
    @inline(__always)
    func endOfValue(from start: Int, limit: Int) -> Int {
        let limit = Swift.min(limit, count)
        var index = Swift.max(start, 0)
        // Most values are short.
        let near = Swift.min(limit, index &+ 32)
        while index &+ 8 <= near {
            let hits = controlHits(at: index)
            if hits == 0 {
                index &+= 8
                continue
            }
            index &+= hits.trailingZeroBitCount &>> 3
            if self[index] != 0x09 { return index }
            index &+= 1
        }
        return index &+ 8 <= limit
            ? endOfLongValue(from: index, limit: limit) : endOfRest(from: index, limit: limit)
    }

    /// Tokens and cookies: 64 bytes at a time, in a loop that is compiled to vector instructions.
    private func endOfLongValue(from start: Int, limit: Int) -> Int {
        var index = start
        while index &+ 256 <= limit, isVisible(256, at: index) { index &+= 256 }
        while index &+ 64 <= limit, isVisible(64, at: index) { index &+= 64 }
        while index &+ 8 <= limit {
            let hits = controlHits(at: index)
            if hits == 0 {
                index &+= 8
                continue
            }
            index &+= hits.trailingZeroBitCount &>> 3
            if self[index] != 0x09 { return index }
            index &+= 1
        }
        return endOfRest(from: index, limit: limit)
    }

    /// Whether so many bytes, which the caller has checked to be there, are 0x20 to 0x7E.
    @inline(__always)
    private func isVisible(_ length: Int, at index: Int) -> Bool {
        var found: UInt8 = 0
        for place in 0..<length {
            // In bounds: 0 <= index and index + length <= limit <= count.
            let byte = unsafe self[unchecked: index &+ place]
            found |= (byte &- 0x20) | (byte &+ 1)
        }
        return found < 0x80
    }

    /// The first byte from `start` on that is not 0x21 to 0x7E, or `limit`.
    @inline(__always)
    func endOfVisible(from start: Int, limit: Int) -> Int {
        let limit = Swift.min(limit, count)
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = Swift.max(start, 0)
        while index &+ 8 <= limit {
            // In bounds: 0 <= index and index + 8 <= limit <= count.
            let word = wordUnchecked(at: index)
            // The lowest high bit that is set marks such a byte.
            let hits =
                (((word &- ones &* 0x21) & ~word) | (word &+ ones) | word) & (ones &* 0x80)
            if hits != 0 { return index &+ hits.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < limit, self[index] &- 0x21 < 0x5E { index &+= 1 }
        return index
    }

    /// Whether the range, which lies within the bytes, has eight bytes or more, and they are letters,
    /// digits, `-`, `_` and single dots between others.
    @inline(__always)
    func isDottedName(_ range: Range<Int>) -> Bool {
        let part = extracting(range)
        guard part.count >= 8 else { return false }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let last = part.count &- 8
        var index = 0
        // Beginning and end count as dots: a dot beside them is a second one.
        var isBehindDot: UInt64 = 0x80
        while true {
            // In bounds: index <= last, and last + 8 = count.
            let word = part.wordUnchecked(at: index)
            guard word & (ones &* 0x80) == 0 else { return false }
            // No byte has its high bit, so that no sum is carried into the next one.
            let letters = Self.hits(word | ones &* 0x20, from: 0x61, through: 0x7A)
            let digits = Self.hits(word, from: 0x30, through: 0x39)
            let hyphens = Self.hits(word, from: 0x2D, through: 0x2D)
            let lines = Self.hits(word, from: 0x5F, through: 0x5F)
            let dots = Self.hits(word, from: 0x2E, through: 0x2E)
            guard letters | digits | hyphens | lines | dots == ones &* 0x80 else { return false }
            guard dots & (dots &<< 8 | isBehindDot) == 0 else { return false }
            if index == last { return dots &>> 63 == 0 }
            let next = Swift.min(index &+ 8, last)
            // The byte before the next word; words may overlap.
            isBehindDot = dots &>> UInt64(8 &* (next &- index &- 1)) & 0x80
            index = next
        }
    }

    /// The high bits of the bytes in the range; every byte of the word is below 0x80.
    @inline(__always)
    private static func hits(_ word: UInt64, from low: UInt64, through high: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        return (word &+ ones &* (0x80 &- low)) & ~(word &+ ones &* (0x7F &- high)) & (ones &* 0x80)
    }

    @inline(__always)
    private func endOfRest(from start: Int, limit: Int) -> Int {
        var index = start
        while index < limit {
            let byte = self[index]
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return index }
            index &+= 1
        }
        return index
    }

    /// The lowest high bit that is set marks the first control byte among eight; higher ones may not.
    @inline(__always)
    private func controlHits(at index: Int) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = wordUnchecked(at: index)
        let low = (word &- ones &* 0x20) & ~word
        let deleted = word ^ (ones &* 0x7F)
        return (low | ((deleted &- ones) & ~deleted)) & (ones &* 0x80)
    }

    /// Where the first colon is, if it is among the 24 bytes from `start` on; else `start`.
    @inline(__always)
    func shortColon(from start: Int, limit: Int) -> Int {
        let limit = Swift.min(limit, count)
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = Swift.max(start, 0)
        let end = index &+ 24
        while index &+ 8 <= limit, index < end {
            let other = wordUnchecked(at: index) ^ (ones &* 0x3A)
            let hits = (other &- ones) & ~other & (ones &* 0x80)
            if hits != 0 { return index &+ hits.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        return start
    }

    /// Where the first of two bytes is in the range, which lies within the bytes; its end where none is.
    @inline(__always)
    func first(_ one: UInt8, or other: UInt8, in range: Range<Int>) -> Int {
        let part = extracting(range)
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index &+ 8 <= part.count {
            // In bounds: 0 <= index and index + 8 <= count.
            let word = part.wordUnchecked(at: index)
            let left = word ^ (ones &* UInt64(one))
            let right = word ^ (ones &* UInt64(other))
            // The lowest high bit that is set marks one of the two bytes.
            let hits =
                (((left &- ones) & ~left) | ((right &- ones) & ~right)) & (ones &* 0x80)
            if hits != 0 {
                return range.lowerBound &+ index &+ hits.trailingZeroBitCount &>> 3
            }
            index &+= 8
        }
        while index < part.count {
            let byte = part[index]
            if byte == one || byte == other { break }
            index &+= 1
        }
        return range.lowerBound &+ index
    }

    /// Eight bytes whose bounds the caller has checked.
    @inline(__always)
    func wordUnchecked(at offset: Int) -> UInt64 {
        unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// A copy of these bytes.
    func array(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(self, range)
        return copy
    }

    /// The text of these bytes; what is no UTF-8 becomes U+FFFD.
    func text(_ range: Range<Int>) -> String {
        String(decoding: array(range), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Adds a part of the bytes.
    @inline(__always)
    package mutating func append(_ source: Span<UInt8>, _ range: Range<Int>) {
        let part = source.extracting(range)
        unsafe part.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Adds all of the bytes.
    @inline(__always)
    mutating func append(_ source: Span<UInt8>) {
        unsafe source.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Adds constant text without making a `String` of it.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
