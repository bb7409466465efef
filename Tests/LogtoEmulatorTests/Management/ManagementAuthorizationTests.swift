import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct ManagementAuthorizationTests {
    let client: EmulatorClient

    init() throws {
        client = try EmulatorClient()
    }

    private func call(_ authorization: String?) -> EmulatorClient.Reply? {
        client.send(
            .get, "/api/organizations",
            headers: authorization.map { ["Authorization": $0] } ?? [:])
    }

    private func code(_ reply: EmulatorClient.Reply?) -> String {
        reply?.json["data"]?["code"]?.stringValue ?? reply?.json["code"]?.stringValue ?? ""
    }

    @Test func `the machine's token opens the API`() throws {
        #expect(call("Bearer \(try client.emulator.managementToken())")?.status == 200)
    }

    @Test(arguments: [
        (nil, "auth.authorization_header_missing"), ("", "auth.authorization_header_missing"),
        ("Basic eA", ""), ("Bearer a.b.c", "ERR_JWS_INVALID"), ("Bearer", "ERR_JWS_INVALID"),
    ])
    func `what is no token is 401`(_ header: String?, _ wanted: String) {
        let reply = call(header)
        #expect(reply?.status == 401)
        #expect(wanted.isEmpty || code(reply) == wanted)
    }

    @Test func `the scheme is compared with its case`() throws {
        let token = try client.emulator.managementToken()
        #expect(call("bearer \(token)")?.status == 401)
    }

    @Test func `a token without the scope is 403`() throws {
        let token = try client.emulator.mint(
            MintRequest(
                subject: "m-default", resource: client.emulator.managementResource, scopes: []))
        #expect(call("Bearer \(token)")?.status == 403)
        let near = try client.emulator.mint(
            MintRequest(
                subject: "m-default", resource: client.emulator.managementResource,
                scopes: ["allx"]))
        #expect(call("Bearer \(near)")?.status == 403)
    }

    @Test func `a token for another audience is 401`() throws {
        let token = try client.emulator.mint(
            MintRequest(subject: "u_ann", resource: "https://api.acme.example", scopes: ["all"]))
        let reply = call("Bearer \(token)")
        #expect(reply?.status == 401)
        #expect(code(reply) == "ERR_JWT_CLAIM_VALIDATION_FAILED")
        #expect(reply?.json["data"]?["claim"] == "aud")
    }

    @Test func `a token of another issuer is 401`() throws {
        let token = try client.emulator.managementToken()
        client.emulator.move(to: "http://127.0.0.1:9")
        let reply = call("Bearer \(token)")
        #expect(reply?.status == 401)
        #expect(reply?.json["data"]?["claim"] == "iss")
    }

    @Test func `a token ends at its exp, without tolerance`() throws {
        let token = try client.emulator.managementToken()
        client.clock.advance(seconds: 3599)
        #expect(call("Bearer \(token)")?.status == 200)
        client.clock.advance(seconds: 1)
        #expect(code(call("Bearer \(token)")) == "ERR_JWT_EXPIRED")
    }

    @Test func `changed, unsigned and foreign tokens are 401`() throws {
        let token = try client.emulator.managementToken()
        let parts = token.split(separator: ".").map(String.init)
        let forged = Base64URL.encode(Array(#"{"aud":"x"}"#.utf8))
        #expect(
            code(call("Bearer \(parts[0]).\(forged).\(parts[2])"))
                == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED")
        #expect(
            code(call("Bearer \(parts[0]).\(parts[1]).")) == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
        )
        for algorithm in ["none", "HS256"] {
            let header = Base64URL.encode(Array(#"{"alg":"\#(algorithm)"}"#.utf8))
            #expect(
                code(call("Bearer \(header).\(parts[1]).\(parts[2])")) == "ERR_JOSE_NOT_SUPPORTED")
        }
        let other = try EmulatorClient().emulator.managementToken()
        #expect(code(call("Bearer \(other)")) == "ERR_JWKS_NO_MATCHING_KEY")
    }

    @Test func `a token of a key that was dropped is 401`() throws {
        let token = try client.emulator.managementToken()
        try client.emulator.rotateKey()
        #expect(call("Bearer \(token)")?.status == 200)
        client.emulator.dropPreviousKey()
        #expect(code(call("Bearer \(token)")) == "ERR_JWKS_NO_MATCHING_KEY")
    }

    @Test func `an unknown path and a wrong method are told without a token`() {
        #expect(client.send(.get, "/api/nothing")?.status == 404)
        let wrong = client.send(.put, "/api/organizations")
        #expect(wrong?.status == 405)
        #expect(wrong?.headers["allow"] == "POST, HEAD, GET")
    }
}
