import Documents
import Values

/// Everything that `gatehouse dev` tells: as a page for a person, as a file for scripts.
struct DevPage {
    /// One request that is worth trying.
    struct Request {
        let title: String
        let method: String
        let url: String
        var headers: [(name: String, value: String)]
        var body: String?
        let expect: Int

        /// The request as a command line.
        var curl: String {
            var parts = ["curl -i"]
            if method != "GET" { parts.append("-X \(method)") }
            parts += headers.map { "-H '\($0.name): \($0.value)'" }
            if let body { parts.append("-d '\(body)'") }
            parts.append("'\(url)'")
            return parts.joined(separator: " ")
        }
    }

    /// The credentials for the Management API of the emulator.
    struct Management {
        let resource: String
        let clientID: String
        let clientSecret: Secret
        let token: String
    }

    let gateway: String
    let admin: String
    let endpoint: String
    let issuer: String
    let management: Management
    let upstreams: [(name: String, url: String)]
    let cast: DevCast
    let policies: String
    let requests: [Request]

    /// The page for a person. The long tokens stand in the command lines alone.
    var text: String {
        var text = """

            Gatehouse is running. Ctrl-C stops it.

              gateway    \(gateway)
              admin      \(admin)   (health, metrics, the policy in force)
              Logto      \(endpoint)   (an emulator: nothing leaves this machine)
              policies   \(policies)   (edit and save: the next request is judged by them)

            """
        for upstream in upstreams {
            text +=
                "  \(Self.padded(upstream.name, 9))  \(upstream.url)   (a sample backend, echoes what it got)\n"
        }
        text += "\nPeople\n\n"
        for member in cast.members {
            let tokens = member.tokens.map(\.name).joined(separator: ", ")
            text +=
                "  \(Self.padded(member.name, 9))  \(Self.padded(member.about, 30))  tokens: \(tokens)\n"
        }
        text += "\nTry these\n"
        for request in requests {
            text += "\n  # \(request.title): \(request.expect)\n  \(request.curl)\n"
        }
        text += "\nDecisions, as they happen\n\n"
        return text
    }

    /// The `logto` member of the file for scripts.
    static func logto(
        endpoint: String, issuer: String, management: Management
    ) -> JSONValue {
        .object(
            JSONObject([
                ("endpoint", .string(endpoint)), ("issuer", .string(issuer)),
                (
                    "management",
                    .object(
                        JSONObject([
                            ("resource", .string(management.resource)),
                            ("client_id", .string(management.clientID)),
                            ("client_secret", .string(management.clientSecret.reveal())),
                            ("token", .string(management.token)),
                        ]))
                ),
            ]))
    }

    /// The file for scripts.
    var state: JSONValue {
        .object(
            JSONObject([
                ("gateway", .string(gateway)), ("admin", .string(admin)),
                (
                    "logto",
                    Self.logto(endpoint: endpoint, issuer: issuer, management: management)
                ),
                (
                    "upstreams",
                    .object(JSONObject(upstreams.map { ($0.name, .string($0.url)) }))
                ),
                (
                    "organizations",
                    .object(
                        JSONObject(DevCast.organizations.map { ($0.name, .string($0.id)) }))
                ),
                (
                    "people",
                    .object(
                        JSONObject(
                            cast.members.map { member in
                                (
                                    member.name,
                                    .object(
                                        JSONObject([
                                            ("id", .string(member.id)),
                                            (
                                                "tokens",
                                                .object(
                                                    JSONObject(
                                                        member.tokens.map {
                                                            ($0.name, .string($0.token))
                                                        }))
                                            ),
                                        ]))
                                )
                            }))
                ),
                ("requests", .array(requests.map(Self.json))),
            ]))
    }

    private static func json(_ request: Request) -> JSONValue {
        .object(
            JSONObject([
                ("title", .string(request.title)), ("method", .string(request.method)),
                ("url", .string(request.url)),
                (
                    "headers",
                    .object(JSONObject(request.headers.map { ($0.name, .string($0.value)) }))
                ),
                ("body", request.body.map { .string($0) } ?? .null),
                ("expect", .integer(Int64(request.expect))),
            ]))
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
