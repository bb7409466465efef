/// Reads the value of a header: text with `${…}` in it.
enum TemplateParser {
    /// What is wrong with the value, and the part of the text it is about.
    struct Problem: Error {
        let message: String
        let range: Range<Int>
        var help: String?
        /// Whether it is an expression that a later version understands.
        var isLater = false
    }

    /// The pieces of a value.
    static func template(_ text: String) throws(Problem) -> ValueTemplate {
        let bytes = Array(text.utf8)
        var pieces: [ValueTemplate.Piece] = []
        var literal: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "{")
            else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            guard let end = end(of: bytes, from: index + 2) else {
                throw Problem(
                    message: "`${` has no `}`",
                    range: index..<bytes.count,
                    help: "for example `${principal.id}`"
                )
            }
            if !literal.isEmpty {
                pieces.append(.text(String(decoding: literal, as: UTF8.self)))
                literal = []
            }
            let expression = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
            pieces.append(try piece(expression, at: (index + 2)..<end))
            index = end + 1
        }
        if !literal.isEmpty { pieces.append(.text(String(decoding: literal, as: UTF8.self))) }
        return ValueTemplate(pieces)
    }

    /// The names that stand alone in `${…}`.
    private static let names: [(String, ValueTemplate.Piece)] = [
        ("principal.id", .principalID),
        ("principal.organization", .principalOrganization),
        ("principal.client", .principalClient),
        ("principal.kind", .principalKind),
        ("org.id", .organizationID),
        ("request.id", .requestID),
        ("request.method", .requestMethod),
        ("request.path", .requestPath),
        ("request.host", .requestHost),
        ("request.ip", .requestOrigin(.address)),
        ("request.scheme", .requestOrigin(.scheme)),
        ("request.tls.version", .requestOrigin(.tlsVersion)),
        ("request.tls.client_subject", .requestOrigin(.clientSubject)),
    ]

    /// The place of the brace that ends an expression; braces in quotes do not count.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var quote: UInt8?
        for index in start..<bytes.count {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "}") {
                return index
            }
        }
        return nil
    }

    private static func piece(
        _ text: String,
        at range: Range<Int>
    ) throws(Problem) -> ValueTemplate.Piece {
        let expression = text.trimmingSpaces
        if let known = names.first(where: { $0.0.utf8.elementsEqual(expression.utf8) }) {
            return known.1
        }
        if expression.hasPrefix("path.") {
            let name = String(expression.dropFirst("path.".count))
            let isName =
                !name.isEmpty
                && name.utf8.allSatisfy {
                    (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
                }
            if isName { return .pathParameter(name) }
        }
        for (prefix, list) in [
            ("principal.permissions.join(", ListJoin.List.permissions),
            ("principal.roles.join(", .roles),
        ] where expression.hasPrefix(prefix) && expression.hasSuffix(")") {
            let argument = String(expression.dropFirst(prefix.count).dropLast()).trimmingSpaces
            if let separator = literal(argument) {
                return .join(ListJoin(list: list, separator: separator))
            }
        }
        let certified = "request.tls.client_dns.join("
        if expression.hasPrefix(certified), expression.hasSuffix(")") {
            let argument = String(expression.dropFirst(certified.count).dropLast()).trimmingSpaces
            if let separator = literal(argument), !separator.isEmpty {
                return .requestOrigin(.clientDNSNames(separator: separator))
            }
        }
        throw Problem(
            message: "the expression `\(expression)`",
            range: range,
            help: "this version knows "
                + (names.map(\.0) + [
                    "request.tls.client_dns.join(\" \")", "path.<parameter>",
                    "principal.permissions.join(\" \")",
                ])
                .map { "`\($0)`" }.joined(separator: ", "),
            isLater: true
        )
    }

    /// The text of a literal in single or double quotes, without escapes.
    private static func literal(_ text: String) -> String? {
        guard let quote = text.utf8.first,
            quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
            text.utf8.count >= 2, text.utf8.last == quote
        else { return nil }
        let inner = text.utf8.dropFirst().dropLast()
        guard !inner.contains(quote), !inner.contains(UInt8(ascii: "\\")) else { return nil }
        return String(inner)
    }
}

extension String {
    /// The text without spaces at either end.
    fileprivate var trimmingSpaces: String {
        var rest = Substring(self).utf8
        while rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
        while rest.last == UInt8(ascii: " ") { rest = rest.dropLast() }
        return String(rest) ?? self
    }
}
