import Documents
import HTTPProxy
import Values

/// Everything below `/api`: finds the route, checks the token, reads the body, calls the handler.
struct ManagementAPI {
    /// Bytes of a body; one more is answered 404, as a real Logto does.
    static let bodyLimit = 1 << 20

    private static let methods: Set<HTTPMethod> = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace,
    ]

    let endpoint: String
    let keys: KeyRing
    let now: UnixTime
    let ids: IdentifierSource

    /// The answer to a request below `/api`.
    func answer(_ request: LocalRequest, _ tenant: inout Tenant) -> Answer {
        let path = request.path.dropFirst("/api".count)
        if path.lowercased().isExactly("/status") { return Self.status(request.method) }
        // An unknown method does not get past the HTTP parser below a real Logto.
        guard Self.methods.contains(request.method) else {
            return Answer(status: 400, content: .none)
        }
        let found = ManagementRoutes.matching(path)
        guard !found.isEmpty else { return .text(404, "Not Found") }
        let wanted: HTTPMethod = request.method == .head ? .get : request.method
        guard let match = found.first(where: { $0.route.method == wanted }) else {
            return Self.refuse(request.method, allowed: found.map(\.route))
        }
        do {
            try ManagementAuthorization(
                keys: keys, issuer: "\(endpoint)/oidc", audience: tenant.managementIndicator,
                now: now
            ).check(request.headers)
            guard request.body.count <= Self.bodyLimit else { return .text(404, "Not Found") }
            let body = try RequestBody.read(request)
            return try match.route.handler(
                &tenant,
                ManagementRequest(
                    method: request.method, parameters: match.parameters,
                    query: QueryString(request.query), content: body.value,
                    hasLoneSurrogate: body.hasLoneSurrogate,
                    address: address(of: path, request), now: now, ids: ids))
        } catch {
            return Answer(status: error.status, content: .json(error.body))
        }
    }

    /// Scheme, host and path for `Link`.
    private func address(of path: Substring, _ request: LocalRequest) -> String {
        let scheme = endpoint.hasPrefix("https:") ? "https" : "http"
        return "\(scheme)://\(request.headers["host"] ?? "")\(path)"
    }

    private static func refuse(
        _ method: HTTPMethod, allowed routes: [ManagementRoute]
    ) -> Answer {
        var answer: Answer =
            if method == .options {
                .text(200, "")
            } else if method == .trace {
                .text(501, "Not Implemented")
            } else {
                .text(405, "Method Not Allowed")
            }
        answer.headers.append("Allow", ManagementRoutes.allowed(routes))
        return answer
    }

    private static func status(_ method: HTTPMethod) -> Answer {
        if method == .get || method == .head { return .noContent }
        var answer: Answer =
            method == .options ? .text(200, "") : .text(405, "Method Not Allowed")
        answer.headers.append("Allow", "HEAD, GET")
        return answer
    }
}

/// The body of a call, by its media type.
enum RequestBody {
    /// Reads what Logto reads; a body of any other media type counts as absent.
    static func read(
        _ request: LocalRequest
    ) throws(LogtoProblem) -> (value: JSONValue, hasLoneSurrogate: Bool) {
        let absent: (JSONValue, Bool) = (.members(), false)
        let hasBody = [HTTPMethod.post, .put, .patch].contains(request.method)
        guard hasBody, !request.body.isEmpty else { return absent }
        switch mediaType(request.headers["content-type"] ?? "") {
        case "application/json", "application/json-patch+json", "application/vnd.api+json",
            "application/csp-report":
            return try json(request.body)
        case "application/x-www-form-urlencoded":
            return (form(String(decoding: request.body, as: UTF8.self)), false)
        case "text/plain":
            return (.string(String(decoding: request.body, as: UTF8.self)), false)
        default:
            return absent
        }
    }

    /// The media type without parameters, in lower case.
    static func mediaType(_ header: String) -> ExactText {
        let type = header.prefix { $0 != ";" }.filter { $0 != " " }
        return ExactText(type.lowercased())
    }

    private static func json(
        _ bytes: [UInt8]
    ) throws(LogtoProblem) -> (value: JSONValue, hasLoneSurrogate: Bool) {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
        let first = bytes.first { !space.contains($0) }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            throw .malformedBody("invalid JSON, only supports object and array")
        }
        do {
            let read = try ScriptJSON.read(bytes)
            if hasPrototype(read.value) {
                throw LogtoProblem.malformedBody("Object contains forbidden prototype property")
            }
            return read
        } catch let problem as LogtoProblem {
            throw problem
        } catch let rejection as ScriptJSON.Rejection {
            throw .malformedBody(rejection.message)
        } catch {
            throw .internalError
        }
    }

    private static func hasPrototype(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object):
            object.members.contains {
                $0.name.isExactly("__proto__") || hasPrototype($0.value)
            }
        case .array(let elements): elements.contains(where: hasPrototype)
        case .null, .bool, .integer, .double, .string: false
        }
    }

    /// A form: `name[]` is a list, a repeated name too.
    private static func form(_ text: String) -> JSONValue {
        var object: JSONObject = [:]
        for item in QueryString(text).items {
            let isList = item.name.hasSuffix("[]")
            let name = isList ? String(item.name.dropLast(2)) : item.name
            let value = JSONValue.string(item.value)
            switch object[name] {
            case .array(let elements): object[name] = .array(elements + [value])
            case .some(let first): object[name] = .array([first, value])
            case nil: object[name] = isList ? .array([value]) : value
            }
        }
        return .object(object)
    }
}
