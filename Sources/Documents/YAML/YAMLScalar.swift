/// A text in a YAML file, decoded, with the way back to the bytes that it was decoded from.
package struct YAMLScalar: Sendable {
    /// How the text was written.
    package enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// The text: quotes and indentation gone, escapes resolved, lines folded.
    package let text: String
    /// How it was written.
    package let style: Style
    private let map: ScalarMap

    init(text: String, style: Style, map: ScalarMap) {
        self.text = text
        self.style = style
        self.map = map
    }

    /// The byte of the file from which the UTF-8 byte of `text` at this offset was decoded.
    ///
    /// Inside an escape or a folded line break it is the first byte of that; one past the end of the text is
    /// one past the end of what was decoded. Offsets outside of the text are taken to its nearest end.
    package func sourceOffset(of decodedUTF8Offset: Int) -> Int {
        map.source(of: decodedUTF8Offset)
    }

    /// The bytes of the file from which this part of `text` was decoded.
    package func sourceRange(of decoded: Range<Int>) -> Range<Int> {
        map.source(of: decoded)
    }

    /// Whether this is plain and means null in YAML 1.2 (core schema).
    package var isNull: Bool { style == .plain && PlainMeaning(text) == .null }

    /// The truth value, if this is plain `true` or `false`; no other spelling is one.
    package var asBool: Bool? {
        guard style == .plain, case .bool(let value) = PlainMeaning(text) else { return nil }
        return value
    }

    /// The number, if this is a plain decimal integer without leading zeros that fits 64 bits.
    package var asInteger: Int64? {
        guard style == .plain, case .integer = PlainMeaning(text) else { return nil }
        return Int64(text)
    }

    /// The number, if this is a plain decimal number; finite.
    package var asDouble: Double? {
        guard style == .plain else { return nil }
        switch PlainMeaning(text) {
        case .integer, .decimal:
            guard text.utf8.count <= 64, let value = Double(text), value.isFinite else {
                return nil
            }
            return value
        default: return nil
        }
    }

    /// Whether YAML takes this for text: quoted, or plain and neither null nor boolean nor number.
    package var isText: Bool { style != .plain || PlainMeaning(text) == .text }

    /// Whether an older YAML reader would take this plain text for a boolean: `yes`, `No`, `on`, `TRUE`.
    package var looksLikeBoolean: Bool {
        style == .plain && PlainMeaning.oldBoolean(text) != nil
    }
}
