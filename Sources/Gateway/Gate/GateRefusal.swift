/// Why the gate itself refuses a request, before the policy is asked.
package enum GateRefusal: String, CaseIterable, Sendable {
    /// A token stands in the query.
    case tokenInQuery = "token-in-query"
    /// The request carries two `Authorization` headers.
    case severalTokens = "several-tokens"
    /// `Authorization: Bearer` is not followed by exactly one token.
    case malformedAuthorization = "authorization-malformed"
    /// The token was issued before something was taken away from its holder.
    case tokenStale = "token-stale"
    /// The keys of the issuer are being looked for.
    case keysRefreshing = "keys-refreshing"
    /// Logto does not say which roles the caller has, and has not for too long.
    case rolesUnavailable = "roles-unavailable"
    /// A built-in route has no such method.
    case methodNotAllowed = "method-not-allowed"
    /// A built-in route needs a token.
    case unauthenticated = "unauthenticated"
    /// A page of an origin that is not configured asks for a built-in route.
    case originNotAllowed = "origin-not-allowed"
    /// Too many built-in calls wait.
    case overloaded = "overloaded"

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .tokenInQuery, .severalTokens, .malformedAuthorization: 400
        case .unauthenticated, .tokenStale: 401
        case .originNotAllowed: 403
        case .methodNotAllowed: 405
        case .keysRefreshing, .rolesUnavailable, .overloaded: 503
        }
    }

    /// One short sentence, always the same.
    package var title: String {
        switch self {
        case .tokenInQuery: "A token stands in the query"
        case .severalTokens: "The request carries several tokens"
        case .malformedAuthorization: "The Authorization header is malformed"
        case .tokenStale: "The token is from before a change of what its holder may do"
        case .keysRefreshing: "The key of the token is being looked for"
        case .rolesUnavailable: "The caller's roles are not known at present"
        case .methodNotAllowed: "The route has no such method"
        case .unauthenticated: "An access token is needed"
        case .originNotAllowed: "The page's origin may not call this route"
        case .overloaded: "Too many requests are waiting"
        }
    }

    /// What to do about it.
    package var detail: String {
        switch self {
        case .tokenInQuery: "Send the token in the Authorization header alone."
        case .severalTokens: "Send one Authorization header."
        case .malformedAuthorization:
            "Write `Authorization: Bearer TOKEN`, with one space and one token."
        case .tokenStale: "Ask Logto for a new token, a second from now."
        case .keysRefreshing: "Try again in a moment."
        case .rolesUnavailable: "Try again in a moment: the identity provider does not answer."
        case .methodNotAllowed: "See the Allow header."
        case .unauthenticated: "Send `Authorization: Bearer TOKEN`."
        case .originNotAllowed: "The operator lists origins under `self_service.cors.origins`."
        case .overloaded: "Try again in a moment."
        }
    }
}
