import Values

/// What is refused although it could be read: keys and texts that readers take differently.
extension YAMLParser {
    /// Longest key, in bytes. Other readers stop looking for the colon after 1,024 characters.
    private static let longestKey = 1_000

    /// Checks a key: text to every reader, not too long, not given before.
    mutating func check(_ key: YAMLNode, _ names: inout KeyNames) {
        guard let scalar = key.scalar else { return }
        if scalar.style == .plain, let problem = problem(of: scalar.text, at: key.span) {
            report(problem)
        }
        if key.span.range.count > Self.longestKey {
            report(
                .error(
                    "yaml-key", "the key is longer than \(Self.longestKey) bytes", at: key.span))
        }
        if let first = names.insert(scalar.text, key.span) {
            // SECURITY: of two equal keys most readers silently take the second.
            report(
                .error(
                    "yaml-duplicate-key", "the key \(Self.shown(scalar.text)) is given twice",
                    at: key.span, label: "again here",
                    labels: [Diagnostic.Label(first, "first here")],
                    help: "keep one of the two"))
        }
    }

    private func problem(of key: String, at place: SourceSpan) -> Diagnostic? {
        if key.isExactly("<<") {
            return .error(
                "yaml-merge-key", "`<<` merges another mapping, which is not supported", at: place,
                help: "write the keys out where they are needed")
        }
        if key.isEmpty {
            return .error("yaml-key", "a colon without a key before it", at: place)
        }
        let kind: String
        if PlainMeaning.oldBoolean(key) != nil {
            kind = "a boolean"
        } else {
            switch PlainMeaning(key) {
            case .text: return nil
            case .null: kind = "null"
            case .bool: kind = "a boolean"
            case .integer, .decimal, .doubtful: kind = "a number"
            }
        }
        return .error(
            "yaml-key", "the key `\(key)` is \(kind) to some readers of YAML", at: place,
            help: "keys are text: write `\"\(key)\"`")
    }

    /// Checks a plain value for numbers that readers take differently.
    mutating func checkNumber(_ range: Range<Int>) {
        guard range.count <= 64, let first = bytes[range].first else { return }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            break
        default: return
        }
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard PlainMeaning(text) == .doubtful else { return }
        report(
            .error(
                "yaml-number",
                "`\(text)` is one number to some readers of YAML and another to others",
                at: span(range),
                help: "write `\"\(text)\"` if it is text, or a decimal number without leading zeros"
            ))
    }

    // MARK: Indicators

    /// Refuses a value or key of a block that begins with a sign that has a meaning of its own.
    mutating func refuseIndicator(_ place: Place) throws(YAMLAbort) {
        let start = position
        switch peek() {
        case UInt8(ascii: "!"): throw abort(with: tag(restOfLine(from: start), place))
        case UInt8(ascii: ":") where Self.isBlank(peek(1)):
            throw abort(with: .error("yaml-key", "a colon without a key before it", at: here))
        case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","):
            let whole = restOfLine(from: start)
            throw abort(
                with: .error(
                    "yaml-flow",
                    "`\(Character(Unicode.Scalar(peek())))` without a bracket before it",
                    at: here, help: quoted(whole).map { "if it belongs to the text, write \($0)" }))
        default: try refuseReserved(restOfLine(from: start))
        }
    }

    /// Refuses an element in brackets that begins with a sign that has a meaning of its own.
    mutating func refuseFlowIndicator() throws(YAMLAbort) {
        let start = position
        switch peek() {
        case UInt8(ascii: "-") where Self.isBlank(peek(1)) || Self.isFlowIndicator(peek(1)):
            throw abort(
                with: .error(
                    "yaml-flow", "a list with dashes cannot stand in brackets", at: here,
                    help: "separate the elements by commas, or write `\"-\"` for the text"))
        case UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "|"), UInt8(ascii: ">"):
            let whole = flowText(from: start)
            throw abort(
                with: .error(
                    "yaml-flow",
                    "a text in brackets cannot begin with `\(Character(Unicode.Scalar(peek())))`",
                    at: here, help: quoted(whole).map { "write \($0)" }))
        case UInt8(ascii: "!"): throw abort(with: tag(flowText(from: start), .afterDash))
        case UInt8(ascii: "#"):
            throw abort(
                with: .error(
                    "yaml-flow", "a comment needs a space before its `#`", at: here))
        default: try refuseReserved(flowText(from: start))
        }
    }

    private mutating func refuseReserved(_ whole: Range<Int>) throws(YAMLAbort) {
        let quoted = quoted(whole)
        switch peek() {
        case UInt8(ascii: "&"):
            throw abort(
                with: .error(
                    "yaml-anchor", "`&` names a value for later use, which is not supported",
                    at: here,
                    help: "write the value out where it is needed"
                        + (quoted.map { ", or \($0) if `&` belongs to the text" } ?? "")))
        case UInt8(ascii: "*"):
            throw abort(
                with: .error(
                    "yaml-alias", "`*` repeats a named value, which is not supported", at: here,
                    help: "write the value out"
                        + (quoted.map { ", or \($0) if `*` belongs to the text" } ?? "")))
        case UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            throw abort(
                with: .error(
                    "yaml-reserved",
                    "a text cannot begin with \(Self.shown(String(UnicodeScalar(peek()))))",
                    at: here, help: quoted.map { "write \($0)" }))
        default: return
        }
    }

    /// `!` where a value begins: in a condition somebody meant "not".
    private func tag(_ whole: Range<Int>, _ place: Place) -> Diagnostic {
        let text = String(decoding: bytes[whole.prefix(300)], as: UTF8.self)
        let isCondition = key.map { $0.isExactly("when") || $0.isExactly("unless") } ?? false
        guard isCondition else {
            return .error(
                "yaml-tag", "`!` begins a tag, which is not supported", at: here,
                help: quoted(whole).map { "remove it, or write \($0) if it belongs to the text" })
        }
        let other = key?.isExactly("when") ?? true ? "unless" : "when"
        let compound = ["&&", "||", "==", "!=", "<", ">", " in ", "?"]
        let isSimple = !compound.contains { text.contains($0) }
        let help =
            isSimple && place == .afterKey && text.utf8.count <= 200
            ? "use `\(other): \(text.dropFirst())`"
            : quoted(whole).map { "quote the whole condition: \($0)" }
        return .error(
            "yaml-tag", "a condition cannot start with `!` here, YAML reads it as a tag", at: here,
            help: help)
    }

    // MARK: Tabs

    /// At a tab between tokens: refuses it, for good where it indents.
    mutating func tabs(indents: Bool) throws(YAMLAbort) {
        let tab = position
        skipFlowBlanks()
        if isAtBreakOrEnd || peek() == UInt8(ascii: "#") {
            report(tabMessage("a tab where nothing follows but the end of the line", at: tab))
        } else if indents {
            report(tabMessage("a tab in the indentation", at: tab, countsLines: true))
            throw .end
        } else {
            report(tabMessage("a tab between two parts of a line", at: tab))
        }
    }

    func tabMessage(
        _ message: String, at tab: Int? = nil, countsLines: Bool = false
    ) -> Diagnostic {
        let tab = tab ?? position
        var lines = 0
        if countsLines {
            for index in tab..<bytes.count - 1
            where bytes[index] == 0x0A && bytes[index + 1] == 0x09 { lines += 1 }
        }
        return .error(
            "yaml-tab", message, at: span(tab..<tab + 1),
            notes: lines > 0 ? ["\(lines) more lines begin with a tab"] : [],
            help: "use spaces; tabs may stand in quoted text and comments alone")
    }
}
