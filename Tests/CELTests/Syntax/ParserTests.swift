import Testing

@testable import CEL

@Suite struct ParserTests {
    /// The tree in prefix form: short enough to read, exact enough to compare.
    private func shape(_ text: String) throws -> String {
        func show(_ node: Expression) -> String {
            switch node.kind {
            case .literal(let literal):
                switch literal {
                case .null: "null"
                case .bool(let value): "\(value)"
                case .int(let value): "\(value)"
                case .uint(let value): "\(value)u"
                case .double(let value): "\(value)d"
                case .string(let value): "'\(value)'"
                case .bytes(let value): "b\(value)"
                }
            case .identifier(let name, let isRooted): (isRooted ? "." : "") + name
            case .select(let operand, let field, _, let isOptional):
                "\(show(operand)).\(isOptional ? "?" : "")\(field)"
            case .index(let operand, let index, let isOptional):
                "\(show(operand))[\(isOptional ? "?" : "")\(show(index))]"
            case .call(let function, _, let receiver, let arguments):
                (receiver.map { show($0) + "." } ?? "")
                    + "\(function)(\(arguments.map(show).joined(separator: ", ")))"
            case .unary(let operation, let operand): "(\(operation.rawValue)\(show(operand)))"
            case .binary(let operation, _, let left, let right):
                "(\(show(left)) \(operation.rawValue) \(show(right)))"
            case .all(let terms): "(\(terms.map(show).joined(separator: " && ")))"
            case .any(let terms): "(\(terms.map(show).joined(separator: " || ")))"
            case .conditional(let condition, let then, let otherwise):
                "(\(show(condition)) ? \(show(then)) : \(show(otherwise)))"
            case .list(let elements):
                "[\(elements.map { ($0.isOptional ? "?" : "") + show($0.value) }.joined(separator: ", "))]"
            case .map(let entries):
                "{\(entries.map { ($0.isOptional ? "?" : "") + "\(show($0.key)): \(show($0.value))" }.joined(separator: ", "))}"
            case .message(let type, _, let fields):
                "\(type){\(fields.map { "\($0.name): \(show($0.value))" }.joined(separator: ", "))}"
            }
        }
        return show(try Parser.parse(text))
    }

    @Test(arguments: [
        ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
        ("a || b && c || d", "(a || (b && c) || d)"),
        ("a && b && c", "(a && b && c)"),
        ("1 < 2 == true", "((1 < 2) == true)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("!!a", "a"), ("!!!a", "(!a)"), ("--a", "a"), ("- -1", "1"), ("1--1", "(1 - -1)"),
        ("-a.b", "(-a.b)"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("0x7fffffffffffffff", "9223372036854775807"),
        ("18446744073709551615u", "18446744073709551615u"), ("0xFFu", "255u"),
        (".5", "0.5d"), ("1e3", "1000.0d"), ("1.5E-1", "0.15d"),
        ("a.b.c(d)[e].?f[?g]", "a.b.c(d)[e].?f[?g]"),
        ("m.`content-type`", "m.content-type"), ("m.package", "m.package"), ("m.if()", "m.if()"),
        (".a.b", ".a.b"), ("size([1, 2,])", "size([1, 2])"),
        ("{'a': 1, ?b: 2,}", "{'a': 1, ?b: 2}"),
        ("a.B{c: 1, d: [2]}", "a.B{c: 1, d: [2]}"), ("a.b.c", "a.b.c"), ("[?a, b]", "[?a, b]"),
        ("'a' in b // why", "('a' in b)"),
        ("principal.permissions.join(' ')", "principal.permissions.join(' ')"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"), ("in_x", "in_x"), ("truely", "truely"),
    ])
    func `the grammar is CEL's`(_ text: String, _ tree: String) throws {
        #expect(try shape(text) == tree)
    }

    @Test(
        arguments: [
            (
                #""\a\b\f\n\r\t\v\\\?\"\'\`""#,
                [0x07, 0x08, 0x0C, 0x0A, 0x0D, 0x09, 0x0B, 0x5C, 0x3F, 0x22, 0x27, 0x60]
            ),
            (#"'\101\x41\u0041\U00000041'"#, [0x41, 0x41, 0x41, 0x41]), (#"'\377'"#, [0xC3, 0xBF]),
            (#"r'\n'"#, [0x5C, 0x6E]), ("'''a\n'b'''", [0x61, 0x0A, 0x27, 0x62]),
            (#"R"\""#, [0x5C]),
        ] as [(String, [UInt8])])
    func `texts are read with their escapes`(_ text: String, _ bytes: [UInt8]) throws {
        guard case .literal(.string(let value)) = try Parser.parse(text).kind else {
            Issue.record("not a text")
            return
        }
        #expect(Array(value.utf8) == bytes)
    }

    @Test(
        arguments: [
            (#"b'ÿ'"#, [0xC3, 0xBF]), (#"b'\xff\377'"#, [0xFF, 0xFF]), (#"br'\x'"#, [0x5C, 0x78]),
            ("Br\"a\"", [0x61]),
        ] as [(String, [UInt8])])
    func `bytes are read with their escapes`(_ text: String, _ bytes: [UInt8]) throws {
        #expect(try Parser.parse(text).kind == .literal(.bytes(bytes)))
    }

    @Test(arguments: [
        "", " ", "1.", "!-x", "-!x", "a b", "a ? b", "a ? b ? c : d : e", "[1, 2", "{1}", "f(1,)",
        "a.", "a.1", "a..b",
        "'a", "'a\nb'", #"'\s'"#, #"'\8'"#, #"'\400'"#, #"'\ud800'"#, #"'\U00110000'"#,
        #"b'\u0041'"#, "rb'a'",
        "9223372036854775808", "18446744073709551616u", "0x8000000000000000", "0x", "1abc", "1e999",
        "if", "package",
        "a = b", "a & b", "a | b", "a and b", "`a`", "m.`a$b`", "m.``", "m.`a", "#", "é", "a[1",
        "(a", "a)", "&&", "in",
    ])
    func `what is not CEL is refused with a place`(_ text: String) {
        do {
            let tree = try Parser.parse(text)
            Issue.record("read as \(tree)")
        } catch {
            #expect(error.range.upperBound <= text.utf8.count)
            #expect(!error.message.isEmpty)
        }
    }

    @Test func `the place is the smallest wrong part, and the help names the repair`() {
        #expect(
            throws: SyntaxError("`=` has no meaning here", at: 2..<3, help: "write `==` to compare")
        ) {
            try Parser.parse("a = b")
        }
        #expect(
            throws: SyntaxError(
                "`and` stands where the end of the expression is due", at: 2..<5, help: "write `&&`"
            )
        ) {
            try Parser.parse("a and b")
        }
    }

    @Test(arguments: ["(", "[", "{'a':", "f(", "a[", "!(", "a ? b : ("])
    func `deep nesting is refused, not recursed into`(_ opening: String) {
        #expect(throws: SyntaxError.self) {
            try Parser.parse(String(repeating: opening, count: 9_000))
        }
    }

    @Test(arguments: [" + a", ".a", "[0]", " < a", " ? a : a", " * a"])
    func `a long chain is bounded by the height of its tree`(_ link: String) throws {
        #expect(throws: SyntaxError.self) {
            try Parser.parse("a" + String(repeating: link, count: 9_000))
        }
        #expect(try Parser.parse("a" + String(repeating: link, count: 32)).height <= 100)
    }

    @Test func `any number of terms of && and || is flat`() throws {
        let text =
            "a" + String(repeating: " && a", count: 5_000)
            + String(repeating: " || a", count: 5_000)
        #expect(try Parser.parse(text).height == 3)
    }

    @Test func `no bytes trap the parser`() {
        let alphabet = Array("ab1.0xue+-*/%!<>=&|?:,()[]{}'\"\\`rb \n//inull#é".unicodeScalars)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<(state >> 60) + 3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            let source = String(text)
            if let tree = try? Parser.parse(source) {
                #expect(tree.range.upperBound <= source.utf8.count)
            }
        }
    }
}
