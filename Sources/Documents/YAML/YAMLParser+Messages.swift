/// The wording of what is wrong with the structure, with the text to write instead.
extension YAMLParser {
    /// Longest text that a message repeats.
    private static let longestQuotation = 200

    /// From `start` to the end of the line or the comment on it, without white space behind.
    func restOfLine(from start: Int) -> Range<Int> {
        var end = start
        var index = start
        while index < bytes.count, !Self.isBreak(bytes[index]), index - start < 1_000 {
            let byte = bytes[index]
            if byte == UInt8(ascii: "#"), index > start, Self.isBlank(bytes[index - 1]) { break }
            index += 1
            if !Self.isBlank(byte) { end = index }
        }
        return start..<end
    }

    /// From `start` to the comma or bracket that ends an element, brackets within it included.
    func flowText(from start: Int) -> Range<Int> {
        var nesting = 0
        var end = start
        var index = start
        scan: while index < bytes.count, !Self.isBreak(bytes[index]) {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): nesting += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if nesting == 0 { break scan }
                nesting -= 1
            case UInt8(ascii: ",") where nesting == 0: break scan
            case UInt8(ascii: "#") where index > start && Self.isBlank(bytes[index - 1]):
                break scan
            default: break
            }
            index += 1
            if !Self.isBlank(byte) { end = index }
        }
        return start..<end
    }

    /// The bytes as they would stand in quotes, in backticks; nil if that is too long to repeat.
    func quoted(_ range: Range<Int>) -> String? {
        guard !range.isEmpty, range.count <= Self.longestQuotation else { return nil }
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "'")) else { return "`'\(text)'`" }
        var escaped = ""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(character)
        }
        return "`\"\(escaped)\"`"
    }

    /// Text of the user as part of a message.
    static func shown(_ text: String) -> String {
        text.utf8.count <= longestQuotation
            ? "`\(text)`" : "`\(String(text.unicodeScalars.prefix(100)))…`"
    }

    // MARK: Colons and quotes

    /// `when: a ? b : c`, `x == "a: b"`.
    func colonInText(from start: Int) -> Diagnostic {
        let whole = restOfLine(from: start)
        let noun = isInCondition ? "condition" : "text"
        return .error(
            "yaml-colon", "YAML takes the text before this colon for a key", at: here,
            labels: [Diagnostic.Label(span(start..<position), "")],
            help: "quote the whole \(noun)" + (quoted(whole).map { ": \($0)" } ?? ""))
    }

    func colonInFlow(from start: Int) -> Diagnostic {
        .error(
            "yaml-colon", "YAML takes the text before this colon for a key", at: here,
            help: "quote the whole text" + (quoted(flowText(from: start)).map { ": \($0)" } ?? ""))
    }

    /// A colon in the second or a later line of a text without quotes.
    func colonInNextLine(_ line: Int, of text: Int, in parent: Int) -> Diagnostic {
        let name = bytes[line..<position]
        if !name.contains(0x20) {
            let column = parent < 0 ? "" : " in column \(parent + 1)"
            return .error(
                "yaml-indentation",
                "this line is indented as part of the text above it, but has a key",
                at: span(line..<position),
                labels: [Diagnostic.Label(span(text..<text + 1), "the text begins here")],
                help: "begin the key\(column), or quote the text")
        }
        return .error(
            "yaml-colon", "YAML takes the text before this colon for a key", at: here,
            labels: [Diagnostic.Label(span(text..<text + 1), "the text begins here")],
            help: "quote the whole text, or write `>-` and the text on the lines below")
    }

    /// `when: "admin" in principal.roles`.
    func textAfterQuote(_ node: YAMLNode) -> Diagnostic {
        let rest = restOfLine(from: position)
        return textAfterQuote(node, rest, whole: node.span.range.lowerBound..<rest.upperBound)
    }

    func textAfterQuoteInFlow(_ node: YAMLNode) -> Diagnostic {
        let rest = flowText(from: position)
        return textAfterQuote(node, rest, whole: node.span.range.lowerBound..<rest.upperBound)
    }

    private func textAfterQuote(
        _ node: YAMLNode, _ rest: Range<Int>, whole: Range<Int>
    ) -> Diagnostic {
        let text = String(decoding: bytes[rest.prefix(Self.longestQuotation)], as: UTF8.self)
        let literal = String(decoding: bytes[node.span.range.prefix(100)], as: UTF8.self)
        var help = "quote the whole \(isInCondition ? "condition" : "text")"
        if let quoted = quoted(whole) { help += ": \(quoted)" }
        if text == "in principal.roles" { help += "\nor write `principal.is(\(literal))`" }
        if text == "in principal.permissions" { help += "\nor write `principal.can(\(literal))`" }
        return .error(
            "yaml-text-after-quote", "text behind a text in quotes", at: span(rest),
            labels: [Diagnostic.Label(node.span, "YAML takes this for the whole value")],
            help: help)
    }

    private var isInCondition: Bool {
        guard let key else { return false }
        return key == "when" || key == "unless"
    }

    // MARK: Blocks

    var listAfterKey: Diagnostic {
        .error(
            "yaml-indentation", "a list cannot begin on the line of its key", at: here,
            help: "begin it on the next line, or quote the text if the dash belongs to it")
    }

    var complexKey: Diagnostic {
        .error(
            "yaml-key", "`?` marks a key, which is not supported", at: here,
            help: "write `key: value`, or quote the text if `?` belongs to it")
    }

    var collectionAsKey: Diagnostic {
        .error("yaml-key", "a list or mapping cannot be a key", at: here, help: "keys are text")
    }

    func collectionAsKey(_ node: YAMLNode) -> Diagnostic {
        .error(
            "yaml-key", "a list or mapping cannot be a key", at: node.span,
            help: quoted(node.span.range).map { "keys are text: write \($0) if it is one" })
    }

    func keyOnSeveralLines(_ node: YAMLNode) -> Diagnostic {
        .error(
            "yaml-key", "a key cannot go on on the next line",
            at: span(node.span.range.lowerBound..<node.span.range.lowerBound + 1))
    }

    func noKey(_ start: Int) -> Diagnostic {
        let rest = restOfLine(from: start)
        let text = String(decoding: bytes[rest.prefix(Self.longestQuotation)], as: UTF8.self)
        var help = "write `key: value`"
        if let colon = text.firstIndex(of: ":"), !text.contains(" ") {
            let value = text[text.index(after: colon)...]
            help = "write a space behind the colon: `\(text[..<colon]): \(value)`"
        }
        return .error(
            "yaml-key-expected", "this is no key of the mapping that it stands in", at: span(rest),
            help: help)
    }

    var itemAmongKeys: Diagnostic {
        .error(
            "yaml-indentation", "an element of a list among the keys of a mapping", at: here,
            help: "indent it as the elements above it, or remove the dash")
    }

    var keyAmongItems: Diagnostic {
        .error(
            "yaml-indentation", "this line is no element of the list that it stands in", at: here,
            help: "write `- ` before it, or indent it as the key that it belongs to")
    }

    func tooDeep(_ column: Int) -> Diagnostic {
        .error(
            "yaml-indentation", "this line is indented like nothing above it", at: here,
            help: "begin it in column \(column + 1), where its neighbours begin")
    }

    /// `key: a` and below it `- b`.
    func itemInText(_ start: Int) -> Diagnostic {
        .error(
            "yaml-indentation", "YAML takes this line for a part of the text above it", at: here,
            labels: [Diagnostic.Label(span(start..<start + 1), "the text begins here")],
            help: "indent it as the elements above it, or quote the text")
    }

    // MARK: Brackets

    func unclosed(_ open: Int) -> Diagnostic {
        let close = bytes[open] == UInt8(ascii: "[") ? "]" : "}"
        return .error(
            "yaml-flow", "the bracket is not closed", at: span(open..<open + 1),
            help: "write `\(close)` behind the last element; lines in between must be indented")
    }

    func noComma(_ open: Int) -> Diagnostic {
        let close = bytes[open] == UInt8(ascii: "[") ? "]" : "}"
        return .error(
            "yaml-flow", "`,` or `\(close)` should stand here", at: here,
            labels: [Diagnostic.Label(span(open..<open + 1), "opened here")])
    }

    func noValueInFlow(_ open: Int) -> Diagnostic {
        .error(
            "yaml-flow", "an element should stand here", at: here,
            labels: [Diagnostic.Label(span(open..<open + 1), "opened here")],
            help: "write `null` or `\"\"` if it is meant to be nothing")
    }

    func noValue(_ key: YAMLNode) -> Diagnostic {
        .error(
            "yaml-flow", "the key \(Self.shown(key.scalar?.text ?? "")) has no value", at: here,
            help: "write `null` or `\"\"` if it is meant to be nothing")
    }

    func keyWithoutValue(_ key: YAMLNode, _ open: Int) -> Diagnostic {
        let name = key.scalar?.text ?? ""
        let text = Self.shown(name)
        let whole = open..<position + 1
        var help = "write \(text.dropLast()): value`"
        if let colon = name.firstIndex(of: ":"), colon != name.startIndex, !name.contains(" ") {
            let value = name[name.index(after: colon)...]
            help = "write a space behind the colon: `\(name[..<colon]): \(value)`"
        }
        if peek() == UInt8(ascii: "}"), let quoted = quoted(whole) {
            help += ", or \(quoted) if the braces belong to a text"
        }
        return .error(
            "yaml-flow", "\(text) in braces is a key without a value", at: key.span, help: help)
    }

    func noSpaceAfterColon(_ key: Range<Int>) -> Diagnostic {
        .error(
            "yaml-flow", "a colon behind a key needs a space behind it", at: here,
            labels: [Diagnostic.Label(span(key), "")])
    }

    func pairInList(_ key: SourceSpan) -> Diagnostic {
        let whole = flowText(from: key.range.lowerBound)
        let text = String(decoding: bytes[whole.prefix(Self.longestQuotation)], as: UTF8.self)
        return .error(
            "yaml-flow", "a key in a list", at: key,
            help: whole.count > Self.longestQuotation
                ? nil
                : "write `{\(text)}` for a mapping"
                    + (quoted(whole).map { ", or \($0) for a text" } ?? ""))
    }

    /// `[GET /orgs/{org}]`.
    func braceInText(_ whole: Range<Int>) -> Diagnostic {
        let brace = bytes[position] == UInt8(ascii: "{") ? "{" : "["
        return .error(
            "yaml-flow-brace", "`\(brace)` in brackets begins a new collection", at: here,
            help: "quote the text" + (quoted(whole).map { ": \($0)" } ?? ""))
    }

    func questionInFlow(from start: Int) -> Diagnostic {
        let whole = flowText(from: start)
        return .error(
            "yaml-flow", "some readers take `?` in brackets for the mark of a key", at: here,
            help: "quote the text" + (quoted(whole).map { ": \($0)" } ?? ""))
    }

    func textAfterFlow(_ node: YAMLNode) -> Diagnostic {
        let rest = restOfLine(from: position)
        let whole = node.span.range.lowerBound..<rest.upperBound
        return .error(
            "yaml-flow", "text behind a closing bracket", at: span(rest),
            labels: [Diagnostic.Label(node.span, "YAML takes this for the whole value")],
            help: quoted(whole).map {
                "quote the whole \(isInCondition ? "condition" : "text"): \($0)"
            })
    }
}
