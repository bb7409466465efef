/// Literal (`|`) and folded (`>`) scalars.
extension YAMLParser {
    /// What the line of the `|` or `>` says.
    private struct Header {
        enum Chomping { case strip, clip, keep }

        var isFolded: Bool
        var chomping = Chomping.clip
        /// Spaces of indentation beyond the parent's, if given.
        var indentation: Int?
    }

    /// The text of a block scalar as far as it was read.
    private struct Body {
        var builder: ScalarBuilder
        /// Blank lines not yet part of the text, and where they begin.
        var blanks = 0
        var blanksStart: Int
        /// Whether the last line was one that folds: neither blank nor indented further.
        var folds = false
        var isEmpty = true
        /// The line break behind the last line with content.
        var lastBreak: Range<Int>?
    }

    /// Reads a block scalar, which belongs to a collection in column `parent`.
    mutating func blockScalar(parent: Int) throws(YAMLAbort) -> YAMLNode {
        let start = position
        let header = try header(parent)
        if !isAtEnd { takeBreak() }
        let contentStart = position
        let indentation = try indentation(header, parent)
        var body = Body(builder: ScalarBuilder(start: contentStart), blanksStart: contentStart)
        while let line = line(indentation, &body) { append(line, header, &body) }
        var end = body.isEmpty ? contentStart : body.blanksStart
        switch header.chomping {
        case .strip: end = body.lastBreak?.lowerBound ?? end
        case .clip: appendLastBreak(&body)
        case .keep:
            appendLastBreak(&body)
            body.builder.replace(body.blanksStart..<position, withLineFeeds: body.blanks)
            end = position
        }
        return YAMLNode(
            content: .scalar(body.builder.scalar(header.isFolded ? .folded : .literal)),
            span: span(start..<max(start + 1, end)))
    }

    private mutating func header(_ parent: Int) throws(YAMLAbort) -> Header {
        let start = position
        var header = Header(isFolded: peek() == UInt8(ascii: ">"))
        position += 1
        var isChomped = false
        while !Self.isBlank(peek()) {
            switch peek() {
            case UInt8(ascii: "-") where !isChomped: header.chomping = .strip
            case UInt8(ascii: "+") where !isChomped: header.chomping = .keep
            case UInt8(ascii: "1")...UInt8(ascii: "9") where header.indentation == nil:
                header.indentation = Int(peek() - UInt8(ascii: "0"))
                position += 1
                continue
            default: throw abort(with: textInHeader(start))
            }
            isChomped = true
            position += 1
        }
        skipBlanks()
        guard takeComment() || isAtBreakOrEnd else { throw abort(with: textInHeader(start)) }
        if parent < 0, header.indentation != nil {
            throw abort(
                with: .error(
                    "yaml-block-scalar", "a number of spaces has no meaning without a key above",
                    at: span(start..<start + 2), help: "leave the number out"))
        }
        return header
    }

    /// The column in which the lines begin: as given, or that of the first line that is not blank.
    private mutating func indentation(
        _ header: Header, _ parent: Int
    ) throws(YAMLAbort) -> Int {
        let least = max(parent + 1, 1)
        if let given = header.indentation { return parent + given }
        var index = position
        var longestBlank = 0
        var blankEnd = position
        while true {
            let start = index
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            let spaces = index - start
            guard index < bytes.count else { return max(least, longestBlank, spaces) }
            if Self.isBreak(bytes[index]) {
                if spaces > longestBlank { (longestBlank, blankEnd) = (spaces, index) }
                index += bytes[index] == 0x0D ? 2 : 1
                continue
            }
            if spaces < least { return max(least, longestBlank) }
            if bytes[index] == 0x09 {
                report(tabMessage("a tab in the indentation", at: index))
                throw .skipLine
            }
            if longestBlank > spaces {
                throw abort(
                    with: .error(
                        "yaml-block-scalar",
                        "a blank line before the text is indented more than the text",
                        at: span(blankEnd - longestBlank..<blankEnd),
                        help: "remove the spaces of the blank line"))
            }
            return spaces
        }
    }

    /// The next line with content; nil at the end of the scalar.
    private mutating func line(_ indentation: Int, _ body: inout Body) -> Range<Int>? {
        while !isAtEnd {
            while column < indentation, peek() == 0x20 { position += 1 }
            if isAtBreak {
                takeBreak()
                body.blanks += 1
                continue
            }
            guard column == indentation, !isAtEnd else {
                if !isAtEnd { position = lineStart }
                return nil
            }
            let start = position
            skipLine()
            return start..<position
        }
        return nil
    }

    /// Adds a line, and before it the breaks since the last.
    private mutating func append(_ line: Range<Int>, _ header: Header, _ body: inout Body) {
        let first = bytes[line.lowerBound]
        let folds = header.isFolded && first != 0x20 && first != 0x09
        if body.isEmpty {
            body.builder.replace(
                body.blanksStart..<line.lowerBound, withLineFeeds: body.blanks)
        } else if folds, body.folds, let lastBreak = body.lastBreak {
            fold(
                lastBreak.lowerBound..<line.lowerBound, lineBreaks: body.blanks + 1,
                into: &body.builder)
        } else {
            appendLastBreak(&body)
            body.builder.replace(
                body.blanksStart..<line.lowerBound, withLineFeeds: body.blanks)
        }
        body.builder.copy(line, of: bytes)
        body.isEmpty = false
        body.folds = folds
        body.blanks = 0
        let end = position
        if isAtBreak { takeBreak() }
        body.lastBreak = end..<position
        body.blanksStart = position
    }

    private func appendLastBreak(_ body: inout Body) {
        guard let lastBreak = body.lastBreak, !lastBreak.isEmpty else { return }
        if lastBreak.count == 1 {
            body.builder.copy(lastBreak, of: bytes)
        } else {
            body.builder.replace(lastBreak, withLineFeeds: 1)
        }
    }

    private func textInHeader(_ start: Int) -> Diagnostic {
        let sign = bytes[start] == UInt8(ascii: ">") ? ">" : "|"
        let whole = restOfLine(from: start)
        return .error(
            "yaml-block-scalar", "`\(sign)` announces a text on the lines below", at: span(whole),
            help: quoted(whole).map { "if it belongs to the text, write \($0)" }
                ?? "begin the text on the next line")
    }
}
