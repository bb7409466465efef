/// Every refusal of a built-in route: stable name, status, and words for people.
package enum ProblemCode: String, CaseIterable, Sendable {
    case accountNotFound = "account-not-found"
    case accountTokenRequired = "account-token-required"
    case bodyInvalid = "body-invalid"
    case bodyMalformed = "body-malformed"
    case bodyTooLarge = "body-too-large"
    case contentTypeUnsupported = "content-type-unsupported"
    case creationNotAllowed = "creation-not-allowed"
    case cursorInvalid = "cursor-invalid"
    case idempotencyInProgress = "idempotency-in-progress"
    case idempotencyKeyInvalid = "idempotency-key-invalid"
    case idempotencyKeyReused = "idempotency-key-reused"
    case notAMember = "not-a-member"
    case notFound = "not-found"
    case notPermitted = "not-permitted"
    case overloaded = "overloaded"
    case queryInvalid = "query-invalid"
    case quotaExceeded = "quota-exceeded"
    case seatLimitReached = "seat-limit-reached"
    case selfServiceDegraded = "self-service-degraded"
    case storeUnavailable = "store-unavailable"
    case upstreamRefused = "upstream-refused"
    case upstreamUnavailable = "upstream-unavailable"

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .bodyMalformed, .cursorInvalid, .idempotencyKeyInvalid, .queryInvalid: 400
        case .accountTokenRequired, .creationNotAllowed, .notPermitted: 403
        case .accountNotFound, .notFound: 404
        case .idempotencyInProgress, .notAMember, .quotaExceeded, .seatLimitReached: 409
        case .bodyTooLarge: 413
        case .contentTypeUnsupported: 415
        case .bodyInvalid, .idempotencyKeyReused: 422
        case .upstreamRefused: 502
        case .overloaded, .selfServiceDegraded, .storeUnavailable, .upstreamUnavailable: 503
        }
    }

    /// What happened, the same for every occurrence.
    package var title: String {
        switch self {
        case .accountNotFound: "The account does not exist"
        case .accountTokenRequired: "An account token is required"
        case .bodyInvalid: "The body is not acceptable"
        case .bodyMalformed: "The body is not a JSON object"
        case .bodyTooLarge: "The body is too large"
        case .contentTypeUnsupported: "The body must be JSON"
        case .creationNotAllowed: "You may not create organizations"
        case .cursorInvalid: "The cursor is not one of ours"
        case .idempotencyInProgress: "The same request is being carried out"
        case .idempotencyKeyInvalid: "The idempotency key is not acceptable"
        case .idempotencyKeyReused: "The idempotency key was used for another request"
        case .notAMember: "The membership was removed meanwhile"
        case .notFound: "Not found"
        case .notPermitted: "You may not do this"
        case .overloaded: "Too many requests wait"
        case .queryInvalid: "The query is not acceptable"
        case .quotaExceeded: "The limit of organizations is reached"
        case .seatLimitReached: "The limit of members is reached"
        case .selfServiceDegraded: "Organization self-service is not available"
        case .storeUnavailable: "The gateway cannot record the request"
        case .upstreamRefused: "The identity provider refused the request"
        case .upstreamUnavailable: "The identity provider cannot be reached"
        }
    }

    /// What the caller can do about it.
    package var detail: String {
        switch self {
        case .accountNotFound: "The user of this token is gone. Sign in again."
        case .accountTokenRequired:
            "Use an access token of a signed-in user for the API resource, without organization."
        case .bodyInvalid: "Correct the members named in `errors`."
        case .bodyMalformed: "Send one JSON object in UTF-8 in which no name occurs twice."
        case .bodyTooLarge: "Send less."
        case .contentTypeUnsupported: "Send `Content-Type: application/json`."
        case .creationNotAllowed: "Ask the operator of this service who may create organizations."
        case .cursorInvalid: "Begin again without `cursor`."
        case .idempotencyInProgress: "Wait for the answer to the first request, or send this again."
        case .idempotencyKeyInvalid:
            "Send one `Idempotency-Key` of 1 to 255 printable ASCII characters."
        case .idempotencyKeyReused: "Choose a new key for a new request."
        case .notAMember: "Send the request again."
        case .notFound: "There is nothing here."
        case .notPermitted: "Ask the operator of this service for the permission."
        case .overloaded: "Send the request again later."
        case .queryInvalid: "Use the documented parameters only, each once."
        case .quotaExceeded: "Ask the operator of this service to raise the limit."
        case .seatLimitReached: "Ask the operator of this service to raise the limit."
        case .selfServiceDegraded: "The operator of this service has to correct its settings."
        case .storeUnavailable: "Send the request again later, with the same idempotency key."
        case .upstreamRefused: "Send the request again later; if it stays, tell the operator."
        case .upstreamUnavailable: "Send the request again later, with the same idempotency key."
        }
    }

    /// Seconds after which it is worth trying again, for `Retry-After`.
    var retryAfterSeconds: Int64? {
        switch self {
        case .idempotencyInProgress: 1
        case .overloaded: 2
        case .storeUnavailable, .upstreamUnavailable: 5
        case .selfServiceDegraded: 60
        default: nil
        }
    }
}
