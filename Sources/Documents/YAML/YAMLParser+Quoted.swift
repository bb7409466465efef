import Values

/// Scalars in single and double quotes.
extension YAMLParser {
    /// Reads a scalar in quotes, which belongs to a block collection in column `parent`.
    mutating func quoted(parent: Int) throws(YAMLAbort) -> YAMLNode {
        let open = position
        let quote = peek()
        let isDouble = quote == UInt8(ascii: "\"")
        position += 1
        var builder = ScalarBuilder(start: position)
        while true {
            let start = position
            switch peek() {
            case quote where !isDouble && peek(1) == quote:
                position += 2
                builder.replace(start..<position, with: CollectionOfOne(quote))
            case quote:
                position += 1
                return YAMLNode(
                    content: .scalar(builder.scalar(isDouble ? .doubleQuoted : .singleQuoted)),
                    span: span(open..<position))
            case UInt8(ascii: "\\") where isDouble: try escape(&builder, open, parent)
            case 0x20, 0x09, 0x0A, 0x0D:
                skipFlowBlanks()
                if isAtBreak {
                    let count = try quotedBreaks(open, parent)
                    fold(start..<position, lineBreaks: count, into: &builder)
                } else {
                    builder.copy(start..<position, of: bytes)
                }
            case 0 where isAtEnd: throw unclosedQuote(open)
            default:
                repeat { position += 1 } while !Self.endsQuotedRun(peek())
                builder.copy(start..<position, of: bytes)
            }
        }
    }

    private static func endsQuotedRun(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), 0x20, 0x09, 0x0A, 0x0D, 0:
            true
        default: false
        }
    }

    /// Goes over line breaks and the indentation of the line behind them, and counts the breaks.
    private mutating func quotedBreaks(_ open: Int, _ parent: Int) throws(YAMLAbort) -> Int {
        var count = 0
        while isAtBreak {
            takeBreak()
            count += 1
            if isAtMarker { throw unclosedQuote(open) }
            skipSpaces()
            let column = self.column
            skipFlowBlanks()
            if isAtEnd { throw unclosedQuote(open) }
            // A line of the next entry: most likely the quote before it was forgotten.
            if !isAtBreak, column <= parent {
                goToNextEntry()
                throw unclosedQuote(open)
            }
        }
        return count
    }

    private mutating func unclosedQuote(_ open: Int) -> YAMLAbort {
        let quote = bytes[open] == UInt8(ascii: "\"") ? "\"" : "'"
        report(
            .error(
                "yaml-quote", "the text in quotes has no end", at: span(open..<open + 1),
                label: "begins here",
                help: "write `\(quote)` behind it; further lines of it must be indented"))
        return .thisLine
    }

    // MARK: Escapes

    private mutating func escape(
        _ builder: inout ScalarBuilder, _ open: Int, _ parent: Int
    ) throws(YAMLAbort) {
        let start = position
        position += 1
        if isAtBreak {
            let count = try quotedBreaks(open, parent)
            builder.replace(start..<position, withLineFeeds: count - 1)
            return
        }
        guard !isAtEnd else { throw unclosedQuote(open) }
        let letter = peek()
        position += 1
        switch letter {
        case UInt8(ascii: "x"): hexadecimal(2, from: start, &builder)
        case UInt8(ascii: "u"): hexadecimal(4, from: start, &builder)
        case UInt8(ascii: "U"): hexadecimal(8, from: start, &builder)
        default:
            guard let decoded = Self.escapes[letter] else {
                while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
                return report(unknownEscape(start..<position))
            }
            builder.replace(start..<position, with: decoded.utf8)
        }
    }

    private static let escapes: [UInt8: String] = [
        UInt8(ascii: "a"): "\u{7}", UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "t"): "\t",
        0x09: "\t", UInt8(ascii: "n"): "\n", UInt8(ascii: "v"): "\u{B}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "r"): "\r", UInt8(ascii: "e"): "\u{1B}",
        0x20: " ", UInt8(ascii: "\""): "\"", UInt8(ascii: "/"): "/", UInt8(ascii: "\\"): "\\",
        UInt8(ascii: "N"): "\u{85}", UInt8(ascii: "_"): "\u{A0}", UInt8(ascii: "L"): "\u{2028}",
        UInt8(ascii: "P"): "\u{2029}",
    ]

    private mutating func hexadecimal(
        _ count: Int, from start: Int, _ builder: inout ScalarBuilder
    ) {
        guard var code = digits(count) else { return report(unknownEscape(start..<position)) }
        // JSON writes characters above U+FFFF as two escapes.
        if code >= 0xD800, code <= 0xDBFF, count == 4, peek() == UInt8(ascii: "\\"),
            peek(1) == UInt8(ascii: "u")
        {
            position += 2
            if let low = digits(4), low >= 0xDC00, low <= 0xDFFF {
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
        }
        guard let scalar = Unicode.Scalar(code), code != 0 else {
            return report(
                .error(
                    "yaml-escape", "this escape stands for no character that a text may hold",
                    at: span(start..<position)))
        }
        builder.replace(start..<position, with: String(scalar).utf8)
    }

    /// Reads that many hexadecimal digits; nil if fewer stand here.
    private mutating func digits(_ count: Int) -> UInt32? {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Hexadecimal.value(of: peek()) else { return nil }
            guard code < 0x1000_0000 else { return nil }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private func unknownEscape(_ range: Range<Int>) -> Diagnostic {
        .error(
            "yaml-escape", "`\\` begins an escape that YAML does not know", at: span(range),
            help: "write `\\\\` for a backslash, or put the text in single quotes")
    }
}
