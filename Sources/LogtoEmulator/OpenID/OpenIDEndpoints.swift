import Documents
import HTTPProxy
import Values

/// Everything below `/oidc`: discovery, the key set, the token endpoint.
enum OpenIDEndpoints {
    /// Bytes of a body of the token endpoint; one more is answered 404.
    static let bodyLimit = 56 << 10

    /// The answer to a request below `/oidc`.
    static func answer(
        _ request: LocalRequest, _ state: inout EmulatorState, _ context: TokenContext
    ) -> Answer {
        let query = QueryString(request.query)
        let isWrapped = query.all("parse_error").first?.isExactly("false") != true
        var path = String(request.path.dropFirst("/oidc".count))
        if path.isEmpty { path = "/" }
        var place = path.lowercased()
        if place.count > 1, place.hasSuffix("/") { place.removeLast() }
        let isRead = request.method == .get || request.method == .head
        var answer: Answer
        switch (ExactText(place), request.method) {
        case ("/.well-known/openid-configuration", _) where isRead,
            ("/.well-known/oauth-authorization-server", _) where isRead:
            answer = .ok(discovery(context.issuer, state.keys))
        case ("/jwks", _) where isRead:
            answer = .ok(["keys": .array(state.keys.published.map(\.jwk))])
            answer.mediaType = "application/jwk-set+json; charset=utf-8"
            if request.method == .get {
                answer.headers.append("Cache-Control", "no-cache, max-age=0, must-revalidate")
            }
        case ("/token", .post):
            return allow(request, token(request, &state, context, isWrapped: isWrapped))
        case ("/jwks", .options), ("/token", .options),
            ("/.well-known/openid-configuration", .options),
            ("/.well-known/oauth-authorization-server", .options):
            guard request.headers["origin"] != nil else { fallthrough }
            return preflight(request, place)
        default:
            let problem = OAuthProblem.unknownRoute(request.method, path)
            return Answer(
                status: problem.status, content: .json(problem.body(isWrapped: isWrapped)))
        }
        return allow(request, answer)
    }

    private static func token(
        _ request: LocalRequest, _ state: inout EmulatorState, _ context: TokenContext,
        isWrapped: Bool
    ) -> Answer {
        guard request.body.count <= bodyLimit else { return .text(404, "Not Found") }
        var answer: Answer
        do throws(OAuthProblem) {
            answer = .ok(
                try TokenEndpoint(context: context).respond(to: request, &state))
        } catch {
            answer = Answer(
                status: error.status, content: .json(error.body(isWrapped: isWrapped)))
            if error.names {
                answer.headers.append(
                    "WWW-Authenticate",
                    "Basic realm=\"\(context.issuer)\", error=\"invalid_client\", "
                        + "error_description=\"\(error.description)\"")
            }
        }
        answer.headers.append("Cache-Control", "no-store")
        return answer
    }

    /// Every origin may read these answers.
    private static func allow(_ request: LocalRequest, _ answer: Answer) -> Answer {
        var open = answer
        open.headers.append("Access-Control-Allow-Origin", request.headers["origin"] ?? "*")
        return open
    }

    private static func preflight(_ request: LocalRequest, _ place: String) -> Answer {
        var answer = allow(request, .noContent)
        answer.headers.append("Access-Control-Max-Age", "3600")
        answer.headers.append(
            "Access-Control-Allow-Methods", place.isExactly("/token") ? "POST" : "GET")
        if let names = request.headers["access-control-request-headers"] {
            answer.headers.append("Access-Control-Allow-Headers", names)
        }
        return answer
    }

    private static func discovery(_ issuer: String, _ keys: KeyRing) -> JSONValue {
        var algorithms: [String] = []
        if keys.published.contains(where: { $0.algorithm.isExactly("RS256") }) {
            algorithms = ["PS256", "RS256"]
        }
        for key in keys.published where !algorithms.contains(where: key.algorithm.isExactly) {
            algorithms.append(key.algorithm)
        }
        return DiscoveryDocument.make(issuer: issuer, algorithms: algorithms)
    }
}
