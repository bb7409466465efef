import Documents
import HTTPProxy
import Values

/// `POST /oidc/token`: authenticates the client, then asks the grant.
struct TokenEndpoint {
    let context: TokenContext

    /// The body of the answer.
    func respond(
        to request: LocalRequest, _ state: inout EmulatorState
    ) throws(OAuthProblem) -> JSONValue {
        let form = try TokenForm(request)
        let client = try ClientAuthentication(now: context.now).client(
            form, request.headers["authorization"], state.tenant)
        try Self.checkOrigin(request.headers["origin"], of: client)
        guard let grant = try form.single("grant_type") else {
            throw .invalidRequest("missing required parameter 'grant_type'")
        }
        switch ExactText(grant) {
        case "client_credentials":
            try allow(client.type == .machine)
            return try MachineGrant(context: context).respond(form, client, state)
        case "refresh_token":
            try allow(client.type != .machine)
            return try RefreshGrant(context: context).respond(form, client, &state)
        case "authorization_code":
            try allow(client.type != .machine)
            return try CodeGrant(context: context).respond(form, client, &state)
        case "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange":
            throw .invalidRequest("requested grant type is not allowed for this client")
        default:
            throw OAuthProblem(
                status: 400, error: "unsupported_grant_type",
                description: "unsupported grant_type requested")
        }
    }

    private func allow(_ isAllowed: Bool) throws(OAuthProblem) {
        guard isAllowed else {
            throw .invalidRequest("requested grant type is not allowed for this client")
        }
    }

    /// A browser may call from the origins of the client's redirect addresses, and of its own list.
    private static func checkOrigin(
        _ origin: String?, of client: Application
    ) throws(OAuthProblem) {
        guard let origin else { return }
        let redirects = (client.oidcClientMetadata["redirectUris"] ?? .null).texts.map { address in
            let parts = address.split(separator: "/", maxSplits: 3).prefix(2)
            return parts.joined(separator: "//")
        }
        let listed = (client.customClientMetadata["corsAllowedOrigins"] ?? .null).texts
        guard (redirects + listed).has(origin) else {
            throw .invalidRequest("origin \(origin) not allowed for client: \(client.id)")
        }
    }
}

/// The parameters of a call of the token endpoint, from a form or from JSON.
struct TokenForm {
    private let items: [(name: String, value: String)]

    init(_ request: LocalRequest) throws(OAuthProblem) {
        switch RequestBody.mediaType(request.headers["content-type"] ?? "") {
        case "application/x-www-form-urlencoded":
            if request.body.contains(0) {
                throw .invalidRequest("null bytes are not allowed in the request body")
            }
            items = QueryString(String(decoding: request.body, as: UTF8.self)).items
        case "application/json":
            let object = (try? ScriptJSON.read(request.body))?.value.objectValue ?? [:]
            items = object.members.flatMap { member in
                let texts = member.value.stringValue.map { [$0] } ?? member.value.texts
                return texts.map { (name: member.name, value: $0) }
            }
        case "":
            items = []
        default:
            guard request.body.isEmpty else {
                throw .invalidRequest(
                    "only application/x-www-form-urlencoded content-type bodies are supported "
                        + "on POST /token")
            }
            items = []
        }
    }

    /// Every value of a parameter that is not empty.
    func all(_ name: String) -> [String] {
        items.filter { $0.name.isExactly(name) && !$0.value.isEmpty }.map(\.value)
    }

    /// Whether a parameter is there, be it empty.
    func names(_ name: String) -> Bool { items.contains { $0.name.isExactly(name) } }

    /// The value of a parameter that may stand once; an empty one counts as not given.
    func single(_ name: String) throws(OAuthProblem) -> String? {
        let values = all(name)
        guard values.count < 2 else {
            throw .invalidRequest("'\(name)' parameter must not be provided twice")
        }
        return values.first
    }

    /// The scopes asked for, each once.
    func scopes() throws(OAuthProblem) -> [String] {
        OpenIDScopes.list(try single("scope") ?? "")
    }

    /// The resources asked for, each once: absolute addresses without a fragment.
    func resources() throws(OAuthProblem) -> [String] {
        var resources: [String] = []
        for resource in all("resource") where !resources.has(resource) {
            let scheme = resource.prefix { $0 != ":" }
            guard scheme.count < resource.count, !scheme.isEmpty else {
                throw .invalidTarget("resource indicator must be an absolute URI")
            }
            guard !resource.contains("#") else {
                throw .invalidTarget("resource indicator must not contain a fragment component")
            }
            resources.append(resource)
        }
        return resources
    }
}
