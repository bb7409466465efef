import Documents

extension YAMLScalar {
    /// Whether YAML 1.2's core schema reads the scalar as text.
    var isString: Bool {
        style != .plain || !(isNull || asBool != nil || asInteger != nil || looksLikeNumber)
    }

    /// What YAML reads a plain scalar as, for a message.
    var typeName: String {
        if isNull { return "no value" }
        if asBool != nil { return "a truth value" }
        return "a number"
    }

    /// Whether a plain scalar is written like a number: digits with what may stand among them.
    private var looksLikeNumber: Bool {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        if digits.elementsEqual(".inf".utf8) || digits.elementsEqual(".nan".utf8) { return true }
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0o".utf8) { return true }
        var rest = digits.drop { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
        let mantissa = digits.prefix(digits.count - rest.count)
        guard mantissa.contains(where: Self.isDigit),
            mantissa.allSatisfy({ Self.isDigit($0) || $0 == UInt8(ascii: ".") }),
            mantissa.filter({ $0 == UInt8(ascii: ".") }).count <= 1
        else { return false }
        guard !rest.isEmpty else { return true }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
            rest = rest.dropFirst()
        }
        return !rest.isEmpty && rest.allSatisfy(Self.isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
