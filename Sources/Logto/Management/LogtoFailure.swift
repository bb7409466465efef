import Outbound

/// Why a call of Logto did not do what it should, in the cases that callers tell apart.
///
/// `data`, `details` and `message` of Logto's answers are never in here: they are localized, may
/// hold database text, and `data` of a 401 holds the payload of our own token.
package enum LogtoFailure: Error, Equatable, Sendable {
    /// An argument cannot be sent: an id with other characters, an empty or too long text.
    case invalidArgument(String)
    /// Logto refused our machine token twice, the second time a new one.
    case unauthorized
    /// The token endpoint refused our client credentials; the OAuth error code.
    case credentialsRefused(code: String)
    /// The machine token does not carry the scope `all`: the application lacks the role "Logto
    /// Management API access".
    case scopeMissing
    /// 403: the token may not do this.
    case forbidden
    /// 403: a limit of the tenant's plan.
    case quotaExceeded(code: String)
    /// 404 with the code that this call has for "not there".
    case notFound(code: String)
    /// 422 with a code.
    case unprocessable(code: String)
    /// Another 3xx or 4xx: nothing was done, and it is our mistake or the deployment's.
    case refused(status: Int, code: String?)
    /// 429: nothing was done.
    case throttled(retryAfter: Duration?)
    /// A call that changes something was sent, and nobody knows what came of it: read again before
    /// doing anything else.
    case unknownOutcome(reason: String)
    /// Logto cannot be reached or failed, and nothing was changed.
    case unavailable(reason: String)
    /// The answer to a reading call is not what it should be.
    case malformedAnswer(String)
    /// The caller's task was cancelled before anything was changed.
    case cancelled

    /// Stable name: log field and metric label.
    package var code: String {
        switch self {
        case .invalidArgument: "argument-invalid"
        case .unauthorized: "unauthorized"
        case .credentialsRefused: "credentials-refused"
        case .scopeMissing: "scope-missing"
        case .forbidden: "forbidden"
        case .quotaExceeded: "quota-exceeded"
        case .notFound: "not-found"
        case .unprocessable: "unprocessable"
        case .refused: "refused"
        case .throttled: "throttled"
        case .unknownOutcome: "outcome-unknown"
        case .unavailable: "unavailable"
        case .malformedAnswer: "answer-malformed"
        case .cancelled: "cancelled"
        }
    }

    /// Whether the call may have changed something all the same.
    package var mayHaveHappened: Bool {
        if case .unknownOutcome = self { return true }
        return false
    }

    /// Logto's code where the failure carries one.
    package var logtoCode: String? {
        switch self {
        case .credentialsRefused(let code), .quotaExceeded(let code), .notFound(let code),
            .unprocessable(let code):
            code
        case .refused(_, let code): code
        case .invalidArgument, .unauthorized, .scopeMissing, .forbidden, .throttled,
            .unknownOutcome, .unavailable, .malformedAnswer, .cancelled:
            nil
        }
    }

    /// The failure of a call that gave no answer.
    init(_ failure: OutboundFailure, isWrite: Bool) {
        switch (failure.kind, failure.outcome) {
        case (.cancelled, .notSent): self = .cancelled
        case (_, .unknown) where isWrite: self = .unknownOutcome(reason: failure.code)
        case (.cancelled, .unknown): self = .cancelled
        default: self = .unavailable(reason: failure.code)
        }
    }
}

/// Codes of Logto that mean something to callers.
package enum LogtoCode {
    /// The user is not a member of the organization (or either does not exist).
    package static let requireMembership = "organization.require_membership"
    /// A role name is not in the organization template.
    package static let roleNamesNotFound = "organization.role_names_not_found"
    /// A referenced user, organization or role does not exist.
    package static let relationNotFound = "entity.relation_foreign_key_not_found"
    /// A role of the wrong type.
    package static let constraintViolated = "entity.db_constraint_violated"
}
