import Documents
import LogtoEmulator
import TestSupport
import Testing
import Values

@testable import Gateway

/// RFC 9728: what a client learns that knows nothing but our address.
@Suite struct MetadataServiceTests {
    private static let root = "/.well-known/oauth-protected-resource"
    private static let issuers = ["https://acme.logto.app/oidc", "https://id.acme.example/oidc"]

    private func service(_ audiences: [String]) -> MetadataService {
        MetadataService(issuers: Self.issuers, audiences: audiences)
    }

    private func resource(
        _ service: MetadataService, _ suffix: String = "", host: String? = "api.acme.example"
    ) throws -> String? {
        let document = try JSONReader.read(
            service.document(at: Self.root + suffix, host: host, isSecure: true))
        return document["resource"]?.stringValue
    }

    private func stands(_ service: MetadataService, _ path: String) -> Bool {
        let bytes = Array(path.utf8)
        return service.stands(at: 0..<bytes.count, in: bytes.span)
    }

    @Test func `the document names every issuer, and how a token is sent`() throws {
        let text = service(["https://api.acme.example"]).document(
            at: Self.root, host: nil, isSecure: true)
        let document = try JSONReader.read(text)
        #expect(
            document.objectValue?.names
                == ["resource", "authorization_servers", "bearer_methods_supported"])
        #expect(document["authorization_servers"] == .array(Self.issuers.map { .string($0) }))
        #expect(document["bearer_methods_supported"] == ["header"])
    }

    @Test func `a resource with a path has its document behind that path`() throws {
        let service = service([
            "https://api.acme.example/", "https://api.acme.example/orders",
            "https://api.acme.example/v2/", "urn:acme:api", "https://api.acme.example/q?x=1",
        ])
        #expect(try resource(service) == "https://api.acme.example/")
        #expect(try resource(service, "/orders") == "https://api.acme.example/orders")
        #expect(try resource(service, "/v2/") == "https://api.acme.example/v2/")
        for path in ["", "/orders", "/v2/"] { #expect(stands(service, Self.root + path)) }
        for path in ["/", "/Orders", "/orders/", "/v2", "/q", "/q?x=1", "x"] {
            #expect(!stands(service, Self.root + path))
        }
        #expect(!stands(service, "/"))
        #expect(!stands(service, ""))
    }

    @Test func `of several resources the one counts whose host was called`() throws {
        let service = service([
            "https://a.example", "https://b.example", "https://a.example/x", "https://b.example/x",
        ])
        #expect(try resource(service, host: "b.example") == "https://b.example")
        #expect(try resource(service, host: "B.Example") == "https://b.example")
        #expect(try resource(service, "/x", host: "b.example") == "https://b.example/x")
        #expect(try resource(service, host: "c.example") == "https://a.example")
        #expect(try resource(service, host: nil) == "https://a.example")
    }

    @Test func `where no resource is without a path, or there is none, something is named`() throws
    {
        #expect(try resource(service(["https://a.example/x"])) == "https://a.example/x")
        #expect(try resource(service(["urn:acme:api"])) == "urn:acme:api")
        #expect(try resource(service([])) == "https://api.acme.example")
        #expect(try resource(service([]), host: nil) == nil)
    }

    @Test func `the gateway serves it to anybody, from any page`() async throws {
        try await TestSite.with { site in
            let answer = try await site.send("GET /.well-known/oauth-protected-resource")
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Access-Control-Allow-Origin") == "*")
            let document = try JSONReader.read(Array(answer.body.utf8))
            #expect(document["resource"]?.stringValue == TestSite.audience)
            #expect(document["authorization_servers"] == [.string(site.emulator.issuer)])
            #expect(
                try await site.send("GET /.well-known/oauth-protected-resource/x").status == 404)
            #expect(
                try await site.send("POST /.well-known/oauth-protected-resource").status == 404)
        }
    }
}
