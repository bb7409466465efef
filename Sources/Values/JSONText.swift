/// Text as it stands inside JSON (RFC 8259 § 7), for everything that writes JSON without a tree.
package enum JSONText {
    /// Appends the text in quotes. Control characters are escaped, so that a line stays one line.
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        append(escaping: text.utf8.span, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends bytes that may not be UTF-8, in quotes: see `append(bytes:to:)` for spans.
    package static func append(bytes source: [UInt8], to bytes: inout [UInt8]) {
        append(bytes: source.span, to: &bytes)
    }

    /// Appends bytes that may not be UTF-8, in quotes: what is not printable ASCII becomes `\u00xx`,
    /// except complete UTF-8 sequences, which stay.
    package static func append(bytes source: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var isASCII = true
        for index in source.indices where source[index] >= 0x7F { isASCII = false }
        if isASCII {
            append(escaping: source, to: &bytes)
        } else {
            let copy = source.indices.map { source[$0] }
            for byte in String(decoding: copy, as: UTF8.self).utf8 {
                append(escaping: byte, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The text in quotes.
    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what needs no escape in whole runs: almost always everything at once.
    private static func append(escaping text: Span<UInt8>, to bytes: inout [UInt8]) {
        var start = 0
        for index in text.indices where mustEscape(text[index]) {
            bytes.append(copying: text.extracting(start..<index))
            append(escaping: text[index], to: &bytes)
            start = index + 1
        }
        bytes.append(copying: text.extracting(start..<text.count))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func append(escaping byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0A: bytes.append(text: "\\n")
        case 0x0D: bytes.append(text: "\\r")
        case 0x09: bytes.append(text: "\\t")
        case 0..<0x20, 0x7F:
            bytes.append(text: "\\u00")
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 0x0F))
        default: bytes.append(byte)
        }
    }
}

extension [UInt8] {
    /// Appends the UTF-8 bytes of a text.
    package mutating func append(text: String) {
        append(copying: text.utf8.span)
    }

    /// Appends the bytes of a span.
    package mutating func append(copying bytes: Span<UInt8>) {
        append(addingCapacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    /// Appends a number in decimal digits, without making a string.
    package mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: number.magnitude)
    }

    /// Appends a number in decimal digits, without making a string.
    package mutating func append(decimal number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        append(addingCapacity: 20) { output in
            while divisor > 0 {
                output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
    }
}
