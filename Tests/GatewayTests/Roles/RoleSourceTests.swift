import Documents
import JOSE
import Testing

@testable import Gateway

/// How `organization_roles` is read.
@Suite struct RoleSourceTests {
    private func source(_ text: String) -> RoleSource? {
        let file = """
            gatehouse: 1
            kind: gateway
            listen: [{address: "127.0.0.1:0"}]
            logto:
              endpoint: https://acme.logto.app
              organization_roles: \(text)
              management: {client_id: m1, client_secret: "${env:SECRET}"}
            upstreams:
              projects: {url: "http://127.0.0.1:8081"}
            policies: policies
            """
        return ConfigurationDecoder.decode(
            SourceFile(path: "gatehouse.yaml", text: file),
            surroundings: ConfigurationSurroundings(
                variable: { _ in "s" }, file: { _ in nil }, folder: "/etc/gatehouse")
        ).configuration?.logto.roles
    }

    @Test(arguments: [
        ("none", RoleSource.none), ("live", .live), ("claim:roles", .claim("roles")),
        ("claim-plain:roles", .claimPlain("roles")),
        // Everything behind the first colon is the claim's name, an address too.
        (
            "claim:https://acme.example/claims/roles",
            .claim("https://acme.example/claims/roles")
        ),
        (
            "claim-plain:https://acme.example/claims/roles",
            .claimPlain("https://acme.example/claims/roles")
        ),
        (#""claim: a: b""#, .claim(" a: b")), ("claim:claim-plain:x", .claim("claim-plain:x")),
    ])
    func `a claim may have any name`(_ text: String, _ source: RoleSource) {
        #expect(self.source(text) == source)
    }

    @Test(arguments: [#""claim:""#, #""claim-plain:""#, "claim", "Live", "claims:x", "live:x"])
    func `anything else is refused`(_ text: String) {
        #expect(source(text) == nil)
    }
}
