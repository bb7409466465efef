import Documents
import Values

/// A refusal of the OAuth endpoints.
struct OAuthProblem: Error {
    let status: Int
    let error: String
    let description: String
    /// The scopes that were missing.
    var scope: String?
    /// Whether the client used the Authorization header, and so is told the scheme.
    var names: Bool = false

    /// The bare body, or the one that Logto wraps around it.
    func body(isWrapped: Bool) -> JSONValue {
        var members: JSONObject = [:]
        if isWrapped {
            members["code"] = .string("oidc.\(error)")
            members["message"] = .string(message)
            if error.isExactly("invalid_grant") {
                members["error_uri"] = "https://openid.sh/debug/invalid_grant"
            }
        }
        members["error"] = .string(error)
        members["error_description"] = .string(description)
        if let scope { members["scope"] = .string(scope) }
        return .object(members)
    }

    private var message: String {
        switch ExactText(error) {
        case "invalid_request": "Request is invalid."
        case "invalid_target": "Invalid resource indicator."
        case "invalid_grant": "Grant request is invalid."
        case "invalid_scope": "Invalid scope: {{error_description}}."
        case "insufficient_scope": "Token missing scope `{{scope}}`."
        case "access_denied": "Access denied."
        case "unsupported_grant_type": "Unsupported `grant_type` requested."
        default: "An OIDC error occurred: oidc.\(error)."
        }
    }
}

extension OAuthProblem {
    static func invalidRequest(_ description: String) -> OAuthProblem {
        OAuthProblem(status: 400, error: "invalid_request", description: description)
    }

    static func invalidTarget(_ description: String) -> OAuthProblem {
        OAuthProblem(status: 400, error: "invalid_target", description: description)
    }

    static let unknownResource = invalidTarget("resource indicator is missing, or unknown")

    /// The one description for every reason: a real Logto lets none through.
    static let invalidGrant = OAuthProblem(
        status: 400, error: "invalid_grant", description: "grant request is invalid")

    static func accessDenied(_ description: String) -> OAuthProblem {
        OAuthProblem(status: 403, error: "access_denied", description: description)
    }

    static func unknownRoute(_ method: HTTPMethod, _ path: String) -> OAuthProblem {
        OAuthProblem(
            status: 404, error: "invalid_request",
            description: "unrecognized route or not allowed method (\(method) on \(path))")
    }

    static let unavailable = OAuthProblem(
        status: 500, error: "server_error", description: "the key could not sign")
}
