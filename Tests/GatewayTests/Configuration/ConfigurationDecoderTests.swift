import Documents
import JOSE
import Logto
import Testing
import Transport
import Values

@testable import Gateway

@Suite struct ConfigurationDecoderTests {
    private func decode(
        _ text: String, variables: [String: String] = ["SECRET": "s3cret"]
    ) -> (configuration: GatewayConfiguration?, diagnostics: [Diagnostic]) {
        ConfigurationDecoder.decode(
            SourceFile(path: "gatehouse.yaml", text: text),
            surroundings: ConfigurationSurroundings(
                variable: { variables[$0] },
                file: { $0 == "/run/secret" ? Array("from-file\n".utf8) : nil },
                folder: "/etc/gatehouse"))
    }

    private let whole = """
        gatehouse: 1
        kind: gateway
        listen: [{address: "0.0.0.0:8080"}, {address: "unix:/run/gatehouse.sock"}]
        admin: "127.0.0.1:9902"
        threads: 2
        logto:
          endpoint: https://acme.logto.app
          audiences: [https://api.acme.example]
          algorithms: [ES384, RS256]
          leeway: 10s
          max_token_lifetime: 8d
          keys: {refresh: 1m, max_stale: 2h, cache: data/keys}
          issuers:
            - {issuer: https://id.acme.example/oidc, keys: same}
            - {issuer: https://other.example/oidc, keys: "file:keys.json"}
          organization_roles: claim:organization_roles
          permissions_from: roles
          first_party_clients: [app1]
          management: {client_id: m1, client_secret: "${env:SECRET}", rate: {requests: 50, per: 5s}}
          webhook_secrets: ["${env:SECRET}", "${file:/run/secret}"]
        upstreams:
          projects: {url: "http://projects.internal:8081", connect_timeout: 250ms, response_timeout: 5s}
          billing: {url: "http://[::1]:9000/"}
        policies: policies
        self_service: {prefix: /api, creator_role: owner, cors: {origins: [https://app.acme.example]}}
        store: {sqlite: data/gatehouse.db}
        limits: {request_head: 16KiB, headers: 50, body: 1MiB, connections: 100}
        log: {decisions: stdout, access: "file:/var/log/access.log"}
        """

    @Test func `every key is read`() throws {
        let (read, found) = decode(whole)
        #expect(found.isEmpty, "\(found.map(\.message))")
        let configuration = try #require(read)
        #expect(
            configuration.listeners.map(\.address.description) == [
                "0.0.0.0:8080", "unix:/run/gatehouse.sock",
            ])
        #expect(configuration.threads == 2)
        #expect(configuration.logto.endpoint.issuer == "https://acme.logto.app/oidc")
        #expect(configuration.logto.leewaySeconds == 10)
        #expect(configuration.logto.maxTokenLifetimeSeconds == 691_200)
        #expect(configuration.logto.roles == .claim("organization_roles"))
        #expect(configuration.logto.permissionsFromRoles)
        #expect(configuration.logto.firstPartyClients == [ClientID("app1")])
        #expect(configuration.logto.management?.clientSecret.reveal() == "s3cret")
        #expect(configuration.logto.management?.resource == "https://acme.logto.app/api")
        #expect(
            configuration.logto.issuers == [
                IssuerConfiguration(issuer: "https://acme.logto.app/oidc", keys: .discover),
                IssuerConfiguration(issuer: "https://id.acme.example/oidc", keys: .same),
                IssuerConfiguration(
                    issuer: "https://other.example/oidc", keys: .file("/etc/gatehouse/keys.json")),
            ])
        #expect(configuration.logto.keyCache == "/etc/gatehouse/data/keys")
        #expect(configuration.logto.management?.rate.requests == 50)
        #expect(configuration.logto.management?.rate.per == .seconds(5))
        #expect(configuration.logto.webhookSecrets.map { $0.reveal() } == ["s3cret", "from-file"])
        #expect(
            configuration.upstreams.map(\.place) == [
                .host("projects.internal", port: 8081), .host("::1", port: 9000),
            ])
        #expect(configuration.policies == "/etc/gatehouse/policies")
        #expect(configuration.storePath == "/etc/gatehouse/data/gatehouse.db")
        #expect(configuration.limits.requestHeadBytes == 16_384)
        #expect(configuration.logs.access == .file("/var/log/access.log"))
        #expect(configuration.selfService.prefix == "/api")
    }

    @Test func `a secret may come from a file, and prints as redacted`() throws {
        let read = decode(whole.replacing("${env:SECRET}", with: "${file:/run/secret}"))
            .configuration
        let management = try #require(read?.logto.management)
        #expect(management.clientSecret.reveal() == "from-file")
        #expect(!"\(management)".contains("from-file"))
    }

    @Test(arguments: [
        ("gatehouse: 1", "gatehouse: 2", "wrong-value"),
        ("kind: gateway", "kind: policy", "wrong-value"),
        ("policies: policies", "polices: policies", "unknown-key"),
        ("threads: 2", "threads: 0", "wrong-value"),
        ("leeway: 10s", "leeway: 2m", "wrong-value"),
        ("leeway: 10s", "leeway: 10", "wrong-value"),
        ("leeway: 10s", "leeway: 99999999999999999999s", "wrong-value"),
        ("https://acme.logto.app\n", "http://acme.logto.app\n", "wrong-value"),
        ("https://acme.logto.app\n", "https://acme.logto.app/\n", "wrong-value"),
        ("https://acme.logto.app\n", "http://127.evil.example\n", "wrong-value"),
        ("algorithms: [ES384, RS256]", "algorithms: [HS256]", "wrong-value"),
        ("algorithms: [ES384, RS256]", "algorithms: [none]", "wrong-value"),
        ("algorithms: [ES384, RS256]", "algorithms: []", "wrong-value"),
        ("\"${env:SECRET}\"", "plain", "secret-in-file"),
        ("${env:SECRET}", "${env:MISSING}", "secret-missing"),
        ("${env:SECRET}", "${file:/nowhere}", "secret-missing"),
        ("http://projects.internal:8081", "http://projects.internal:8081/path", "wrong-value"),
        ("http://projects.internal:8081", "unix:", "wrong-value"),
        ("http://projects.internal:8081", "http://projects.internal:99999", "wrong-value"),
        ("prefix: /api", "prefix: api/", "wrong-value"),
        ("prefix: /api", "prefix: /a/../b", "wrong-value"),
        ("[https://app.acme.example]", "[\"*\"]", "wrong-value"),
        ("[https://app.acme.example]", "[https://app.acme.example/]", "wrong-value"),
        ("127.0.0.1:9902", "0.0.0.0:8080", "admin-is-public"),
        (
            "organization_roles: claim:organization_roles", "organization_roles: lively",
            "wrong-value"
        ),
        ("https://id.acme.example/oidc", "https://id.acme.example/oidc/", "wrong-value"),
        ("https://id.acme.example/oidc", "http://id.acme.example/oidc", "wrong-value"),
        ("https://id.acme.example/oidc", "https://other.example/oidc", "duplicate"),
        ("https://id.acme.example/oidc", "https://acme.logto.app/oidc", "wrong-value"),
        ("keys: same", "keys: any", "wrong-value"),
        (", keys: same", "", "missing-key"),
        ("rate: {requests: 50", "rate: {requests: 0", "wrong-value"),
        ("\"${file:/run/secret}\"]", "plain]", "secret-in-file"),
        ("\"${file:/run/secret}\"]", "\"${env:SECRET}\", \"${env:SECRET}\"]", "wrong-value"),
        ("body: 1MiB", "body: 1MB", "wrong-value"),
        ("access: \"file:/var/log/access.log\"", "access: syslog", "wrong-value"),
    ])
    func `a wrong setting is an error at its place`(
        _ right: String, _ wrong: String, _ code: String
    ) throws {
        #expect(whole.contains(right), "\(right)")
        let (read, found) = decode(whole.replacing(right, with: wrong))
        #expect(read == nil)
        let finding = try #require(found.first { $0.code == code }, "\(found.map(\.message))")
        let span = try #require(finding.primary)
        #expect(span.path == "gatehouse.yaml")
        #expect(!finding.message.isEmpty)
    }

    @Test func `live roles need the Management API`() {
        let live = whole.replacing(
            "organization_roles: claim:organization_roles",
            with: "organization_roles: live")
        #expect(decode(live).configuration?.logto.roles == .live)
        let lines = live.split(separator: "\n").filter { !$0.contains("management:") }
        let (read, found) = decode(lines.joined(separator: "\n"))
        #expect(read == nil)
        #expect(found.map(\.code) == ["missing-key"])
    }

    @Test func `the endpoint's own issuer may have its keys in a file`() {
        let pinned = whole.replacing(
            "issuer: https://other.example/oidc", with: "issuer: https://acme.logto.app/oidc")
        let issuers = decode(pinned).configuration?.logto.issuers
        #expect(issuers?.first?.keys == .file("/etc/gatehouse/keys.json"))
        #expect(issuers?.count == 2)
    }

    @Test func `all errors of a file are told at once`() {
        let found = decode("gatehouse: 2\nkind: x\nfoo: 1\nlogto: {endpoint: ftp://x}\n")
            .diagnostics
        #expect(found.count >= 6, "\(found.map(\.message))")
    }

    @Test(arguments: ["", "[]", "1", "a: b: c", "\u{FEFF}", "- x\n- y\n", "gatehouse: &a 1\n"])
    func `no text traps the decoder`(_ text: String) {
        #expect(decode(text).configuration == nil)
    }
}

@Suite struct ConfigurationScalarsTests {
    @Test(
        arguments: [
            ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000),
            ("8d", 691_200_000), ("0s", 0),
        ] as [(String, Int64)])
    func `durations carry units`(_ text: String, _ milliseconds: Int64) {
        #expect(Quantity.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "30", "s", "-1s", "1.5s", "1 s", "1S", "1w", "9999999999999999d", "１s"])
    func `what is no duration is refused`(_ text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test func `sizes carry units`() {
        #expect(Quantity.size("64KiB") == 65_536)
        #expect(Quantity.size("2GiB") == 2_147_483_648)
        #expect(Quantity.size("64KB") == nil)
        #expect(Quantity.size("999999999999999GiB") == nil)
    }

    @Test(arguments: [
        "http://", "http://a b", "http://a/b", "http://u@a", "http://a?x", "http://a#x",
        "http://a:0", "http://a:x",
        "http://[::1", "http://[::g]", "ftp://a", "a.example", "http://a:1:2", "HTTP://a",
    ])
    func `what is no origin is refused`(_ text: String) {
        #expect(ConfigurationScalars.origin(text) == nil)
    }

    @Test func `only this machine is loopback`() {
        #expect(ConfigurationScalars.origin("http://127.0.0.1:80")?.isLoopback == true)
        #expect(ConfigurationScalars.origin("http://localhost")?.isLoopback == true)
        #expect(ConfigurationScalars.origin("http://[::1]:9")?.isLoopback == true)
        #expect(ConfigurationScalars.origin("http://127.0.0.1.evil.example")?.isLoopback == false)
        #expect(ConfigurationScalars.origin("http://127.example.com")?.isLoopback == false)
    }
}
