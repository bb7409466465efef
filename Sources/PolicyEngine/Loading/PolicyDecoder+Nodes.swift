import Documents
import Values

/// The keys of one mapping, read once: what is not known has been reported.
struct Fields {
    let span: SourceSpan
    private let values: [ExactText: (key: SourceSpan, value: YAMLNode)]

    init(span: SourceSpan, values: [ExactText: (key: SourceSpan, value: YAMLNode)]) {
        self.span = span
        self.values = values
    }

    subscript(key: String) -> YAMLNode? { values[ExactText(key)]?.value }

    /// Where a key is written.
    func key(_ key: String) -> SourceSpan? { values[ExactText(key)]?.key }
}

extension PolicyDecoder {
    /// The first line of a node: where a missing key is reported.
    func start(of node: YAMLNode) -> SourceSpan {
        if case .mapping(let entries) = node.content, let first = entries.first {
            return first.key.span
        }
        return node.span
    }

    /// The text of a scalar, whatever its type.
    func scalarText(_ node: YAMLNode) -> String? { node.scalar?.text }

    /// Reads a mapping. Unknown keys are errors; keys of parts that are not built are refused.
    func fields(
        _ node: YAMLNode,
        of what: String,
        known: [String],
        later: [String] = []
    ) -> Fields {
        guard case .mapping(let entries) = node.content else {
            findings.error(
                .wrongType,
                "\(what) is a mapping",
                at: node.span,
                help: "its keys are \(Self.list(known))"
            )
            return Fields(span: node.span, values: [:])
        }
        var values: [ExactText: (key: SourceSpan, value: YAMLNode)] = [:]
        for entry in entries {
            guard let key = scalarText(entry.key) else { continue }
            if known.contains(where: key.isExactly) {
                values[ExactText(key)] = (entry.key.span, entry.value)
            } else if later.contains(where: key.isExactly) {
                notSupported("`\(key)`", at: entry.key.span)
            } else {
                let suggestion = Suggestion.nearest(to: key, among: known + later)
                findings.error(
                    .unknownKey,
                    "\(what) has no key `\(key)`",
                    at: entry.key.span,
                    help: suggestion.map { "did you mean `\($0)`?" }
                        ?? "its keys are \(Self.list(known))"
                )
            }
        }
        return Fields(span: start(of: node), values: values)
    }

    /// The entries of a mapping with names that people choose.
    func entries(_ node: YAMLNode, of what: String) -> [(name: Located<String>, value: YAMLNode)] {
        guard case .mapping(let entries) = node.content else {
            if !node.isNull {
                findings.error(.wrongType, "\(what) is a mapping", at: node.span)
            }
            return []
        }
        return entries.compactMap { entry in
            string(entry.key, "a name").map { ($0, entry.value) }
        }
    }

    /// A text. A number, a truth value and nothing are no texts: what is meant must be quoted.
    func string(
        _ node: YAMLNode,
        _ what: String,
        mayBeEmpty: Bool = false
    ) -> Located<String>? {
        guard case .scalar(let scalar) = node.content else {
            findings.error(.wrongType, "\(what) is text", at: node.span)
            return nil
        }
        if !scalar.isText {
            let found = scalar.isNull ? "nothing" : "`\(scalar.text)`"
            findings.error(
                .wrongType,
                "\(what) is text, and YAML reads \(found) as \(scalar.typeName)",
                at: node.span,
                help: scalar.isNull ? "write a value" : "put it in quotes: `\"\(scalar.text)\"`"
            )
            return nil
        }
        if scalar.text.isEmpty, !mayBeEmpty {
            findings.error(.wrongValue, "\(what) is empty", at: node.span)
            return nil
        }
        return Located(scalar.text, node.span)
    }

    /// `true` or `false`.
    func bool(_ node: YAMLNode, _ what: String) -> Located<Bool>? {
        if case .scalar(let scalar) = node.content, let value = scalar.asBool {
            return Located(value, node.span)
        }
        findings.error(
            .wrongType,
            "\(what) is `true` or `false`",
            at: node.span,
            help: "only these two words are truth values; `yes`, `no`, `on` and `off` are text"
        )
        return nil
    }

    /// A whole number within bounds.
    func integer(_ node: YAMLNode, _ what: String, in bounds: ClosedRange<Int>) -> Located<Int>? {
        if case .scalar(let scalar) = node.content, let value = scalar.asInteger,
            let number = Int(exactly: value), bounds.contains(number)
        {
            return Located(number, node.span)
        }
        findings.error(
            .wrongValue,
            "\(what) is a number from \(bounds.lowerBound) to \(bounds.upperBound)",
            at: node.span
        )
        return nil
    }

    /// One of a few words.
    func choice(_ node: YAMLNode, _ what: String, among words: [String]) -> Located<String>? {
        guard let text = string(node, what) else { return nil }
        if words.contains(where: text.value.isExactly) { return text }
        let suggestion = Suggestion.nearest(to: text.value, among: words)
        findings.error(
            .wrongValue,
            "`\(text.value)` is not \(what)",
            at: text.span,
            help: suggestion.map { "did you mean `\($0)`?" } ?? "write one of \(Self.list(words))"
        )
        return nil
    }

    /// The items of a list.
    func items(_ node: YAMLNode, _ what: String) -> [YAMLNode] {
        guard case .sequence(let items) = node.content else {
            findings.error(
                .wrongType,
                "\(what) is a list",
                at: node.span,
                help: scalarText(node).map { "write `[\($0)]`" }
            )
            return []
        }
        return items
    }

    /// A list of texts; where one is enough, a text alone.
    func strings(
        _ node: YAMLNode,
        _ what: String,
        of item: String,
        orOne: Bool = false
    ) -> [Located<String>] {
        if orOne, case .scalar = node.content { return string(node, item).map { [$0] } ?? [] }
        return items(node, what).compactMap { string($0, item) }
    }
}
