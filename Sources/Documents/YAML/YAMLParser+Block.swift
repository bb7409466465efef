import Values

/// Block mappings and sequences: structure by indentation.
extension YAMLParser {
    /// Where a value begins, which decides what it may be.
    enum Place {
        /// First on its line.
        case ownLine
        /// Behind `- `, where a mapping or sequence may begin too.
        case afterDash
        /// Behind `key: `, where only a scalar or brackets may.
        case afterKey
    }

    /// Reads the value at `position`, which belongs to a collection in column `parent` (-1: to none).
    mutating func value(parent: Int, place: Place) throws(YAMLAbort) -> YAMLNode {
        if isAtIndicator(UInt8(ascii: "-")) {
            guard place != .afterKey else { throw abort(with: listAfterKey) }
            return try sequence(at: column, sharesColumn: false)
        }
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try quotedValue(parent, place)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let node = try flow(parent: parent)
            try finishFlow(node)
            return node
        case UInt8(ascii: "|"), UInt8(ascii: ">"): return try blockScalar(parent: parent)
        case UInt8(ascii: "?") where Self.isBlank(peek(1)): throw abort(with: complexKey)
        default:
            try refuseIndicator(place)
            return try plainValue(parent, place)
        }
    }

    /// Records a message, and gives what to throw.
    mutating func abort(with diagnostic: Diagnostic) -> YAMLAbort {
        report(diagnostic)
        return .skipLine
    }

    private mutating func quotedValue(
        _ parent: Int, _ place: Place
    ) throws(YAMLAbort) -> YAMLNode {
        let column = self.column
        let line = lineStart
        let node = try quoted(parent: parent)
        skipBlanks()
        if isAtIndicator(UInt8(ascii: ":")), place != .afterKey, line == lineStart {
            return try mapping(at: column, firstKey: node)
        }
        if takeComment() || isAtBreakOrEnd { return node }
        throw abort(with: textAfterQuote(node))
    }

    private mutating func plainValue(
        _ parent: Int, _ place: Place
    ) throws(YAMLAbort) -> YAMLNode {
        let column = self.column
        let start = position
        let line = plainLine(inFlow: false)
        if line.end == .colon {
            guard place != .afterKey else { throw abort(with: colonInText(from: start)) }
            return try mapping(at: column, firstKey: plainNode(line.range))
        }
        return try plain(firstLine: line, parent: parent)
    }
}

// MARK: Mappings

extension YAMLParser {
    /// Reads a mapping whose keys stand in `column`; `position` is at the colon behind the first.
    private mutating func mapping(
        at column: Int, firstKey: YAMLNode
    ) throws(YAMLAbort) -> YAMLNode {
        try enter()
        defer { depth -= 1 }
        let outerKey = key
        defer { key = outerKey }
        var entries: [YAMLEntry] = []
        var names = KeyNames()
        var end = firstKey.span.range.upperBound
        var next: YAMLNode? = firstKey
        while let key = next {
            check(key, &names)
            position += 1
            self.key = key.scalar?.text
            do throws(YAMLAbort) {
                let value = try mappingValue(column)
                entries.append(YAMLEntry(key: key, value: value))
                end = max(end, value.span.range.upperBound)
            } catch {
                try recover(from: error, to: column)
            }
            self.key = outerKey
            try skipToContent()
            next = try nextKey(column)
        }
        return YAMLNode(
            content: .mapping(entries), span: span(firstKey.span.range.lowerBound..<end))
    }

    /// Reads what stands behind a colon.
    private mutating func mappingValue(_ column: Int) throws(YAMLAbort) -> YAMLNode {
        let colonEnd = position
        skipBlanks()
        guard isAtBreakOrEnd || peek() == UInt8(ascii: "#") else {
            return try value(parent: column, place: .afterKey)
        }
        try skipToContent()
        if isAtDocumentEnd || self.column < column { return empty(at: colonEnd) }
        if self.column > column { return try value(parent: column, place: .ownLine) }
        guard isAtIndicator(UInt8(ascii: "-")) else { return empty(at: colonEnd) }
        return try sequence(at: column, sharesColumn: true)
    }

    /// The key in `column` at `position`, after which comes its colon; nil where the mapping ends.
    private mutating func nextKey(_ column: Int) throws(YAMLAbort) -> YAMLNode? {
        while !isAtDocumentEnd, self.column >= column {
            do throws(YAMLAbort) {
                guard self.column == column else { throw abort(with: tooDeep(column)) }
                return try blockKey()
            } catch {
                try recover(from: error, to: column)
                try skipToContent()
            }
        }
        return nil
    }

    private mutating func blockKey() throws(YAMLAbort) -> YAMLNode {
        let start = position
        if isAtIndicator(UInt8(ascii: "-")) { throw abort(with: itemAmongKeys) }
        if isAtIndicator(UInt8(ascii: "?")) { throw abort(with: complexKey) }
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let line = lineStart
            let node = try quoted(parent: column)
            skipBlanks()
            guard isAtIndicator(UInt8(ascii: ":")), line == lineStart else {
                throw abort(with: noKey(start))
            }
            return node
        case UInt8(ascii: "["), UInt8(ascii: "{"): throw abort(with: collectionAsKey)
        case UInt8(ascii: "|"), UInt8(ascii: ">"): throw abort(with: noKey(start))
        default:
            try refuseIndicator(.ownLine)
            let line = plainLine(inFlow: false)
            guard line.end == .colon else { throw abort(with: noKey(start)) }
            return plainNode(line.range)
        }
    }

    /// A value that is not written.
    func empty(at position: Int) -> YAMLNode {
        plainNode(position..<position)
    }
}

// MARK: Sequences

extension YAMLParser {
    /// Reads a sequence whose dashes stand in `column`.
    ///
    /// - Parameter sharesColumn: the key that it is the value of stands in the same column.
    private mutating func sequence(
        at column: Int, sharesColumn: Bool
    ) throws(YAMLAbort) -> YAMLNode {
        try enter()
        defer { depth -= 1 }
        let start = position
        var end = position + 1
        var elements: [YAMLNode] = []
        var isOver = false
        while !isOver {
            position += 1
            do throws(YAMLAbort) {
                let element = try sequenceElement(column)
                elements.append(element)
                end = max(end, element.span.range.upperBound)
            } catch {
                try recover(from: error, to: column)
            }
            try skipToContent()
            isOver = try !goesOn(column, sharesColumn)
        }
        return YAMLNode(content: .sequence(elements), span: span(start..<end))
    }

    private mutating func sequenceElement(_ column: Int) throws(YAMLAbort) -> YAMLNode {
        let dashEnd = position
        skipBlanks()
        guard isAtBreakOrEnd || peek() == UInt8(ascii: "#") else {
            return try value(parent: column, place: .afterDash)
        }
        try skipToContent()
        if isAtDocumentEnd || self.column <= column { return empty(at: dashEnd) }
        return try value(parent: column, place: .ownLine)
    }

    /// Whether a further dash stands here.
    private mutating func goesOn(
        _ column: Int, _ sharesColumn: Bool
    ) throws(YAMLAbort) -> Bool {
        while !isAtDocumentEnd, self.column >= column {
            if self.column == column {
                if isAtIndicator(UInt8(ascii: "-")) { return true }
                if sharesColumn { return false }
            }
            let abort = abort(with: self.column > column ? tooDeep(column) : keyAmongItems)
            try recover(from: abort, to: column)
            try skipToContent()
        }
        return false
    }
}

/// The keys of a mapping under construction: finds the one that is given twice.
struct KeyNames {
    private var few: [(name: String, span: SourceSpan)] = []
    private var many: [ExactText: SourceSpan] = [:]

    /// Where the name was given before; else it is kept.
    mutating func insert(_ name: String, _ span: SourceSpan) -> SourceSpan? {
        if many.isEmpty, few.count < 8 {
            for known in few where known.name.isExactly(name) { return known.span }
            few.append((name, span))
            return nil
        }
        if many.isEmpty { for known in few { many[ExactText(known.name)] = known.span } }
        if let first = many[ExactText(name)] { return first }
        many[ExactText(name)] = span
        return nil
    }
}
