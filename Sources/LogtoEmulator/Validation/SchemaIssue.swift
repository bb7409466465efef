import Documents
import Values

/// One complaint of the validator, with every member that a real Logto shows.
struct SchemaIssue: Sendable {
    /// A step of the way to the wrong value.
    enum Step: Sendable {
        case name(String)
        case index(Int)
    }

    let path: [Step]
    /// The members in their order, `path` among them.
    let members: JSONObject
    /// The part of `details` behind the path.
    let summary: String
    /// Whether the kind of the value is wrong, and not only its content.
    let isOfType: Bool

    private init(
        at path: [Step], code: String, summary: String, isOfType: Bool = false,
        _ pairs: (String, JSONValue)...
    ) {
        self.path = path
        self.summary = "(\(code)) \(summary)"
        self.isOfType = isOfType
        let steps = path.map { step -> JSONValue in
            switch step {
            case .name(let name): .string(name)
            case .index(let index): .integer(Int64(index))
            }
        }
        var all = [(name: "code", value: JSONValue.string(code))]
        all += pairs.map { (name: $0.0, value: $0.1) }
        all.append((name: "path", value: .array(steps)))
        members = JSONObject(all)
    }

    /// The line of `details`.
    var detail: String {
        let steps = path.map { step in
            switch step {
            case .name(let name): name
            case .index(let index): "\(index)"
            }
        }
        return "Error in key path \"\(steps.joined(separator: "."))\": \(summary)"
    }

    /// What JavaScript calls the kind of a value.
    static func kind(_ value: JSONValue?) -> String {
        switch value {
        case nil: "undefined"
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension SchemaIssue {
    static func type(expected: String, received: String, at path: [Step]) -> SchemaIssue {
        let message =
            received == "undefined" ? "Required" : "Expected \(expected), received \(received)"
        return SchemaIssue(
            at: path, code: "invalid_type",
            summary: "Expected \(expected) but received \(received).", isOfType: true,
            ("expected", .string(expected)), ("received", .string(received)),
            ("message", .string(message)))
    }

    static func tooShort(_ limit: Int, at path: [Step]) -> SchemaIssue {
        size(
            "too_small", "minimum", limit, of: "string", at: path,
            message: "String must contain at least \(limit) character(s)")
    }

    static func tooLong(_ limit: Int, at path: [Step]) -> SchemaIssue {
        size(
            "too_big", "maximum", limit, of: "string", at: path,
            message: "String must contain at most \(limit) character(s)")
    }

    static func tooFew(_ limit: Int, at path: [Step]) -> SchemaIssue {
        size(
            "too_small", "minimum", limit, of: "array", at: path,
            message: "Array must contain at least \(limit) element(s)")
    }

    static func format(_ validation: String, message: String, at path: [Step]) -> SchemaIssue {
        SchemaIssue(
            at: path, code: "invalid_string", summary: message,
            ("validation", .string(validation)), ("message", .string(message)))
    }

    static func custom(at path: [Step]) -> SchemaIssue {
        SchemaIssue(
            at: path, code: "custom", summary: "Invalid input",
            ("message", .string("Invalid input")))
    }

    static func literal(expected: JSONValue, received: JSONValue?, at path: [Step]) -> SchemaIssue {
        let message = "Invalid literal value, expected \(JSONWriter.text(expected))"
        return SchemaIssue(
            at: path, code: "invalid_literal", summary: message, isOfType: true,
            ("received", received ?? .null), ("expected", expected),
            ("message", .string(message)))
    }

    static func choice(
        _ options: [String], names: String, received: String, at path: [Step]
    ) -> SchemaIssue {
        let message = "Invalid enum value. Expected \(names), received '\(received)'"
        return SchemaIssue(
            at: path, code: "invalid_enum_value", summary: message, isOfType: true,
            ("received", .string(received)), ("options", .strings(options)),
            ("message", .string(message)))
    }

    static func union(_ complaints: [[SchemaIssue]], at path: [Step]) -> SchemaIssue {
        let errors = complaints.map(Self.report)
        return SchemaIssue(
            at: path, code: "invalid_union", summary: "Invalid input", isOfType: true,
            ("unionErrors", .array(errors)), ("message", .string("Invalid input")))
    }

    /// The `data` of a refusal.
    static func report(_ issues: [SchemaIssue]) -> JSONValue {
        .members(
            ("issues", .array(issues.map { .object($0.members) })), ("name", .string("ZodError")))
    }

    private static func size(
        _ code: String, _ bound: String, _ limit: Int, of type: String, at path: [Step],
        message: String
    ) -> SchemaIssue {
        SchemaIssue(
            at: path, code: code, summary: message,
            (bound, .integer(Int64(limit))), ("type", .string(type)), ("inclusive", .bool(true)),
            ("exact", .bool(false)), ("message", .string(message)))
    }
}

extension LogtoProblem {
    /// 400 of the validator; `part` is `body`, `query` or `params`.
    static func invalid(_ part: String, _ issues: [SchemaIssue]) -> LogtoProblem {
        LogtoProblem(
            status: 400, code: "guard.invalid_input", message: "The request \(part) is invalid.",
            data: SchemaIssue.report(issues),
            details: issues.map(\.detail).joined(separator: "\n"))
    }
}
