import Logto
import Testing

@Suite struct LogtoEndpointTests {
    @Test func `everything follows from the endpoint`() throws {
        let endpoint = try LogtoEndpoint("https://acme.logto.app")
        #expect(endpoint.issuer == "https://acme.logto.app/oidc")
        #expect(endpoint.tokenURL == "https://acme.logto.app/oidc/token")
        #expect(endpoint.managementURL == "https://acme.logto.app/api")
        #expect(endpoint.origin == "https://acme.logto.app:443")
    }

    @Test(arguments: [
        ("https://acme.logto.app", "https://acme.logto.app/api"),
        ("https://logto.example", "https://default.logto.app/api"),
        ("https://acme.logto.app.example", "https://default.logto.app/api"),
        ("http://localhost:3001", "https://default.logto.app/api"),
        ("https://logto.app", "https://default.logto.app/api"),
    ])
    func `the resource is the tenant's own on Logto Cloud alone`(
        _ endpoint: String, _ resource: String
    ) throws {
        #expect(try LogtoEndpoint(endpoint).defaultManagementResource == resource)
    }

    @Test func `a path is kept, for hosts with several tenants`() throws {
        #expect(try LogtoEndpoint("https://id.example/t1").issuer == "https://id.example/t1/oidc")
    }

    @Test(arguments: [
        ("", LogtoEndpoint.Rejection.scheme), ("acme.logto.app", .scheme),
        ("HTTPS://acme.logto.app", .scheme), ("ftp://acme.logto.app", .scheme),
        ("http://acme.logto.app", .scheme), ("http://127.0.0.1.example", .scheme),
        ("https://", .host), ("https://Acme.logto.app", .host), ("https://a_b.example", .host),
        ("https://user@acme.logto.app", .host), ("https://a..example", .host),
        ("https://-a.example", .host), ("https://a b.example", .host), ("https://é.example", .host),
        ("https://a.example?x", .host), ("https://a.example#x", .host),
        ("https://a.example:0", .port), ("https://a.example:70000", .port),
        ("https://a.example:+1", .port), ("https://a.example:", .port),
        ("https://a.example:080", .port),
        ("https://a.example/", .path), ("https://a.example/x/", .path),
        ("https://a.example/../x", .path), ("https://a.example/x?y", .path),
        ("https://a.example//x", .path), ("https://a.example/%2e", .path),
    ])
    func `other spellings are refused, not repaired`(
        _ text: String, _ rejection: LogtoEndpoint.Rejection
    ) {
        #expect(throws: rejection) { try LogtoEndpoint(text) }
    }

    @Test(arguments: ["http://127.0.0.1:3001", "http://127.8.9.10", "http://[::1]:3001"])
    func `clear text is for this machine`(_ text: String) throws {
        #expect(try LogtoEndpoint(text).url == text)
    }
}
