import Testing

@testable import Logto

@Suite struct DiscoveryTests {
    private let issuer = "https://acme.logto.app/oidc"

    private func discovery(_ issuer: String, _ keys: String) throws -> Discovery {
        try Discovery(
            Array(#"{"issuer":"\#(issuer)","jwks_uri":"\#(keys)","x":[1]}"#.utf8), of: self.issuer)
    }

    private func reason(_ body: () throws -> Discovery) -> KeyFetchFailure.Reason? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? KeyFetchFailure)?.reason
        }
    }

    @Test func `the right document says where the keys are`() throws {
        #expect(try discovery(issuer, issuer + "/jwks").keysURL == issuer + "/jwks")
        #expect(
            try discovery(issuer, "https://acme.logto.app:443/k").keysURL
                == "https://acme.logto.app:443/k")
    }

    @Test(arguments: [
        "https://acme.logto.app/oidc/", "https://acme.logto.app/OIDC", "http://acme.logto.app/oidc",
        "https://acme.logto.app", "https://evil.example/oidc", "https://acme.logto.app/oidc ",
    ])
    func `KEY-15 another issuer is refused, also by a slash`(_ other: String) {
        #expect(reason { try discovery(other, issuer + "/jwks") } == .discoveryIssuer)
    }

    @Test(arguments: [
        "https://evil.example/jwks", "http://acme.logto.app/jwks",
        "https://acme.logto.app:444/jwks",
        "https://acme.logto.app.evil.example/jwks", "https://acme.logto.app@evil.example/jwks",
        "https://evil.example#@acme.logto.app/", "//acme.logto.app/jwks", "/jwks", "",
        "file:///etc/passwd",
    ])
    func `KEY-15 keys on another host are refused`(_ keys: String) {
        #expect(reason { try discovery(issuer, keys) } == .discoveryOrigin)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"issuer":"https://acme.logto.app/oidc"}"#,
        #"{"issuer":1,"jwks_uri":2}"#, #"{"issuer":"a","issuer":"b","jwks_uri":"c"}"#,
        #"{"issuer":"https://acme.logto.app/oidc","jwks_uri":"#,
    ])
    func `a document that is none is malformed`(_ text: String) {
        #expect(reason { try Discovery(Array(text.utf8), of: issuer) } == .malformed)
    }
}
