package import PolicyEngine
package import Values

/// One request for a built-in action. Who asks is known from the verified token and nothing else.
package struct ActionRequest: Sendable {
    /// The action that method and path mean.
    package let action: SelfServiceAction
    /// What the verified token says about the caller.
    package let principal: PrincipalFacts
    /// The path as sent, for the `instance` of a problem and the links of a list.
    package let path: String
    /// The query as sent, without its question mark; nil where there is none.
    package let query: String?
    /// The value of `Content-Type`.
    package let contentType: String?
    /// The values of all `Idempotency-Key` fields: two are refused.
    package let idempotencyKeys: [String]
    /// The body, complete.
    package let body: [UInt8]
    /// The request's name.
    package let requestID: RequestID
    /// When it came.
    package let receivedAt: UnixTime

    /// A request as the gateway hands it over.
    package init(
        action: SelfServiceAction, principal: PrincipalFacts, path: String, query: String?,
        contentType: String?, idempotencyKeys: [String], body: [UInt8], requestID: RequestID,
        receivedAt: UnixTime
    ) {
        self.action = action
        self.principal = principal
        self.path = path
        self.query = query
        self.contentType = contentType
        self.idempotencyKeys = idempotencyKeys
        self.body = body
        self.requestID = requestID
        self.receivedAt = receivedAt
    }
}

/// The answer to an action, complete but for what every answer of the gateway carries.
package struct ActionResult: Equatable, Sendable {
    /// The status code.
    package let status: Int
    /// The header fields, `Content-Type` included.
    package let headers: HeaderList
    /// The body.
    package let body: [UInt8]
    /// The code of the problem, for logs and metrics; nil for a success.
    package let problem: ProblemCode?

    /// An answer.
    package init(status: Int, headers: HeaderList, body: [UInt8], problem: ProblemCode? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.problem = problem
    }
}
