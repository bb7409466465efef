import Values

/// String and bytes literals, raw and with escapes, in one line or in three quotes.
extension Lexer {
    /// What stands before and around a literal of text.
    struct TextPrefix {
        var isBytes = false
        var isRaw = false
        var length = 0
        var quote: UInt8 = 0
    }

    /// The prefix of a literal that begins here, or nil: `"`, `'`, `r"`, `b"`, `br"`, in any case.
    func literalPrefix() -> TextPrefix? {
        var prefix = TextPrefix()
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "b") {
            prefix.isBytes = true
            prefix.length += 1
        }
        if let byte = peek(prefix.length), byte | 0x20 == UInt8(ascii: "r") {
            prefix.isRaw = true
            prefix.length += 1
        }
        guard let quote = peek(prefix.length),
            quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else { return nil }
        prefix.quote = quote
        return prefix
    }

    mutating func text(_ prefix: TextPrefix) throws(SyntaxError) -> Token {
        let start = position
        position += prefix.length
        let isTriple = peek(1) == prefix.quote && peek(2) == prefix.quote
        position += isTriple ? 3 : 1
        var value: [UInt8] = []
        while true {
            guard let byte = peek(), isTriple || (byte != 0x0A && byte != 0x0D) else {
                throw SyntaxError(
                    "a text does not end", at: start..<position,
                    help: isTriple ? "close it with three quotes" : "close it in the same line")
            }
            if byte == prefix.quote, !isTriple || (peek(1) == byte && peek(2) == byte) {
                position += isTriple ? 3 : 1
                break
            }
            if byte == UInt8(ascii: "\\"), !prefix.isRaw {
                try escape(isBytes: prefix.isBytes, into: &value)
            } else {
                value.append(byte)
                position += 1
            }
        }
        let range = start..<position
        if prefix.isBytes { return Token(kind: .literal(.bytes(value)), range: range) }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw SyntaxError("a text is not valid UTF-8", at: range)
        }
        return Token(kind: .literal(.string(text)), range: range)
    }

    private mutating func escape(isBytes: Bool, into value: inout [UInt8]) throws(SyntaxError) {
        let start = position
        position += 1
        guard let kind = peek() else {
            throw SyntaxError("a text does not end", at: start..<position)
        }
        position += 1
        switch kind {
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"):
            value.append(kind)
        case UInt8(ascii: "a"): value.append(0x07)
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0C)
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "r"): value.append(0x0D)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "v"): value.append(0x0B)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            let code = try digits(2, radix: 16, from: start)
            try append(code, isBytes: isBytes, from: start, to: &value)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            let code = try digits(3, radix: 8, from: start)
            try append(code, isBytes: isBytes, from: start, to: &value)
        case UInt8(ascii: "u") where !isBytes:
            try append(digits(4, radix: 16, from: start), isBytes: false, from: start, to: &value)
        case UInt8(ascii: "U") where !isBytes:
            try append(digits(8, radix: 16, from: start), isBytes: false, from: start, to: &value)
        default:
            throw SyntaxError(
                "no such escape in \(isBytes ? "bytes" : "a text")", at: start..<position,
                help: "write `\\\\` for a backslash, or put `r` before the quotes")
        }
    }

    private mutating func digits(
        _ count: Int, radix: UInt32, from start: Int
    ) throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek(), let digit = Hexadecimal.value(of: byte), UInt32(digit) < radix
            else {
                throw SyntaxError("this escape needs \(count) digits", at: start..<position)
            }
            value = value &* radix &+ UInt32(digit)
            position += 1
        }
        return value
    }

    private func append(
        _ code: UInt32, isBytes: Bool, from start: Int, to value: inout [UInt8]
    ) throws(SyntaxError) {
        if isBytes {
            value.append(UInt8(truncatingIfNeeded: code))
        } else if let scalar = Unicode.Scalar(code) {
            value.append(contentsOf: Character(scalar).utf8)
        } else {
            throw SyntaxError("this escape names no character", at: start..<position)
        }
    }
}
