package import Values

/// An answer that refuses, as `application/problem+json` (RFC 9457).
///
/// The client learns a stable code and what to do about it; which rule decided stands in the log alone.
package struct Problem: Sendable {
    /// The status of the answer.
    package let status: Int
    /// The stable kebab-case code, the same in the answer, the log and the metrics.
    package let code: String
    /// One short sentence, always the same for a code.
    package let title: String
    /// What the caller can do about it.
    package let detail: String?

    package init(status: Int, code: String, title: String, detail: String? = nil) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
    }

    /// The media type of the body.
    package static let mediaType = "application/problem+json"

    /// The body up to the place where the request id goes.
    package var bodyPrefix: [UInt8] {
        var body: [UInt8] = []
        body.append(text: "{\"type\":")
        JSONText.append("https://gatehouse.dev/problems/\(code)", to: &body)
        body.append(text: ",\"title\":")
        JSONText.append(title, to: &body)
        body.append(text: ",\"status\":")
        body.append(decimal: Int64(status))
        if let detail {
            body.append(text: ",\"detail\":")
            JSONText.append(detail, to: &body)
        }
        body.append(text: ",\"code\":")
        JSONText.append(code, to: &body)
        body.append(text: ",\"request_id\":\"")
        return body
    }

    /// The body behind the request id.
    package static let bodySuffix: [UInt8] = Array("\"}\n".utf8)

    /// The whole body.
    package func body(requestID: RequestID) -> [UInt8] {
        bodyPrefix + Array(requestID.text.utf8) + Self.bodySuffix
    }
}
