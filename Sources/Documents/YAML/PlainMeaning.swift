import Values

/// What a plain scalar means: YAML 1.2's core schema, narrowed to what an older reader reads alike.
enum PlainMeaning: Equatable {
    /// Nothing, `~`, `null`.
    case null
    /// `true` and `false`.
    case bool(Bool)
    /// A decimal integer without leading zeros.
    case integer
    /// A decimal number with a point or an exponent.
    case decimal
    /// A number to some reader and something else to another: octal, sexagesimal, hexadecimal, binary,
    /// with underscores, infinite.
    case doubtful
    /// Text to every reader (or, as `yes`, to every reader of this century).
    case text

    init(_ text: String) {
        let bytes = Array(text.utf8.prefix(65))
        if let first = bytes.first, Self.startsNumber(first), let meaning = Self.number(bytes) {
            self = meaning
            return
        }
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        default: self = .text
        }
    }

    /// What YAML 1.1 takes this word for, in every spelling that it allows.
    static func oldBoolean(_ text: String) -> Bool? {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lower = text.lowercased()
        let capital = lower.prefix(1).uppercased() + lower.dropFirst()
        guard text == lower || text == capital || text == lower.uppercased() else { return nil }
        return switch lower {
        case "y", "yes", "on", "true": true
        case "n", "no", "off", "false": false
        default: nil
        }
    }

    private static func startsNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What the bytes mean if some reader takes them for a number.
    ///
    /// Numbers above 64 bytes are text: nobody means them as numbers, and no setting takes them.
    private static func number(_ bytes: [UInt8]) -> PlainMeaning? {
        guard bytes.count <= 64 else { return nil }
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let word = String(decoding: rest, as: UTF8.self).lowercased()
        if word == ".inf" || word == ".nan" { return .doubtful }
        if rest.first == UInt8(ascii: "0"), rest.count > 2, let digits = digits(after: rest) {
            return digits ? .doubtful : nil
        }
        let whole = takeDigits(&rest)
        if rest.isEmpty {
            guard !whole.isEmpty, isDigit(whole.first) else { return nil }
            let isPlain =
                !whole.contains(UInt8(ascii: "_")) && (whole.first != 0x30 || whole.count == 1)
                && bytes.first != UInt8(ascii: "+")
            return isPlain ? .integer : .doubtful
        }
        if rest.first == UInt8(ascii: ":"), isDigit(whole.first) { return sexagesimal(rest) }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard isDigit(whole.first) || (whole.isEmpty && isDigit(fraction.first)) else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
                rest.removeFirst()
            }
            guard !takeDigits(&rest).isEmpty else { return nil }
        }
        guard rest.isEmpty else { return nil }
        let isPlain =
            !bytes.contains(UInt8(ascii: "_")) && bytes.first != UInt8(ascii: "+")
            && (whole.first != 0x30 || whole.count == 1)
        return isPlain ? .decimal : .doubtful
    }

    /// For `0x1f`, `0o17` and `0b11`: whether only digits of that base follow; nil for other prefixes.
    private static func digits(after rest: ArraySlice<UInt8>) -> Bool? {
        let body = rest.dropFirst(2)
        switch rest[rest.startIndex + 1] {
        case UInt8(ascii: "x"):
            return body.allSatisfy { Hexadecimal.value(of: $0) != nil || $0 == UInt8(ascii: "_") }
        case UInt8(ascii: "o"), UInt8(ascii: "b"):
            return body.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "_") }
        default: return nil
        }
    }

    /// `:20:30`, as in `12:20:30` or `12:20:30.5`.
    private static func sexagesimal(_ rest: ArraySlice<UInt8>) -> PlainMeaning? {
        var rest = rest
        while rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            let part = takeDigits(&rest)
            guard part.count == 1 || (part.count == 2 && (part.first ?? 0xFF) < 0x36) else {
                return nil
            }
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            _ = takeDigits(&rest)
        }
        return rest.isEmpty ? .doubtful : nil
    }

    /// Digits and underscores at the front.
    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
        rest = rest[digits.endIndex...]
        return digits
    }

    private static func isDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
