import Cryptography
import Values

/// Finds and authenticates the client of a call: `client_secret_basic`, `client_secret_post` or
/// none.
struct ClientAuthentication {
    let now: UnixTime

    /// The client, or why it is refused.
    func client(
        _ form: TokenForm, _ header: String?, _ tenant: Tenant
    ) throws(OAuthProblem) -> Application {
        let named = try form.single("client_id")
        let secret = try form.single("client_secret")
        guard let header else {
            guard let named else {
                throw .invalidRequest("no client authentication mechanism provided")
            }
            let client = try find(named, tenant)
            if !client.type.isConfidential { return client }
            try check(secret ?? "", of: client, usesHeader: false)
            return client
        }
        let (id, password) = try basic(header)
        if let named, !named.isExactly(id) { throw .invalidRequest("client_id mismatch") }
        if form.names("client_secret") {
            throw .invalidRequest(
                "client authentication must only be provided using one mechanism")
        }
        guard !password.isEmpty else {
            throw .invalidRequest("client_secret must be provided in the Authorization header")
        }
        let client = try find(id, tenant)
        try check(password, of: client, usesHeader: true)
        return client
    }

    private func find(_ id: String, _ tenant: Tenant) throws(OAuthProblem) -> Application {
        guard let client = tenant.applications[id] else {
            throw OAuthProblem(
                status: 400, error: "invalid_client", description: "invalid client \(id)")
        }
        return client
    }

    private func check(
        _ secret: String, of client: Application, usesHeader: Bool
    ) throws(OAuthProblem) {
        let match = client.secrets.first {
            ConstantTime.areEqual(Array($0.value.utf8), Array(secret.utf8))
        }
        guard let match, client.type.isConfidential else {
            throw OAuthProblem(
                status: 401, error: "invalid_client",
                description: "client authentication failed", names: usesHeader)
        }
        if let end = match.expiresAt, end <= now.milliseconds {
            throw .invalidRequest("client secret has expired")
        }
    }

    /// Id and secret of a Basic header, percent-decoded.
    private func basic(_ header: String) throws(OAuthProblem) -> (id: String, secret: String) {
        let parts = header.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased().isExactly("basic"),
            let bytes = Base64URL.decode(Self.urlForm(parts[1]))
        else { throw .invalidRequest("invalid authorization header value format") }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw .invalidRequest("invalid authorization header value format")
        }
        return (
            id: QueryString.decode(text[..<colon], plusIsSpace: true),
            secret: QueryString.decode(text[text.utf8.index(after: colon)...], plusIsSpace: true)
        )
    }

    /// The text in the alphabet of URLs, without padding.
    private static func urlForm(_ text: Substring) -> String {
        let bytes = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
