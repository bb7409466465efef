import Documents
import Values

/// A call of the Management API whose token was accepted.
struct ManagementRequest {
    let method: HTTPMethod
    /// Parameters of the path, decoded.
    let parameters: [ExactText: String]
    let query: QueryString
    /// What the body holds; an empty object where there is none, or one that nobody reads.
    let content: JSONValue
    /// Whether an escape in the body named half of a surrogate pair.
    let hasLoneSurrogate: Bool
    /// Scheme, host and path below `/api`, as `Link` shows them.
    let address: String
    let now: UnixTime
    let ids: IdentifierSource

    /// A parameter of the path.
    ///
    /// U+0000 in one is refused by the database, whatever the call wanted.
    func parameter(_ name: StaticString) throws(LogtoProblem) -> String {
        let value = parameters[ExactText("\(name)")] ?? ""
        if value.utf8.contains(0) { throw .internalError }
        return value
    }

    /// The body as a schema wants it, without what the schema does not know.
    func body(_ members: [Schema.Member]) throws(LogtoProblem) -> JSONObject {
        var issues: [SchemaIssue] = []
        let clean = Schema.object(members).cleaned(content, issues: &issues)
        guard issues.isEmpty, let object = clean.objectValue else {
            throw .invalid("body", issues)
        }
        if clean.containsNUL { throw .internalError }
        return object
    }

    /// A parameter of the query that may stand once.
    func queryValue(_ name: String, atLeast minimum: Int = 0) throws(LogtoProblem) -> String? {
        let values = query.all(name)
        guard let value = values.first else { return nil }
        if values.count > 1 {
            throw .invalid(
                "query", [.type(expected: "string", received: "array", at: [.name(name)])])
        }
        if value.utf16.count < minimum {
            throw .invalid("query", [.tooShort(minimum, at: [.name(name)])])
        }
        if value.utf8.contains(0) { throw .internalError }
        return value
    }

    /// Whether a switch of the query is on: `true`, `1`, `yes` or `y` in any case.
    func querySwitch(_ name: String) throws(LogtoProblem) -> Bool {
        let value = try queryValue(name)?.lowercased() ?? ""
        return ["true", "1", "yes", "y"].contains { value.isExactly($0) }
    }

    /// Milliseconds since the epoch.
    var milliseconds: Int64 { now.milliseconds }
}

/// Refuses what the database would refuse for its length.
enum ColumnLimit {
    /// Ids of other rows: 21 characters.
    static func checkIDs(_ ids: [String], limit: Int = 21) throws(LogtoProblem) {
        for id in ids { try check(id, limit: limit) }
    }

    /// A text in a column of so many characters (code points).
    static func check(_ text: String?, limit: Int) throws(LogtoProblem) {
        if let text, text.unicodeScalars.count > limit { throw .tooLong(limit) }
    }
}
