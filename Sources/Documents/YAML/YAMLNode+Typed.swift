import Values

/// What a consumer expects of a value. Each either returns it or throws the finished message.
extension YAMLNode {
    /// The text, where text is due.
    ///
    /// - Throws: `yaml-type` for a list, a mapping, nothing, and for plain numbers and booleans: what has to
    ///   be text must not change its meaning when a reader changes its mind about `1.10`.
    package func string() throws(Diagnostic) -> String {
        guard let scalar else { throw mismatch("a text") }
        if scalar.isText { return scalar.text }
        guard !scalar.isNull else { throw mismatch("a text") }
        throw mismatch("a text", help: "quote it: `\"\(scalar.text)\"`")
    }

    /// The truth value, where one is due: `true` or `false`, and no other spelling.
    package func bool() throws(Diagnostic) -> Bool {
        guard let scalar else { throw mismatch("`true` or `false`") }
        if let value = scalar.asBool { return value }
        let meant =
            PlainMeaning.oldBoolean(scalar.text) ?? (scalar.text.isExactly("1") ? true : nil)
        guard let meant else { throw mismatch("`true` or `false`") }
        throw mismatch("`true` or `false`", help: "write `\(meant)`")
    }

    /// The number, where an integer is due; within `range`.
    package func integer(
        in range: ClosedRange<Int64> = .min ... .max
    ) throws(Diagnostic) -> Int64 {
        guard let scalar else { throw mismatch("a whole number") }
        guard let value = scalar.asInteger else {
            let isQuoted = scalar.style != .plain && Int64(scalar.text) != nil
            throw mismatch(
                "a whole number", help: isQuoted ? "write `\(scalar.text)` without quotes" : nil)
        }
        guard range.contains(value) else {
            throw .error(
                "yaml-range", "`\(value)` is out of range", at: span,
                help: "write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The number, where one with a fraction may stand.
    package func double() throws(Diagnostic) -> Double {
        guard let value = scalar?.asDouble else { throw mismatch("a number") }
        return value
    }

    /// The elements, where a list is due.
    package func sequence() throws(Diagnostic) -> [YAMLNode] {
        guard let elements else {
            var help: String?
            if let scalar, scalar.isText, scalar.text.utf8.count <= 100 {
                help = "write `[\(scalar.style == .plain ? scalar.text : "\"…\"")]`"
            }
            throw mismatch("a list", help: help)
        }
        return elements
    }

    /// The texts, where a list of texts is due.
    package func strings() throws(Diagnostic) -> [String] {
        var texts: [String] = []
        for element in try sequence() { texts.append(try element.string()) }
        return texts
    }

    /// The entries, where a mapping is due.
    package func mapping() throws(Diagnostic) -> [YAMLEntry] {
        guard let entries else { throw mismatch("a mapping") }
        return entries
    }

    /// What kind of value this is, as messages call it.
    package var kindName: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let scalar):
            guard scalar.style == .plain else { return "a text" }
            return switch PlainMeaning(scalar.text) {
            case .null: "nothing"
            case .bool: "a boolean"
            case .integer, .decimal, .doubtful: "a number"
            case .text: "a text"
            }
        }
    }

    /// The message that something else is due here.
    package func mismatch(_ expected: String, help: String? = nil) -> Diagnostic {
        var found = kindName
        if let scalar, scalar.style == .plain, !scalar.text.isEmpty, scalar.text.utf8.count <= 60 {
            found = "`\(scalar.text)`"
        }
        return .error(
            "yaml-type", "\(expected) is due here, not \(found)", at: span, help: help)
    }
}
