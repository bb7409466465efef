import Values

/// Cuts the text of an expression into tokens.
struct Lexer {
    let bytes: [UInt8]
    var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Names that can never be used, as literals or as an operator.
    private static let keywords: [String: Token.Kind] = [
        "true": .literal(.bool(true)), "false": .literal(.bool(false)), "null": .literal(.null),
        "in": .mark(.isIn),
    ]

    /// The byte at an offset from the position, or nil behind the end.
    func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    /// The next token; at the end of the text it is `.end`, again and again.
    mutating func next() throws(SyntaxError) -> Token {
        skipSpaceAndComments()
        let start = position
        guard let byte = peek() else { return Token(kind: .end, range: start..<start) }
        if byte == UInt8(ascii: "`") { return try quotedName() }
        if let prefix = literalPrefix() { return try text(prefix) }
        if Self.isLetter(byte) { return word() }
        if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && peek(1).map(Self.isDigit) == true) {
            return try number()
        }
        return try mark()
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func skipSpaceAndComments() {
        while let byte = peek() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: position += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while let next = peek(), next != 0x0A { _ = next; position += 1 }
            default: return
            }
        }
    }

    private mutating func word() -> Token {
        let start = position
        while let byte = peek(), Self.isLetter(byte) || Self.isDigit(byte) { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        return Token(kind: Self.keywords[name] ?? .identifier(name), range: start..<position)
    }

    private mutating func quotedName() throws(SyntaxError) -> Token {
        let start = position
        position += 1
        while let byte = peek(), byte != UInt8(ascii: "`") {
            guard
                Self.isLetter(byte) || Self.isDigit(byte)
                    || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"), 0x20].contains(
                        byte)
            else {
                throw SyntaxError(
                    "a name in backquotes holds letters, digits, `_`, `.`, `-`, `/` and spaces only",
                    at: position..<position + 1)
            }
            position += 1
        }
        guard peek() != nil, position > start + 1 else {
            throw SyntaxError("a name in backquotes is empty or does not end", at: start..<position)
        }
        position += 1
        let name = String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
        return Token(kind: .quotedName(name), range: start..<position)
    }

    private mutating func mark() throws(SyntaxError) -> Token {
        let start = position
        for length in [2, 1] where position + length <= bytes.count {
            let text = String(decoding: bytes[position..<position + length], as: UTF8.self)
            guard let mark = Mark(rawValue: text), mark != .isIn else { continue }
            position += length
            return Token(kind: .mark(mark), range: start..<position)
        }
        throw unexpectedCharacter()
    }

    private func unexpectedCharacter() -> SyntaxError {
        // The whole scalar is underlined, not one of its bytes.
        var end = position + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let shown = String(decoding: bytes[position..<end], as: UTF8.self)
        let help: String? =
            switch bytes[position] {
            case UInt8(ascii: "="): "write `==` to compare"
            case UInt8(ascii: "&"): "write `&&` for and"
            case UInt8(ascii: "|"): "write `||` for or"
            default: nil
            }
        return SyntaxError("`\(shown)` has no meaning here", at: position..<end, help: help)
    }

    // MARK: Numbers

    private mutating func number() throws(SyntaxError) -> Token {
        let start = position
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") {
            position += 2
            return try integer(from: start, digitsAt: position, radix: 16)
        }
        while let byte = peek(), Self.isDigit(byte) { position += 1 }
        var isDouble = false
        if peek() == UInt8(ascii: "."), let digit = peek(1), Self.isDigit(digit) {
            isDouble = true
            position += 1
            while let byte = peek(), Self.isDigit(byte) { position += 1 }
        }
        if let exponent = peek(), exponent | 0x20 == UInt8(ascii: "e") {
            var ahead = 1
            if let sign = peek(1), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                ahead = 2
            }
            if let digit = peek(ahead), Self.isDigit(digit) {
                isDouble = true
                position += ahead
                while let byte = peek(), Self.isDigit(byte) { position += 1 }
            }
        }
        guard isDouble else {
            position = start
            return try integer(from: start, digitsAt: start, radix: 10)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw SyntaxError("`\(text)` is too large for a double", at: start..<position)
        }
        try endOfNumber(start)
        return Token(kind: .literal(.double(value)), range: start..<position)
    }

    private mutating func integer(
        from start: Int, digitsAt: Int, radix: UInt64
    ) throws(SyntaxError) -> Token {
        var value: UInt64 = 0
        var overflow = false
        var count = 0
        while let byte = peek(), let digit = Hexadecimal.value(of: byte), UInt64(digit) < radix {
            let (product, first) = value.multipliedReportingOverflow(by: radix)
            let (sum, second) = product.addingReportingOverflow(UInt64(digit))
            value = sum
            overflow = overflow || first || second
            count += 1
            position += 1
        }
        guard count > 0 else {
            throw SyntaxError("a hexadecimal number needs digits after `0x`", at: start..<position)
        }
        var isUnsigned = false
        if let suffix = peek(), suffix | 0x20 == UInt8(ascii: "u") {
            isUnsigned = true
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        try endOfNumber(start)
        let range = start..<position
        if isUnsigned, !overflow { return Token(kind: .literal(.uint(value)), range: range) }
        if !isUnsigned, !overflow, let signed = Int64(exactly: value) {
            return Token(kind: .literal(.int(signed)), range: range)
        }
        if !isUnsigned, !overflow, value == Int64.min.magnitude {
            return Token(kind: .minimumMagnitude, range: range)
        }
        throw SyntaxError(
            "`\(text)` is too large for \(isUnsigned ? "a uint" : "an int")", at: range)
    }

    /// A letter directly behind a number is a mistake, not a second word.
    private func endOfNumber(_ start: Int) throws(SyntaxError) {
        guard let byte = peek(), Self.isLetter(byte) else { return }
        throw SyntaxError("a number ends in a letter", at: start..<position + 1)
    }
}
