import Documents
import TestSupport
import Testing
import Values

/// Where `gatehouse token inspect` gets keys from, and what it says when there are none.
@Suite(.serialized) struct TokenKeysTests {
    private static let issuedAt: Int64 = 1_790_000_000

    private let mint: TokenMint
    private let folder: TemporaryDirectory

    init() throws {
        mint = try TokenMint()
        folder = try TemporaryDirectory()
    }

    private func inspect(_ arguments: [String]) async throws -> ChildProcess.Ending {
        try await ChildProcess.run(
            Gatehouse.path,
            ["token", "inspect", "--at", String(Self.issuedAt + 60)] + arguments, in: folder.path)
    }

    /// An issuer that serves discovery and keys, and counts who asks.
    private func issuer() throws -> ScriptedServer {
        let keys = mint.keySet
        return try ScriptedServer { request in
            let host = request.headers["Host"] ?? ""
            switch request.target {
            case "/oidc/.well-known/openid-configuration":
                return ScriptedServer.json(
                    200,
                    "{\"issuer\":\"http://\(host)/oidc\",\"jwks_uri\":\"http://\(host)/oidc/jwks\"}"
                )
            case "/oidc/jwks": return ScriptedServer.json(200, keys)
            case "/moved":
                return ScriptedServer.answer(302, ["Location": "http://\(host)/oidc/jwks"])
            case "/page":
                return ScriptedServer.answer(200, ["Content-Type": "text/html"], keys)
            case "/long":
                return ScriptedServer.json(200, keys + String(repeating: " ", count: 300_000))
            default: return ScriptedServer.answer(500)
            }
        }
    }

    private func configuration(_ endpoint: String, issuers: String = "") throws -> String {
        try folder.write(
            "gatehouse.yaml",
            """
            gatehouse: 1
            kind: gateway
            listen: [{address: "127.0.0.1:0"}]
            admin: "127.0.0.1:0"
            logto:
              endpoint: "\(endpoint)"
              audiences: ["\(TokenMint.audience)"]
              leeway: 10s
            \(issuers)
            upstreams:
              projects: {url: "http://127.0.0.1:9"}
            policies: policies

            """)
        return folder("gatehouse.yaml")
    }

    @Test func `keys are fetched from an address, within the gateway's bounds`() async throws {
        let server = try issuer()
        defer { server.stop() }
        let token = try mint.token(issuedAt: Self.issuedAt)
        let known = ["--issuer", TokenMint.issuer, "--audience", TokenMint.audience]
        let good = try await inspect(known + ["--keys", "\(server.url)/oidc/jwks", token])
        #expect(good.code == 0, "\(good.messages)")
        for (path, said) in [
            ("/moved", "answer-status"), ("/page", "answer-media-type"),
            ("/long", "answer-too-large"), ("/none", "answer-status"),
        ] {
            let ending = try await inspect(known + ["--keys", server.url + path, token])
            #expect(ending.code == 2, "\(path)")
            #expect(ending.output == "")
            #expect(ending.messages.contains(said), "\(ending.messages)")
        }
        let elsewhere = try await inspect(known + ["--keys", "http://192.0.2.1/jwks", token])
        #expect(elsewhere.code == 2)
        #expect(elsewhere.messages.contains("request-invalid"), "\(elsewhere.messages)")
    }

    @Test func `with a configuration the keys are found as the gateway finds them`() async throws {
        let server = try issuer()
        defer { server.stop() }
        let path = try configuration(server.url)
        let own = try mint.token(
            issuedAt: Self.issuedAt, ["iss": .string("\(server.url)/oidc")])
        let good = try await inspect(["--config", path, own])
        #expect(good.code == 0, "\(good.messages)\(good.output)")
        #expect(
            server.requests.map(\.target) == [
                "/oidc/.well-known/openid-configuration", "/oidc/jwks",
            ])
        // Ten seconds of leeway: the configuration's, not the default's.
        let over = try await ChildProcess.run(
            Gatehouse.path,
            [
                "token", "inspect", "--format=json", "--config", path, "--at",
                String(Self.issuedAt + 3611), own,
            ], in: folder.path)
        #expect(over.code == 1)
        #expect(over.output.contains("\"code\":\"token-expired\""))
    }

    @Test func `JWT-12 an issuer that is not configured is asked nothing`() async throws {
        let server = try issuer()
        defer { server.stop() }
        let other = try ScriptedServer { _ in ScriptedServer.answer(500) }
        defer { other.stop() }
        let path = try configuration(server.url)
        let token = try mint.token(
            issuedAt: Self.issuedAt, ["iss": .string("\(other.url)/oidc")])
        let ending = try await inspect(["--config", path, "--format=json", token])
        #expect(ending.code == 1)
        #expect(ending.output.contains("\"code\":\"token-issuer\""))
        let bare = try await inspect(["--issuer", "\(other.url)/oidc", token])
        #expect(bare.code == 1)
        #expect(other.requests.isEmpty)
        #expect(server.requests.isEmpty)
    }

    @Test func `a further issuer has the keys of its source`() async throws {
        let server = try issuer()
        defer { server.stop() }
        try folder.write("pinned.json", mint.keySet)
        let path = try configuration(
            server.url,
            issuers: """
                  issuers:
                    - {issuer: "https://id.test/oidc", keys: same}
                    - {issuer: "https://pin.test/oidc", keys: "file:pinned.json"}
                """)
        for (issuer, count) in [("https://id.test/oidc", 2), ("https://pin.test/oidc", 0)] {
            let before = server.requests.count
            let token = try mint.token(issuedAt: Self.issuedAt, ["iss": .string(issuer)])
            let ending = try await inspect(["--config", path, token])
            #expect(ending.code == 0, "\(ending.messages)\(ending.output)")
            #expect(server.requests.count - before == count)
        }
    }

    @Test func `an entry that is no key is named, and the others are used`() async throws {
        let keys = mint.keySet.replacing(
            "{\"keys\":[", with: "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"},")
        try folder.write("keys.json", keys)
        let token = try mint.token(issuedAt: Self.issuedAt)
        let ending = try await inspect([
            "--keys", "keys.json", "--issuer", TokenMint.issuer, "--audience", TokenMint.audience,
            token,
        ])
        #expect(ending.code == 0)
        #expect(ending.messages.contains("entry 0 of the key set is not used: the entry holds a"))
    }

    @Test(arguments: [
        (["--keys", "nowhere.json", "a.b.c"], "nowhere.json"),
        (["--keys", "empty.json", "a.b.c"], "holds no keys"),
        (["--keys", "text.json", "a.b.c"], "not JSON"),
        (["--at", "tomorrow", "a.b.c"], "--at is no time"),
        (["--at", "-1", "a.b.c"], "--at is no time"),
        (["--config", "nowhere.yaml", "a.b.c"], "nowhere.yaml"),
        (["--config", "x.yaml", "--issuer", "i", "a.b.c"], "exclude each other"),
        (["--config", "x.yaml", "--audience", "i", "a.b.c"], "exclude each other"),
        (["--format", "xml", "a.b.c"], "there is no format `xml`"),
        (["--", ""], "there is no token"), (["Bearer"], "there is no token"),
        (["a.b.c", "d.e.f"], "there are 2 tokens"), (["--isuer", "x"], "did you mean `--issuer`?"),
    ])
    func `what cannot be done is 2 and says why`(
        _ arguments: [String], _ message: String
    ) async throws {
        try folder.write("empty.json", "{\"keys\":[]}")
        try folder.write("text.json", "keys")
        let ending = try await ChildProcess.run(
            Gatehouse.path, ["token", "inspect"] + arguments, in: folder.path)
        #expect(ending.code == 2)
        #expect(ending.output == "")
        #expect(ending.messages.contains(message), "\(ending.messages)")
    }
}
