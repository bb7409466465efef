/// Flow collections: structure by brackets.
extension YAMLParser {
    /// Reads `[…]` or `{…}`, which belongs to a block collection in column `parent`.
    mutating func flow(parent: Int) throws(YAMLAbort) -> YAMLNode {
        try enter()
        defer { depth -= 1 }
        let outerKey = key
        defer { key = outerKey }
        let open = position
        let isMapping = peek() == UInt8(ascii: "{")
        let close = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
        var elements: [YAMLNode] = []
        var entries: [YAMLEntry] = []
        var names = KeyNames()
        position += 1
        while true {
            try flowSpace(parent, open)
            if peek() == close { break }
            if isMapping {
                if let entry = try flowEntry(parent, open, &names) { entries.append(entry) }
                key = outerKey
            } else {
                elements.append(try flowElement(parent, open, isInList: true))
            }
            try flowSpace(parent, open)
            if peek() == close { break }
            guard peek() == UInt8(ascii: ",") else { throw abort(with: noComma(open)) }
            position += 1
        }
        position += 1
        return YAMLNode(
            content: isMapping ? .mapping(entries) : .sequence(elements),
            span: span(open..<position))
    }

    /// Checks that nothing stands behind a flow collection that is the value of a block.
    mutating func finishFlow(_ node: YAMLNode) throws(YAMLAbort) {
        skipBlanks()
        if isAtIndicator(UInt8(ascii: ":")) { throw abort(with: collectionAsKey(node)) }
        if !takeComment(), !isAtBreakOrEnd { throw abort(with: textAfterFlow(node)) }
    }

    /// Goes over white space, comments and line breaks inside of brackets.
    private mutating func flowSpace(_ parent: Int, _ open: Int) throws(YAMLAbort) {
        guard diagnostics.count < limits.errors else { throw .end }
        while true {
            let isLineStart = position == lineStart
            skipSpaces()
            let column = self.column
            if peek() == 0x09 {
                // JSON is often indented by tabs; below a key, though, they would be indentation.
                if isLineStart, parent >= 0 { try tabs(indents: true) }
                while peek() == 0x20 || peek() == 0x09 { position += 1 }
            }
            if takeComment() || isAtBreak {
                if isAtBreak { takeBreak() }
                continue
            }
            let closes = peek() == UInt8(ascii: "]") || peek() == UInt8(ascii: "}")
            let isOutside = isLineStart && column <= parent && !closes && open < lineStart
            guard isAtEnd || isOutside || (isLineStart && markerAtLineStart) else { return }
            report(unclosed(open))
            goToNextEntry()
            throw .thisLine
        }
    }

    private var markerAtLineStart: Bool { position == lineStart && isAtMarker }

    /// Reads a value; what follows it is the caller's question.
    private mutating func flowElement(
        _ parent: Int, _ open: Int, isInList: Bool
    ) throws(YAMLAbort) -> YAMLNode {
        let start = position
        switch peek() {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let node = try flow(parent: parent)
            skipFlowBlanks()
            if peek() == UInt8(ascii: ":") { throw abort(with: collectionAsKey(node)) }
            return node
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let node = try quoted(parent: parent)
            skipFlowBlanks()
            if peek() == UInt8(ascii: ":"), isInList { throw abort(with: pairInList(node.span)) }
            try expectFlowEnd(after: node)
            return node
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw abort(with: noValueInFlow(open))
        default:
            try refuseFlowIndicator()
            let line = plainLine(inFlow: true)
            switch line.end {
            case .colon where isInList: throw abort(with: pairInList(span(line.range)))
            case .colon: throw abort(with: colonInFlow(from: start))
            case .bracket:
                let whole = flowText(from: start)
                report(braceInText(whole))
                position = whole.upperBound
                return plainNode(whole)
            case .question: throw abort(with: questionInFlow(from: start))
            case .separator, .lineEnd, .comment: return plainNode(line.range)
            }
        }
    }

    /// Reads `key: value`; nil if the value is missing, which has been reported.
    private mutating func flowEntry(
        _ parent: Int, _ open: Int, _ names: inout KeyNames
    ) throws(YAMLAbort) -> YAMLEntry? {
        let key = try flowKey(parent, open)
        guard peek() == UInt8(ascii: ":") else {
            report(keyWithoutValue(key, open))
            return nil
        }
        check(key, &names)
        position += 1
        self.key = key.scalar?.text
        try flowSpace(parent, open)
        if peek() == UInt8(ascii: ",") || peek() == UInt8(ascii: "}") {
            report(noValue(key))
            return nil
        }
        let value = try flowElement(parent, open, isInList: false)
        return YAMLEntry(key: key, value: value)
    }

    /// Reads a key and what may stand before its colon.
    private mutating func flowKey(_ parent: Int, _ open: Int) throws(YAMLAbort) -> YAMLNode {
        let start = position
        switch peek() {
        case UInt8(ascii: "["), UInt8(ascii: "{"): throw abort(with: collectionAsKey)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let line = lineStart
            let node = try quoted(parent: parent)
            guard line == lineStart else { throw abort(with: keyOnSeveralLines(node)) }
            skipFlowBlanks()
            // JSON allows a line break before the colon; other readers of YAML do not.
            if parent < 0, peek() != UInt8(ascii: ":") { try flowSpace(parent, open) }
            return node
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw abort(with: noValueInFlow(open))
        default:
            try refuseFlowIndicator()
            let line = plainLine(inFlow: true)
            switch line.end {
            case .bracket: throw abort(with: braceInText(flowText(from: start)))
            case .question: throw abort(with: questionInFlow(from: start))
            case .colon where !Self.isBlank(peek(1)):
                report(noSpaceAfterColon(line.range))
                return plainNode(line.range)
            default: return plainNode(line.range)
            }
        }
    }

    mutating func skipFlowBlanks() {
        while peek() == 0x20 || peek() == 0x09 { position += 1 }
    }

    /// Checks that the text in quotes was all of the element.
    private mutating func expectFlowEnd(after node: YAMLNode) throws(YAMLAbort) {
        if isAtBreakOrEnd { return }
        switch peek() {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): return
        case UInt8(ascii: "#") where Self.isBlank(bytes[position - 1]): return
        default: throw abort(with: textAfterQuoteInFlow(node))
        }
    }
}
