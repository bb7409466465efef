import Values

/// What is read of the lines that say where a request has been: loops, traces, and its name.
enum PassageRules {
    /// The lines that pass only where they are well-formed, and are made anew else.
    static let judged =
        KnownField.traceparent.bit | KnownField.tracestate.bit | KnownField.requestID.bit
        | KnownField.via.bit

    /// The bits of `traceparent` and `requestID` where the client's do not pass.
    ///
    /// A trace passes as its one valid `traceparent` with every `tracestate`; a request id as one
    /// field of 1 to 64 safe bytes.
    static func toMake(
        _ fields: FieldList, present: UInt64, in bytes: Span<UInt8>
    ) -> UInt64 {
        let both = KnownField.traceparent.bit | KnownField.requestID.bit
        guard present & both != 0 else { return both }
        var made = both
        var seen: UInt64 = 0
        for field in fields where field.known.bit & both != 0 {
            let bit = field.known.bit
            let isValid =
                bit == KnownField.requestID.bit
                ? isRequestID(field.value, in: bytes) : isTraceparent(field.value, in: bytes)
            // A repeated one has two readings.
            if isValid, seen & bit == 0 { made &= ~bit } else { made |= bit }
            seen |= bit
        }
        return made
    }

    /// 1 to 64 letters, digits, `-`, `_`, `.`, `:`, `=` or `+`: nothing that a log, a shell or a path
    /// reads as more than text.
    static func isRequestID(_ value: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard (1...64).contains(value.count) else { return false }
        for index in value {
            let byte = bytes[index]
            if (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 11 {
                continue
            }
            guard
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "=")
                    || byte == UInt8(ascii: "+")
            else { return false }
        }
        return true
    }

    /// `VERSION-TRACE-PARENT-FLAGS` in lower-case digits; stricter than W3C Trace Context § 3.2 in that
    /// later versions pass only with no more than these parts.
    static func isTraceparent(_ value: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard value.count == 55 else { return false }
        let start = value.lowerBound
        guard let version = digits(start, 2, in: bytes), version != 0xFF,
            bytes[start &+ 2] == UInt8(ascii: "-"),
            let high = digits(start &+ 3, 16, in: bytes),
            let low = digits(start &+ 19, 16, in: bytes), high | low != 0,
            bytes[start &+ 35] == UInt8(ascii: "-"),
            let parent = digits(start &+ 36, 16, in: bytes), parent != 0,
            bytes[start &+ 52] == UInt8(ascii: "-"),
            digits(start &+ 53, 2, in: bytes) != nil
        else { return false }
        return true
    }

    private static func digits(_ start: Int, _ count: Int, in bytes: Span<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for index in start..<start &+ count {
            let byte = bytes[index]
            let digit: UInt8
            if byte &- UInt8(ascii: "0") < 10 {
                digit = byte &- UInt8(ascii: "0")
            } else if byte &- UInt8(ascii: "a") < 6 {
                digit = byte &- UInt8(ascii: "a") &+ 10
            } else {
                return nil
            }
            number = number &<< 4 | UInt64(digit)
        }
        return number
    }

    /// Whether a `Via` names this gateway.
    ///
    /// SECURITY: it is looked for as a word anywhere in the value, also within comments: a comment that
    /// a client leaves open would otherwise hide what proxies write behind it.
    static func isLoop(
        _ fields: FieldList, identifier: [UInt8], in bytes: Span<UInt8>
    ) -> Bool {
        for field in fields where field.known == .via {
            var start = field.value.lowerBound
            while start < field.value.upperBound {
                var end = start
                while end < field.value.upperBound, !isWordEnd(bytes[end]) { end &+= 1 }
                if isSame(start..<end, identifier, in: bytes) { return true }
                start = end &+ 1
            }
        }
        return false
    }

    private static func isWordEnd(_ byte: UInt8) -> Bool {
        FieldLineScanner.isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "(")
            || byte == UInt8(ascii: ")")
    }

    private static func isSame(
        _ word: Range<Int>, _ identifier: [UInt8], in bytes: Span<UInt8>
    ) -> Bool {
        guard word.count == identifier.count else { return false }
        for index in 0..<word.count
        where ASCIIText.lowercase(bytes[word.lowerBound &+ index])
            != ASCIIText.lowercase(identifier[index])
        {
            return false
        }
        return true
    }

    /// How often an OPTIONS request may still be passed on (RFC 9110 § 7.6.2); nil where it does
    /// not say.
    static func maxForwards(
        _ fields: FieldList, in bytes: Span<UInt8>
    ) throws(RequestFault) -> Int? {
        var count: Int?
        for field in fields where field.known == .maxForwards {
            guard count == nil, field.value.count <= 9,
                let number = ContentLength.read(field.value, in: bytes)
            else { throw .malformed(.maxForwards) }
            count = number
        }
        return count
    }
}
