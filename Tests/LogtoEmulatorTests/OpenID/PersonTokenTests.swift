import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct PersonTokenTests {
    let client: EmulatorClient
    static let api = "https://api.acme.example"
    static let reserved = "urn:logto:resource:organizations"
    static let scopes = [
        "openid", "offline_access", "urn:logto:scope:organizations", "read:projects",
        "write:projects", "pay:invoices",
    ]

    init() throws {
        client = try EmulatorClient()
    }

    private func signIn(
        _ user: String, scopes: [String] = scopes, resources: [String] = [api, reserved]
    ) throws -> String {
        try client.emulator.signIn(user: user, scopes: scopes, resources: resources)
    }

    private func refresh(_ token: String, _ form: (String, String)...) -> EmulatorClient.Reply? {
        client.token(
            [
                (name: "grant_type", value: "refresh_token"),
                (name: "client_id", value: "app_browser"),
                (name: "refresh_token", value: token),
            ] + form.map { (name: $0.0, value: $0.1) })
    }

    private func scope(_ reply: EmulatorClient.Reply?) -> Set<String> {
        Set((reply?.json["scope"]?.stringValue ?? "").split(separator: " ").map(String.init))
    }

    @Test func `an organization token holds the template scopes of the roles there`() throws {
        let reply = try #require(refresh(try signIn("u_adam"), ("organization_id", "org_a")))
        #expect(scope(reply) == ["read:projects", "write:projects"])
        let claims = EmulatorClient.claims(reply.json["access_token"]?.stringValue ?? "")
        #expect(claims["aud"] == "urn:logto:organization:org_a")
        #expect(claims["sub"] == "u_adam")
        #expect(claims["client_id"] == "app_browser")
    }

    @Test func `an API token without organization unites the roles of all organizations`() throws {
        try client.emulator.addMember("u_ann", of: "org_b", roles: ["owner"])
        let token = try signIn("u_ann")
        let global = try #require(refresh(token, ("resource", Self.api)))
        #expect(scope(global).contains("pay:invoices"))
        let next = global.json["refresh_token"]?.stringValue ?? ""
        let inside = try #require(
            refresh(next, ("resource", Self.api), ("organization_id", "org_a")))
        #expect(scope(inside) == ["read:projects"])
        let claims = EmulatorClient.claims(inside.json["access_token"]?.stringValue ?? "")
        #expect(claims["organization_id"] == "org_a")
    }

    @Test func `a scope that was not owned at the sign-in stays away`() throws {
        let token = try signIn("u_ann")
        try client.emulator.addMember("u_ann", of: "org_a", roles: ["owner"])
        let reply = try #require(
            refresh(token, ("resource", Self.api), ("organization_id", "org_a")))
        #expect(scope(reply) == ["read:projects"])
    }

    @Test func `without the reserved resource an organization token is empty`() throws {
        let token = try signIn("u_adam", resources: [])
        let reply = try #require(refresh(token, ("organization_id", "org_a")))
        #expect(reply.json["scope"] == "")
    }

    @Test func `the reserved resource gives every scope of the template`() throws {
        let reply = try #require(refresh(try signIn("u_ann"), ("resource", Self.reserved)))
        #expect(scope(reply).contains("pay:invoices"))
    }

    @Test func `the checks on an organization come in Logto's order`() throws {
        let bare = ["openid", "offline_access"]
        let token = try signIn("u_ann", scopes: bare)
        let unasked = try #require(
            refresh(token, ("organization_id", "org_b"), ("scope", "x:y")))
        #expect(unasked.json["error"] == "invalid_scope")
        let foreign = try #require(refresh(token, ("organization_id", "org_b")))
        #expect(foreign.status == 403)
        #expect(foreign.json["error"] == "access_denied")
        _ = try client.manage(.patch, "/api/organizations/org_a", ["isMfaRequired": true])
        let mfa = try #require(refresh(token, ("organization_id", "org_a")))
        #expect(mfa.json["error"] == "access_denied")
        _ = try client.manage(.patch, "/api/organizations/org_a", ["isMfaRequired": false])
        let scopeless = try #require(refresh(token, ("organization_id", "org_a")))
        #expect(scopeless.json["error"] == "insufficient_scope")
        #expect(refresh(token)?.status == 200)
    }

    @Test func `a consumed refresh token ends everything after three seconds`() throws {
        let first = try signIn("u_ann")
        let second = refresh(first)?.json["refresh_token"]?.stringValue ?? ""
        #expect(refresh(first)?.status == 200)
        client.clock.advance(seconds: 4)
        #expect(refresh(first)?.json["error"] == "invalid_grant")
        #expect(refresh(second)?.json["error"] == "invalid_grant")
    }

    @Test func `suspending a person ends the sign-ins for good`() throws {
        let token = try signIn("u_ann")
        _ = try client.manage(.patch, "/api/users/u_ann/is-suspended", ["isSuspended": true])
        #expect(refresh(token)?.json["error"] == "invalid_grant")
        _ = try client.manage(.patch, "/api/users/u_ann/is-suspended", ["isSuspended": false])
        #expect(refresh(token)?.json["error"] == "invalid_grant")
    }

    @Test func `a refresh token of another client is refused`() throws {
        let token = try signIn("u_ann")
        let reply = client.token([
            (name: "grant_type", value: "refresh_token"),
            (name: "client_id", value: "m_robot"),
            (name: "refresh_token", value: token),
        ])
        #expect(reply?.status == 401)
    }

    @Test func `without resource and organization the token is opaque`() throws {
        let reply = try #require(refresh(try signIn("u_ann")))
        let token = reply.json["access_token"]?.stringValue ?? ""
        #expect(token.utf8.count == 43)
        #expect(!token.contains("."))
    }
}
