/// Plain scalars: text without quotes.
extension YAMLParser {
    /// What ended a stretch of plain text.
    enum PlainEnd {
        case lineEnd
        case comment
        /// A colon with white space behind it (in brackets, also with a bracket or comma).
        case colon
        /// In brackets: `,`, `]` or `}`.
        case separator
        /// In brackets: `[` or `{`.
        case bracket
        /// In brackets: `?`, which some readers take for the mark of a key.
        case question
    }

    /// Plain text within one line.
    struct PlainLine {
        /// Where it stands, without the white space behind it.
        var range: Range<Int>
        /// What ended it.
        var end: PlainEnd
    }

    /// Reads plain text up to what ends it on this line.
    mutating func plainLine(inFlow: Bool) -> PlainLine {
        let start = position
        var end = position
        while true {
            switch peek() {
            case 0, 0x0A, 0x0D: return PlainLine(range: start..<end, end: .lineEnd)
            case 0x20:
                position += 1
                continue
            case 0x09:
                report(tabMessage("a tab in a text without quotes"))
                skipFlowBlanks()
                continue
            case UInt8(ascii: "#") where position > start && Self.isBlank(bytes[position - 1]):
                return PlainLine(range: start..<end, end: .comment)
            case UInt8(ascii: ":")
            where Self.isBlank(peek(1)) || (inFlow && Self.isFlowIndicator(peek(1))):
                return PlainLine(range: start..<end, end: .colon)
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
                if inFlow { return PlainLine(range: start..<end, end: .separator) }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if inFlow { return PlainLine(range: start..<end, end: .bracket) }
            case UInt8(ascii: "?"):
                if inFlow { return PlainLine(range: start..<end, end: .question) }
            default: break
            }
            position += 1
            end = position
        }
    }

    static func isFlowIndicator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// Goes on behind the first line of a plain value of a block: further lines are folded into it.
    mutating func plain(firstLine: PlainLine, parent: Int) throws(YAMLAbort) -> YAMLNode {
        let start = firstLine.range.lowerBound
        var last = firstLine
        var builder = ScalarBuilder(start: start)
        var isFolded = false
        while last.end == .lineEnd, let breaks = continuation(parent) {
            // SECURITY: YAML joins `a` and `- b` on the next line to the text `a - b`.
            if isAtIndicator(UInt8(ascii: "-")) { throw abort(with: itemInText(start)) }
            let lineStart = position
            last = plainLine(inFlow: false)
            if last.end == .colon {
                throw abort(with: colonInNextLine(lineStart, of: start, in: parent))
            }
            if !isFolded { builder.copy(firstLine.range, of: bytes) }
            isFolded = true
            fold(breaks.range, lineBreaks: breaks.count, into: &builder)
            builder.copy(last.range, of: bytes)
        }
        if last.end == .comment { _ = takeComment() }
        guard isFolded else {
            checkNumber(firstLine.range)
            return plainNode(firstLine.range)
        }
        return YAMLNode(
            content: .scalar(builder.scalar(.plain)), span: span(start..<last.range.upperBound))
    }

    /// Goes to the next line of a plain scalar; nil, and nothing is read, if there is none.
    private mutating func continuation(_ parent: Int) -> (range: Range<Int>, count: Int)? {
        let end = (position: position, lineStart: lineStart)
        var count = 0
        while isAtBreak {
            takeBreak()
            count += 1
            guard !isAtMarker else { break }
            skipSpaces()
        }
        let goesOn =
            !isAtEnd && !isAtMarker && column > parent && peek() != 0x09
            && peek() != UInt8(ascii: "#")
        guard goesOn, count > 0 else {
            (position, lineStart) = end
            return nil
        }
        return (end.position..<position, count)
    }

    /// One line break becomes a space, more become one less.
    func fold(_ range: Range<Int>, lineBreaks: Int, into builder: inout ScalarBuilder) {
        if lineBreaks == 1 {
            builder.replace(range, with: CollectionOfOne(0x20))
        } else {
            builder.replace(range, withLineFeeds: lineBreaks - 1)
        }
    }

    /// A plain scalar that stands in the file as it is.
    func plainNode(_ range: Range<Int>) -> YAMLNode {
        let text = String(decoding: bytes[range], as: UTF8.self)
        let scalar = YAMLScalar(text: text, style: .plain, map: ScalarMap(copyOf: range))
        return YAMLNode(content: .scalar(scalar), span: span(range))
    }
}
