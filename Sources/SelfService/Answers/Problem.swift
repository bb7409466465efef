import Documents
import Values

/// One thing that is wrong with a body, as an element of a problem's `errors`.
struct FieldError: Equatable, Sendable {
    /// Where, as a JSON pointer (RFC 6901).
    let pointer: String
    /// Stable name.
    let code: String
    /// A sentence for people.
    let detail: String

    init(_ path: [String], _ code: String, _ detail: String) {
        pointer = path.map { "/" + Self.escaped($0) }.joined()
        self.code = code
        self.detail = detail
    }

    private static func escaped(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(128) {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// Why an action was refused or failed (RFC 9457).
struct Problem: Error, Equatable, Sendable {
    let code: ProblemCode
    /// What is wrong with the body, where that is the problem.
    var errors: [FieldError] = []
    /// Seconds after which it is worth trying again; the code's own where nil.
    var retryAfterSeconds: Int64?

    init(_ code: ProblemCode, errors: [FieldError] = [], retryAfterSeconds: Int64? = nil) {
        self.code = code
        self.errors = errors
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The answer to a request.
    func result(for request: ActionRequest) -> ActionResult {
        let retryAfter = retryAfterSeconds ?? code.retryAfterSeconds
        var body: JSONObject = [
            "type": .string("https://gatehouse.dev/problems/\(code.rawValue)"),
            "title": .string(code.title),
            "status": .integer(Int64(code.status)),
            "code": .string(code.rawValue),
            "detail": .string(code.detail),
            "instance": .string(request.path),
            "request_id": .string(request.requestID.text),
        ]
        if !errors.isEmpty {
            body["errors"] = .array(
                errors.map { error in
                    [
                        "pointer": .string(error.pointer), "code": .string(error.code),
                        "detail": .string(error.detail),
                    ]
                }
            )
        }
        var headers: HeaderList = [
            "Content-Type": "application/problem+json", "Cache-Control": "no-store",
        ]
        if let retryAfter {
            body["retry_after"] = .integer(retryAfter)
            headers.append("Retry-After", "\(retryAfter)")
        }
        return ActionResult(
            status: code.status, headers: headers, body: JSONWriter.write(body), problem: code
        )
    }
}
