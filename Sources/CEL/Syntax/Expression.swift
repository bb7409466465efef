/// One node of an expression as it was written, before names and types are known.
package struct Expression: Equatable, Sendable {
    package indirect enum Kind: Equatable, Sendable {
        case literal(Literal)
        /// A name; with a leading dot it is looked up in the root scope alone.
        case identifier(String, isRooted: Bool)
        /// `operand.field`, or `operand.?field`.
        case select(Expression, field: String, fieldRange: Range<Int>, isOptional: Bool)
        /// `operand[index]`, or `operand[?index]`.
        case index(Expression, Expression, isOptional: Bool)
        /// `function(arguments)`, or `receiver.function(arguments)`.
        case call(function: String, functionRange: Range<Int>, receiver: Expression?, [Expression])
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, operatorRange: Range<Int>, Expression, Expression)
        /// `a && b && c …`, flattened: deep chains need no deep recursion.
        case all([Expression])
        /// `a || b || c …`, flattened.
        case any([Expression])
        case conditional(Expression, then: Expression, otherwise: Expression)
        case list([Element])
        case map([Entry])
        /// `Type{field: value}`.
        case message(type: String, typeRange: Range<Int>, [Field])
    }

    /// One element of a list literal.
    package struct Element: Equatable, Sendable {
        package let value: Expression
        package let isOptional: Bool
    }

    /// One entry of a map literal.
    package struct Entry: Equatable, Sendable {
        package let key: Expression
        package let value: Expression
        package let isOptional: Bool
    }

    /// One field of a message literal.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let nameRange: Range<Int>
        package let value: Expression
        package let isOptional: Bool
    }

    package let kind: Kind
    /// Offsets of UTF-8 bytes in the text of the expression.
    package let range: Range<Int>
    /// How many nodes lie on the longest way down, this one included: bounded by the parser, so that
    /// whoever walks a tree may recurse.
    package let height: Int

    init(kind: Kind, range: Range<Int>) {
        self.kind = kind
        self.range = range
        height = 1 + kind.children.reduce(0) { max($0, $1.height) }
    }
}

extension Expression.Kind {
    /// The nodes directly below, in the order in which they were written.
    package var children: [Expression] {
        switch self {
        case .literal, .identifier: []
        case .select(let operand, _, _, _): [operand]
        case .index(let operand, let index, _): [operand, index]
        case .call(_, _, let receiver, let arguments): (receiver.map { [$0] } ?? []) + arguments
        case .unary(_, let operand): [operand]
        case .binary(_, _, let left, let right): [left, right]
        case .all(let terms), .any(let terms): terms
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .list(let elements): elements.map(\.value)
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .message(_, _, let fields): fields.map(\.value)
        }
    }
}

/// Operators with one operand.
package enum UnaryOperator: String, Sendable {
    case not = "!"
    case negate = "-"
}

/// Operators with two operands, other than the logical ones.
package enum BinaryOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

extension Expression {
    /// The names of a plain selection such as `principal.id`, or nil where the expression is no such thing.
    package var selectionPath: [String]? {
        switch kind {
        case .identifier(let name, isRooted: false): [name]
        case .select(let operand, let field, _, isOptional: false):
            operand.selectionPath.map { $0 + [field] }
        case .identifier, .select, .literal, .index, .call, .unary, .binary, .all, .any,
            .conditional,
            .list, .map, .message:
            nil
        }
    }
}
