import Documents
import Values

/// What a body or a query must look like, with the complaints of the validator that Logto uses
/// (zod).
indirect enum Schema: Sendable {
    /// A rule of a text.
    enum TextRule: Sendable {
        case atLeast(Int)
        case atMost(Int)
        case url
        /// The validator's own rule for addresses of mail: one `@`, a domain with a dot.
        case email
        case pattern(@Sendable (String) -> Bool)
        /// A check of Logto's own, without a name.
        case custom(@Sendable (String) -> Bool)
    }

    case text([TextRule])
    case number
    case flag
    /// An object of anything.
    case anyObject
    /// Exactly this value.
    case literal(JSONValue)
    /// One of these texts.
    case choice([String])
    case list(Schema, atLeast: Int)
    /// An object of these members; others are dropped.
    case object([Member])
    /// The same, or null.
    case nullable(Schema)
    /// The first of these that fits.
    case either([Schema])

    /// A member of an object.
    struct Member: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        /// A member that must be there.
        static func required(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: true)
        }

        /// A member that may be absent.
        static func optional(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: false)
        }
    }

    /// A text of 1 to so many UTF-16 units.
    static func name(_ limit: Int) -> Schema { .text([.atLeast(1), .atMost(limit)]) }

    /// A list of nonempty texts.
    static func ids(atLeast count: Int = 0) -> Schema {
        .list(.text([.atLeast(1)]), atLeast: count)
    }
}

extension Schema {
    /// The value without what nobody asked for; complaints are added to `issues`.
    func cleaned(
        _ value: JSONValue?, at path: [SchemaIssue.Step] = [], issues: inout [SchemaIssue]
    ) -> JSONValue {
        func refuse(expected: String) -> JSONValue {
            issues.append(.type(expected: expected, received: SchemaIssue.kind(value), at: path))
            return .null
        }
        switch self {
        case .text(let rules):
            guard let text = value?.stringValue else { return refuse(expected: "string") }
            for rule in rules { rule.check(text, at: path, issues: &issues) }
            return .string(text)
        case .number:
            guard let value, value.doubleValue != nil else { return refuse(expected: "number") }
            return value
        case .flag:
            guard let flag = value?.boolValue else { return refuse(expected: "boolean") }
            return .bool(flag)
        case .anyObject:
            guard let object = value?.objectValue else { return refuse(expected: "object") }
            return .object(object)
        case .literal(let wanted):
            guard let value, value == wanted else {
                issues.append(.literal(expected: wanted, received: value, at: path))
                return .null
            }
            return value
        case .choice(let options):
            let names = options.map { "'\($0)'" }.joined(separator: " | ")
            guard let text = value?.stringValue else { return refuse(expected: names) }
            if !options.contains(where: { $0.isExactly(text) }) {
                issues.append(.choice(options, names: names, received: text, at: path))
            }
            return .string(text)
        case .list(let element, let minimum):
            guard let elements = value?.arrayValue else { return refuse(expected: "array") }
            if elements.count < minimum { issues.append(.tooFew(minimum, at: path)) }
            var kept: [JSONValue] = []
            for (index, item) in elements.enumerated() {
                kept.append(element.cleaned(item, at: path + [.index(index)], issues: &issues))
            }
            return .array(kept)
        case .object(let members):
            guard let object = value?.objectValue else { return refuse(expected: "object") }
            return .object(Self.cleaned(object, members, at: path, issues: &issues))
        case .nullable(let schema):
            if case .null = value { return .null }
            return schema.cleaned(value, at: path, issues: &issues)
        case .either(let schemas):
            return Self.firstFitting(value, schemas, at: path, issues: &issues)
        }
    }

    private static func cleaned(
        _ object: JSONObject, _ members: [Member], at path: [SchemaIssue.Step],
        issues: inout [SchemaIssue]
    ) -> JSONObject {
        var kept: [(name: String, value: JSONValue)] = []
        for member in members {
            let value = object[member.name]
            guard value != nil || member.isRequired else { continue }
            let clean = member.schema.cleaned(
                value, at: path + [.name(member.name)], issues: &issues)
            kept.append((name: member.name, value: clean))
        }
        return JSONObject(kept)
    }

    private static func firstFitting(
        _ value: JSONValue?, _ schemas: [Schema], at path: [SchemaIssue.Step],
        issues: inout [SchemaIssue]
    ) -> JSONValue {
        var complaints: [[SchemaIssue]] = []
        for schema in schemas {
            var own: [SchemaIssue] = []
            let clean = schema.cleaned(value, at: path, issues: &own)
            if own.isEmpty { return clean }
            complaints.append(own)
        }
        // Where only the rules of one alternative are broken, its complaints are the answer.
        if let dirty = complaints.first(where: { $0.allSatisfy { !$0.isOfType } }) {
            issues.append(contentsOf: dirty)
        } else {
            issues.append(.union(complaints, at: path))
        }
        return .null
    }
}

extension Schema.TextRule {
    fileprivate func check(_ text: String, at path: [SchemaIssue.Step], issues: inout [SchemaIssue])
    {
        switch self {
        case .atLeast(let limit):
            if text.utf16.count < limit { issues.append(.tooShort(limit, at: path)) }
        case .atMost(let limit):
            if text.utf16.count > limit { issues.append(.tooLong(limit, at: path)) }
        case .url:
            if !Self.isURL(text) {
                issues.append(.format("url", message: "Invalid url", at: path))
            }
        case .email:
            if !Self.isEmail(text) {
                issues.append(.format("email", message: "Invalid email", at: path))
            }
        case .pattern(let holds):
            if !holds(text) { issues.append(.format("regex", message: "Invalid", at: path)) }
        case .custom(let holds):
            if !holds(text) { issues.append(.custom(at: path)) }
        }
    }

    /// Whether JavaScript's `URL` takes the text: an absolute URL of any scheme.
    private static func isURL(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = Array(text.utf8[..<colon])
        guard let first = scheme.first, Self.isLetter(first),
            scheme.allSatisfy({ Self.isLetter($0) || Self.isDigitOrMark($0) })
        else { return false }
        let rest = text[text.utf8.index(after: colon)...]
        let special = ["http", "https", "ws", "wss", "ftp"]
        guard special.contains(String(decoding: scheme, as: UTF8.self).lowercased()) else {
            return true
        }
        let host = rest.drop { $0 == "/" || $0 == "\\" }.prefix { !"/?#\\".contains($0) }
        return !host.isEmpty && !host.contains(where: { $0 == " " || $0 == "<" || $0 == ">" })
    }

    /// zod's rule: letters, digits and `_'+-.` before one `@`, no dot at an end or doubled; then
    /// labels of letters, digits and hyphens, the last of two letters or more.
    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first, let last = parts[0].utf8.last,
            first != UInt8(ascii: "."), !text.contains("..")
        else { return false }
        let marks = Set("_'+-.".utf8)
        let isWord = { (byte: UInt8) in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let end = [UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-")]
        guard parts[0].utf8.allSatisfy({ isWord($0) || marks.contains($0) }),
            isWord(last) || end.contains(last)
        else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.utf8.count >= 2,
            top.utf8.allSatisfy(isLetter)
        else { return false }
        return labels.allSatisfy { label in
            guard let head = label.utf8.first, isWord(head) else { return false }
            return label.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigitOrMark(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
