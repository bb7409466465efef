/// One word of an expression, and the bytes that it stands on.
struct Token: Equatable {
    enum Kind: Equatable {
        case identifier(String)
        /// A field name in backquotes, without them.
        case quotedName(String)
        case literal(Literal)
        /// An operator, bracket or other mark, as written.
        case mark(Mark)
        /// A number whose value needs the sign before it: 9223372036854775808.
        case minimumMagnitude
        case end
    }

    let kind: Kind
    /// Offsets of UTF-8 bytes in the text of the expression.
    let range: Range<Int>
}

/// The marks of CEL.
enum Mark: String, CaseIterable {
    case logicalOr = "||"
    case logicalAnd = "&&"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"
    case not = "!"
    case question = "?"
    case colon = ":"
    case comma = ","
    case dot = "."
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case isIn = "in"
}

/// A value that stands in an expression as such.
package enum Literal: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    /// Compare by UTF-8 bytes: Swift's `==` calls different texts equal.
    case string(String)
    case bytes([UInt8])

    package static func == (left: Literal, right: Literal) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.null, _), (.bool, _), (.int, _), (.uint, _), (.double, _), (.string, _), (.bytes, _):
            false
        }
    }
}
