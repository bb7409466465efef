import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct MachineTokenTests {
    let client: EmulatorClient
    let id: String
    let secret: String

    init() throws {
        client = try EmulatorClient()
        let made = client.emulator.managementClient
        (id, secret) = (made.id.text, made.secret.reveal())
    }

    private func ask(_ form: (String, String)...) -> EmulatorClient.Reply? {
        let pairs = form.map { (name: $0.0, value: $0.1) }
        return client.token(
            [(name: "grant_type", value: "client_credentials")] + pairs, basic: (id, secret))
    }

    @Test func `a resource alone gives its token with the scopes asked for`() throws {
        let reply = try #require(
            ask(("resource", "https://default.logto.app/api"), ("scope", "all x")))
        #expect(reply.status == 200)
        #expect(reply.json["scope"] == "all")
        #expect(reply.headers["cache-control"] == "no-store")
        let claims = EmulatorClient.claims(reply.json["access_token"]?.stringValue ?? "")
        #expect(claims["aud"] == "https://default.logto.app/api")
        #expect(claims["sub"] == .string(id))
        #expect(claims["client_id"] == .string(id))
        #expect(claims["iss"] == "http://127.0.0.1:3301/oidc")
        #expect(claims["organization_id"] == nil)
    }

    @Test func `nothing asked is nothing granted, and an API token then has no scope member`()
        throws
    {
        let reply = try #require(ask(("resource", "https://default.logto.app/api")))
        #expect(reply.status == 200)
        #expect(reply.json["scope"] == nil)
        let claims = EmulatorClient.claims(reply.json["access_token"]?.stringValue ?? "")
        #expect(claims["scope"] == nil)
    }

    @Test func `an organization token without scopes has an empty one`() throws {
        let robot = try #require(client.robot)
        let reply = try #require(
            client.token(
                [
                    (name: "grant_type", value: "client_credentials"),
                    (name: "organization_id", value: "org_a"),
                ], basic: robot))
        #expect(reply.json["scope"] == "")
        let claims = EmulatorClient.claims(reply.json["access_token"]?.stringValue ?? "")
        #expect(claims["scope"] == "")
        #expect(claims["aud"] == "urn:logto:organization:org_a")
        #expect(claims["organization_id"] == nil)
    }

    @Test func `a resource and an organization give a token that names the organization`() throws {
        let robot = try #require(client.robot)
        let reply = try #require(
            client.token(
                [
                    (name: "grant_type", value: "client_credentials"),
                    (name: "resource", value: "https://api.acme.example"),
                    (name: "organization_id", value: "org_a"),
                    (name: "scope", value: "read:projects write:projects"),
                ], basic: robot))
        #expect(reply.json["scope"] == "read:projects")
        let claims = EmulatorClient.claims(reply.json["access_token"]?.stringValue ?? "")
        #expect(claims["organization_id"] == "org_a")
        #expect(claims["aud"] == "https://api.acme.example")
    }

    @Test func `a machine outside an organization gets no token for it`() throws {
        let reply = try #require(ask(("organization_id", "org_a")))
        #expect(reply.status == 403)
        #expect(reply.json["error"] == "access_denied")
    }

    @Test(arguments: [
        ([("resource", "https://nowhere.example")], "invalid_target"),
        ([("scope", "all")], "invalid_target"),
        ([("resource", ""), ("organization_id", "")], "invalid_target"),
        ([("resource", "orders")], "invalid_target"),
        ([("scope", "a"), ("scope", "b")], "invalid_request"),
    ])
    func `what cannot be issued is refused`(_ form: [(String, String)], _ error: String) throws {
        let pairs = form.map { (name: $0.0, value: $0.1) }
        let reply = try #require(
            client.token(
                [(name: "grant_type", value: "client_credentials")] + pairs, basic: (id, secret)))
        #expect(reply.status == 400)
        #expect(reply.json["error"] == .string(error))
        #expect(reply.json["code"] == .string("oidc.\(error)"))
    }

    @Test func `parse_error=false gives the bare OAuth body`() throws {
        let reply = try #require(
            client.token(
                [(name: "grant_type", value: "client_credentials")], basic: (id, secret),
                query: "?parse_error=false"))
        #expect(reply.json["error"] == "invalid_target")
        #expect(reply.json["code"] == nil)
    }

    @Test func `both styles of client authentication are accepted, a wrong secret never`() throws {
        let form = [
            (name: "grant_type", value: "client_credentials"),
            (name: "resource", value: "https://default.logto.app/api"),
        ]
        let named = [(name: "client_id", value: id)]
        #expect(client.token(form, basic: (id, secret))?.status == 200)
        #expect(
            client.token(form + named + [(name: "client_secret", value: secret)])?.status == 200)
        let wrong = try #require(client.token(form, basic: (id, secret + "x")))
        #expect(wrong.status == 401)
        #expect(wrong.headers["www-authenticate"]?.hasPrefix("Basic realm=") == true)
        #expect(client.token(form + named)?.status == 401)
        #expect(client.token(form, basic: ("nobody", secret))?.status == 400)
    }

    @Test func `an expired secret is refused`() throws {
        let end = client.clock.now.milliseconds + 60_000
        let made = try #require(
            try client.manage(
                .post, "/api/applications/m_robot/secrets",
                ["name": "short", "expiresAt": .integer(end)]))
        let value = made.json["value"]?.stringValue ?? ""
        let form = [
            (name: "grant_type", value: "client_credentials"),
            (name: "organization_id", value: "org_a"),
        ]
        #expect(client.token(form, basic: ("m_robot", value))?.status == 200)
        client.clock.advance(seconds: 61)
        let late = try #require(client.token(form, basic: ("m_robot", value)))
        #expect(late.status == 400)
        #expect(late.json["error"] == "invalid_request")
    }
}

extension EmulatorClient {
    /// The robot's credentials.
    var robot: (String, String)? {
        let secrets = try? manage(.get, "/api/applications/m_robot/secrets")?.json
        return (secrets?.arrayValue?.first?["value"]?.stringValue).map { ("m_robot", $0) }
    }
}
