import HTTPProxy
import Values

/// Why a webhook is answered with an error.
enum WebhookRefusal: String, CaseIterable, Sendable {
    /// The signature is absent, malformed, or not of this body and any configured secret.
    case signature = "webhook-signature"
    /// The body is signed and no JSON object.
    case malformed = "webhook-malformed"
    /// What it takes away is in force, but the store could not keep it.
    case notStored = "revocation-not-stored"

    var status: Int {
        switch self {
        case .signature: 401
        case .malformed: 400
        case .notStored: 503
        }
    }

    var title: String {
        switch self {
        case .signature: "The webhook's signature is not valid"
        case .malformed: "The webhook's body cannot be read"
        case .notStored: "The change is in force, but not stored"
        }
    }

    var detail: String {
        switch self {
        case .signature:
            "Put the hook's signing key from Logto's console under `logto.webhook_secrets`."
        case .malformed: "A delivery of Logto is one JSON object."
        case .notStored: "The gateway's log says what keeps the store from writing."
        }
    }

    func response(to request: LocalRequest) -> LocalResponse {
        var headers: HeaderList = ["Content-Type": Problem.mediaType]
        switch self {
        // RFC 9110 § 11.6.1 wants a challenge with every 401.
        case .signature: headers.append("WWW-Authenticate", "Logto-Signature")
        case .notStored: headers.append("Retry-After", "1")
        case .malformed: break
        }
        let problem = Problem(status: status, code: rawValue, title: title, detail: detail)
        return LocalResponse(
            status: status, headers: headers, body: problem.body(requestID: request.requestID))
    }
}
