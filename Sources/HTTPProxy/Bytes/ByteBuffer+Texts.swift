package import Values

/// Numbers, names and JSON text, written in place.
extension ByteBuffer {
    /// Adds a number in decimal digits.
    package mutating func append(decimal number: UInt64) {
        reserve(20)
        if number < 1000 {
            appendSmall(UInt32(truncatingIfNeeded: number))
            return
        }
        var length = 4
        var limit: UInt64 = 10_000
        while length < 20, number >= limit {
            length &+= 1
            limit = length < 20 ? limit &* 10 : .max
        }
        var left = number
        var place = count &+ length
        count = place
        // In bounds: `length` digits of 20 for which there is room.
        while left >= 10 {
            place &-= 1
            unsafe base[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: left % 10)
            left /= 10
        }
        unsafe base[place &- 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: left)
    }

    /// Adds a number below 1000, for which there is room.
    @inline(__always)
    private mutating func appendSmall(_ number: UInt32) {
        if number >= 10 {
            if number >= 100 {
                unsafe base[count] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 100)
                count &+= 1
            }
            unsafe base[count] =
                UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 10 % 10)
            count &+= 1
        }
        unsafe base[count] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10)
        count &+= 1
    }

    /// Adds a number in decimal digits; below 0 with its sign.
    @inline(__always)
    package mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(number.magnitude))
    }

    /// Adds the 24 digits of a request's name.
    package mutating func append(_ id: ExchangeID) {
        let digits = id.digits
        reserve(24)
        append(word: digits.0)
        append(word: digits.1)
        append(word: digits.2)
    }

    /// Adds the name of a method.
    @inline(__always)
    package mutating func append(_ method: HTTPMethod) {
        reserve(32)
        let end = count &+ method.count
        append(word: method.words[0])
        if method.count > 8 {
            for index in 1..<4 { append(word: method.words[index]) }
        }
        // A name has at most 32 bytes, and for those there is room.
        count = end
    }

    /// Adds bytes that may not be UTF-8 as JSON text in quotes: see `JSONText.append(bytes:to:)`.
    package mutating func append(json bytes: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        if bytes.isPlainJSON {
            append(bytes)
            append(UInt8(ascii: "\""))
        } else {
            count &-= 1
            var escaped: [UInt8] = []
            JSONText.append(bytes: bytes, to: &escaped)
            append(escaped)
        }
    }

    /// Adds a text as JSON text in quotes.
    @inline(__always)
    package mutating func append(json text: String) {
        append(json: text.utf8.span)
    }
}

extension Span where Element == UInt8 {
    /// Whether all bytes are printable ASCII that JSON text holds as it is.
    fileprivate var isPlainJSON: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        guard count >= 8 else {
            for index in 0..<count {
                let byte = self[index]
                if byte < 0x20 || byte > 0x7E || byte == 0x22 || byte == 0x5C { return false }
            }
            return true
        }
        var found: UInt64 = 0
        var index = 0
        while true {
            // In bounds: index + 8 <= count.
            let word = wordUnchecked(at: index)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // The lowest high bit that is set marks a byte below 0x20, above 0x7E, `"` or `\`.
            found |=
                (word &- ones &* 0x20) | (word &+ ones) | (quote &- ones) | (backslash &- ones)
            if index == count &- 8 { return found & (ones &* 0x80) == 0 }
            index = Swift.min(index &+ 8, count &- 8)
        }
    }
}
