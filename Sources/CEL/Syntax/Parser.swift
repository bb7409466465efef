/// Reads the text of an expression into a tree, by CEL's grammar.
///
/// Recursion and size are bounded, so that no text can exhaust the stack.
package struct Parser {
    /// Bounds of what is read.
    package struct Limits: Sendable {
        /// Nested parentheses, calls, selections, literals and conditionals.
        package var depth = 100
        /// Bytes of the text.
        package var bytes = 100_000

        package init() {}
    }

    private var lexer: Lexer
    private var token: Token
    private var depth = 0
    private let limits: Limits

    /// Reads a text as one expression.
    package static func parse(
        _ text: String, limits: Limits = Limits()
    ) throws(SyntaxError) -> Expression {
        let count = text.utf8.count
        guard count <= limits.bytes else {
            throw SyntaxError(
                "the expression is longer than \(limits.bytes) bytes", at: limits.bytes..<count)
        }
        var parser = try Parser(text, limits: limits)
        let expression = try parser.expression()
        guard parser.token.kind == .end else {
            throw parser.unexpected("the end of the expression")
        }
        return expression
    }

    private init(_ text: String, limits: Limits) throws(SyntaxError) {
        lexer = Lexer(text)
        self.limits = limits
        token = try lexer.next()
    }

    // MARK: Tokens

    private mutating func advance() throws(SyntaxError) {
        token = try lexer.next()
    }

    private func isAt(_ mark: Mark) -> Bool { token.kind == .mark(mark) }

    private mutating func take(_ mark: Mark) throws(SyntaxError) -> Bool {
        guard isAt(mark) else { return false }
        try advance()
        return true
    }

    /// Takes a mark that must stand here and returns where it ended.
    @discardableResult
    private mutating func expect(_ mark: Mark) throws(SyntaxError) -> Int {
        guard isAt(mark) else { throw unexpected("`\(mark.rawValue)`") }
        let end = token.range.upperBound
        try advance()
        return end
    }

    private func unexpected(_ wanted: String) -> SyntaxError {
        let shown = String(decoding: lexer.bytes[token.range], as: UTF8.self)
        if token.kind == .end {
            return SyntaxError("the expression ends where \(wanted) is due", at: token.range)
        }
        let help: String? =
            switch token.kind {
            case .identifier("and"): "write `&&`"
            case .identifier("or"): "write `||`"
            case .identifier("not"): "write `!`"
            case .identifier, .quotedName, .literal, .mark, .minimumMagnitude, .end: nil
            }
        return SyntaxError("`\(shown)` stands where \(wanted) is due", at: token.range, help: help)
    }

    private mutating func enter() throws(SyntaxError) {
        depth += 1
        guard depth <= limits.depth else { throw tooDeep(token.range) }
    }

    /// A chain such as `a + a + a` nests to the left without nesting the parser: its height is checked.
    private func checked(_ expression: Expression) throws(SyntaxError) -> Expression {
        guard expression.height <= limits.depth else { throw tooDeep(expression.range) }
        return expression
    }

    private func tooDeep(_ range: Range<Int>) -> SyntaxError {
        SyntaxError("the expression is nested deeper than \(limits.depth)", at: range)
    }

    // MARK: Operators, from the loosest to the tightest

    private mutating func expression() throws(SyntaxError) -> Expression {
        try enter()
        defer { depth -= 1 }
        let condition = try disjunction()
        guard try take(.question) else { return condition }
        let then = try disjunction()
        try expect(.colon)
        let otherwise = try expression()
        return try checked(
            Expression(
                kind: .conditional(condition, then: then, otherwise: otherwise),
                range: condition.range.lowerBound..<otherwise.range.upperBound))
    }

    private mutating func disjunction() throws(SyntaxError) -> Expression {
        var terms = [try conjunction()]
        while try take(.logicalOr) { terms.append(try conjunction()) }
        return Self.joined(terms) { .any($0) }
    }

    private mutating func conjunction() throws(SyntaxError) -> Expression {
        var terms = [try relation()]
        while try take(.logicalAnd) { terms.append(try relation()) }
        return Self.joined(terms) { .all($0) }
    }

    private static func joined(
        _ terms: [Expression], _ kind: ([Expression]) -> Expression.Kind
    ) -> Expression {
        guard terms.count > 1, let last = terms.last else { return terms[0] }
        return Expression(
            kind: kind(terms), range: terms[0].range.lowerBound..<last.range.upperBound)
    }

    private mutating func relation() throws(SyntaxError) -> Expression {
        var left = try sum()
        while case .mark(let mark) = token.kind, let operation = Self.relations[mark] {
            left = try binary(operation, left) { (parser) throws(SyntaxError) in try parser.sum() }
        }
        return left
    }

    private mutating func sum() throws(SyntaxError) -> Expression {
        var left = try product()
        while case .mark(let mark) = token.kind, let operation = Self.sums[mark] {
            left = try binary(operation, left) { (parser) throws(SyntaxError) in
                try parser.product()
            }
        }
        return left
    }

    private mutating func product() throws(SyntaxError) -> Expression {
        var left = try unary()
        while case .mark(let mark) = token.kind, let operation = Self.products[mark] {
            left = try binary(operation, left) { (parser) throws(SyntaxError) in try parser.unary()
            }
        }
        return left
    }

    private static let relations: [Mark: BinaryOperator] = [
        .equal: .equal, .notEqual: .notEqual, .less: .less, .lessOrEqual: .lessOrEqual,
        .greater: .greater, .greaterOrEqual: .greaterOrEqual, .isIn: .isIn,
    ]
    private static let sums: [Mark: BinaryOperator] = [.plus: .add, .minus: .subtract]
    private static let products: [Mark: BinaryOperator] = [
        .times: .multiply, .divide: .divide, .remainder: .remainder,
    ]

    private mutating func binary(
        _ operation: BinaryOperator, _ left: Expression,
        _ operand: (inout Parser) throws(SyntaxError) -> Expression
    ) throws(SyntaxError) -> Expression {
        let operatorRange = token.range
        try advance()
        let right = try operand(&self)
        return try checked(
            Expression(
                kind: .binary(operation, operatorRange: operatorRange, left, right),
                range: left.range.lowerBound..<right.range.upperBound))
    }

    private mutating func unary() throws(SyntaxError) -> Expression {
        let start = token.range.lowerBound
        if isAt(.not) { return try prefixed(.not, mark: .not, from: start) }
        if isAt(.minus) {
            try advance()
            if token.kind == .minimumMagnitude {
                let range = start..<token.range.upperBound
                try advance()
                return try member(Expression(kind: .literal(.int(.min)), range: range))
            }
            if case .literal(let literal) = token.kind, let negated = Self.negated(literal) {
                let range = start..<token.range.upperBound
                try advance()
                return try member(Expression(kind: .literal(negated), range: range))
            }
            return try prefixed(.negate, mark: .minus, from: start, alreadyTaken: 1)
        }
        return try member(primary())
    }

    private mutating func prefixed(
        _ operation: UnaryOperator, mark: Mark, from start: Int, alreadyTaken: Int = 0
    ) throws(SyntaxError) -> Expression {
        // A run of the same mark is counted, not nested: two of them undo each other.
        var count = alreadyTaken
        while try take(mark) { count += 1 }
        if mark == .minus, token.kind == .minimumMagnitude {
            let range = start..<token.range.upperBound
            try advance()
            let value = try member(Expression(kind: .literal(.int(.min)), range: range))
            return count.isMultiple(of: 2)
                ? Expression(kind: .unary(.negate, value), range: range) : value
        }
        let operand = try member(primary())
        guard !count.isMultiple(of: 2) else { return operand }
        return Expression(
            kind: .unary(operation, operand), range: start..<operand.range.upperBound)
    }

    private static func negated(_ literal: Literal) -> Literal? {
        switch literal {
        case .int(let value): .int(-value)
        case .double(let value): .double(-value)
        case .null, .bool, .uint, .string, .bytes: nil
        }
    }
}

// MARK: - Members and primaries

extension Parser {
    private mutating func member(_ operand: Expression) throws(SyntaxError) -> Expression {
        var result = operand
        while true {
            let start = result.range.lowerBound
            if try take(.dot) {
                let isOptional = try take(.question)
                let (name, nameRange) = try fieldName()
                if !isOptional, isAt(.openParenthesis) {
                    let (arguments, end) = try self.arguments()
                    result = Expression(
                        kind: .call(
                            function: name, functionRange: nameRange, receiver: result, arguments),
                        range: start..<end)
                } else {
                    result = Expression(
                        kind: .select(
                            result, field: name, fieldRange: nameRange, isOptional: isOptional),
                        range: start..<nameRange.upperBound)
                }
            } else if try take(.openBracket) {
                let isOptional = try take(.question)
                let index = try expression()
                let end = try expect(.closeBracket)
                result = Expression(
                    kind: .index(result, index, isOptional: isOptional), range: start..<end)
            } else {
                return result
            }
            result = try checked(result)
        }
    }

    private mutating func fieldName() throws(SyntaxError) -> (String, Range<Int>) {
        let range = token.range
        switch token.kind {
        case .identifier(let name), .quotedName(let name):
            try advance()
            return (name, range)
        case .literal, .mark, .minimumMagnitude, .end: throw unexpected("the name of a field")
        }
    }

    /// The arguments of a call; the position is at the opening parenthesis.
    private mutating func arguments() throws(SyntaxError) -> ([Expression], Int) {
        try expect(.openParenthesis)
        var arguments: [Expression] = []
        if !isAt(.closeParenthesis) {
            repeat { arguments.append(try expression()) } while try take(.comma)
        }
        return (arguments, try expect(.closeParenthesis))
    }

    private mutating func primary() throws(SyntaxError) -> Expression {
        let start = token.range.lowerBound
        switch token.kind {
        case .literal(let literal):
            let range = token.range
            try advance()
            return Expression(kind: .literal(literal), range: range)
        case .identifier: return try name(from: start, isRooted: false)
        case .mark(.dot):
            try advance()
            guard case .identifier = token.kind else { throw unexpected("a name") }
            return try name(from: start, isRooted: true)
        case .mark(.openParenthesis):
            try advance()
            let inner = try expression()
            let end = try expect(.closeParenthesis)
            return Expression(kind: inner.kind, range: start..<end)
        case .mark(.openBracket): return try list(from: start)
        case .mark(.openBrace): return try map(from: start)
        case .minimumMagnitude:
            throw SyntaxError("the number is too large for an int", at: token.range)
        case .mark, .quotedName, .end: throw unexpected("a value")
        }
    }

    /// Names that may be fields, but neither variables nor global functions.
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop",
        "package", "namespace", "return", "var", "void", "while",
    ]

    private mutating func name(from start: Int, isRooted: Bool) throws(SyntaxError) -> Expression {
        guard case .identifier(let name) = token.kind else { throw unexpected("a name") }
        let nameRange = token.range
        guard !Self.reserved.contains(name) else {
            throw SyntaxError("`\(name)` is a reserved word", at: nameRange)
        }
        try advance()
        if isAt(.openParenthesis) {
            let (arguments, end) = try self.arguments()
            return Expression(
                kind: .call(
                    function: (isRooted ? "." : "") + name, functionRange: nameRange, receiver: nil,
                    arguments),
                range: start..<end)
        }
        let plain = Expression(
            kind: .identifier(name, isRooted: isRooted), range: start..<nameRange.upperBound)
        return try message(plain)
    }

    /// A message literal where a qualified name is followed by a brace; else the name alone.
    private mutating func message(_ name: Expression) throws(SyntaxError) -> Expression {
        let (savedLexer, savedToken) = (lexer, token)
        var path: [String] = []
        if case .identifier(let first, let isRooted) = name.kind {
            path = [(isRooted ? "." : "") + first]
        }
        var end = name.range.upperBound
        while isAt(.dot) {
            try advance()
            guard case .identifier(let part) = token.kind else { break }
            path.append(part)
            end = token.range.upperBound
            try advance()
        }
        guard isAt(.openBrace) else {
            (lexer, token) = (savedLexer, savedToken)
            return name
        }
        let start = name.range.lowerBound
        let (fields, close) = try fields()
        return Expression(
            kind: .message(type: path.joined(separator: "."), typeRange: start..<end, fields),
            range: start..<close)
    }

    private mutating func fields() throws(SyntaxError) -> ([Expression.Field], Int) {
        try expect(.openBrace)
        var fields: [Expression.Field] = []
        while !isAt(.closeBrace) {
            let isOptional = try take(.question)
            let (name, nameRange) = try fieldName()
            try expect(.colon)
            let value = try expression()
            fields.append(
                Expression.Field(
                    name: name, nameRange: nameRange, value: value, isOptional: isOptional))
            guard try take(.comma) else { break }
        }
        return (fields, try expect(.closeBrace))
    }

    private mutating func list(from start: Int) throws(SyntaxError) -> Expression {
        try expect(.openBracket)
        var elements: [Expression.Element] = []
        while !isAt(.closeBracket) {
            let isOptional = try take(.question)
            elements.append(Expression.Element(value: try expression(), isOptional: isOptional))
            guard try take(.comma) else { break }
        }
        let end = try expect(.closeBracket)
        return Expression(kind: .list(elements), range: start..<end)
    }

    private mutating func map(from start: Int) throws(SyntaxError) -> Expression {
        try expect(.openBrace)
        var entries: [Expression.Entry] = []
        while !isAt(.closeBrace) {
            let isOptional = try take(.question)
            let key = try expression()
            try expect(.colon)
            let value = try expression()
            entries.append(Expression.Entry(key: key, value: value, isOptional: isOptional))
            guard try take(.comma) else { break }
        }
        let end = try expect(.closeBrace)
        return Expression(kind: .map(entries), range: start..<end)
    }
}
