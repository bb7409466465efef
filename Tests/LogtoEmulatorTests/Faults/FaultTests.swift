import Documents
import Testing
import Values

@testable import LogtoEmulator

@Suite struct FaultTests {
    let client: EmulatorClient

    init() throws {
        client = try EmulatorClient()
    }

    private func plan(
        _ effect: Fault.Effect, on method: HTTPMethod? = .post,
        _ path: String = "/api/organizations", nth: Int = 1, times: Int = 1
    ) throws {
        try client.emulator.plan(
            Fault(method: method, path: path, nth: nth, times: times, effect: effect))
    }

    private func control(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue
    ) -> EmulatorClient.Reply? {
        client.send(method, path, body: JSONWriter.write(body))
    }

    private func create() throws -> EmulatorClient.Reply? {
        try client.manage(.post, "/api/organizations", ["name": "New"])
    }

    @Test func `an answer in place of the call performs nothing`() throws {
        try plan(.answer(status: 503, headers: ["Retry-After": "1"], body: []))
        let reply = try create()
        #expect(reply?.status == 503)
        #expect(reply?.headers["retry-after"] == "1")
        #expect(client.emulator.organizations.count == 3)
        #expect(try create()?.status == 201)
    }

    @Test func `an answer after the call leaves what was written`() throws {
        try plan(.answerAfter(status: 500, headers: [:], body: []))
        #expect(try create()?.status == 500)
        #expect(client.emulator.organizations.count == 4)
    }

    @Test func `a connection is closed before or after the call`() throws {
        try plan(.closeBefore)
        #expect(try create() == nil)
        #expect(client.emulator.organizations.count == 3)
        try plan(.closeAfter)
        #expect(try create() == nil)
        #expect(client.emulator.organizations.count == 4)
    }

    @Test func `the second of a chain of calls fails, the others do not`() throws {
        try plan(
            .answer(status: 500, headers: [:], body: []), on: nil, "/api/**", nth: 2)
        #expect(try create()?.status == 201)
        #expect(try create()?.status == 500)
        #expect(try create()?.status == 201)
        #expect(client.emulator.plannedFaults.isEmpty)
    }

    @Test func `a fault may last for several calls and be forgotten`() throws {
        try plan(.answer(status: 500, headers: [:], body: []), times: 3)
        #expect(try create()?.status == 500)
        #expect(try create()?.status == 500)
        client.emulator.clearFaults()
        #expect(try create()?.status == 201)
    }

    @Test(arguments: [
        ("/api/organizations/*/users", "/api/organizations/o/users", true),
        ("/api/organizations/*/users", "/api/organizations/o/users/u", false),
        ("/api/organizations/*/users", "/api/organizations", false),
        ("/api/**", "/api/organizations", true), ("/api/**", "/oidc/token", false),
        ("/API/Organizations", "/api/organizations/", true),
    ])
    func `a pattern means whole paths`(_ pattern: String, _ path: String, _ isMeant: Bool) {
        let fault = Fault(method: nil, path: pattern, effect: .closeBefore)
        #expect(fault.isFor(.get, path) == isMeant)
    }

    @Test func `another method is not meant`() throws {
        try plan(.closeBefore, on: .get)
        #expect(try create()?.status == 201)
    }

    @Test func `scripts plan faults over HTTP`() throws {
        let made = control(
            .post, "/emulator/faults",
            [
                "method": "POST", "path": "/api/organizations", "then": "answer", "status": 429,
                "headers": ["Retry-After": "7"], "body": ["code": "request.rate_limited"],
            ])
        #expect(made?.status == 201)
        #expect(client.send(.get, "/emulator/faults")?.json.arrayValue?.count == 1)
        let reply = try create()
        #expect(reply?.status == 429)
        #expect(reply?.headers["retry-after"] == "7")
        #expect(reply?.json["code"] == "request.rate_limited")
        #expect(client.send(.delete, "/emulator/faults")?.status == 204)
    }

    @Test(arguments: [
        "{}", "[]", "nonsense", #"{"path":"/api/**","then":"explode"}"#,
        #"{"path":"/api/**","then":"answer","status":99}"#,
    ])
    func `a fault that cannot be is refused`(_ body: String) {
        #expect(client.send(.post, "/emulator/faults", body: Array(body.utf8))?.status == 400)
        #expect(client.emulator.plannedFaults.isEmpty)
    }

    @Test func `scripts get tokens and sign-ins over HTTP`() throws {
        let made = try #require(
            control(.post, "/emulator/tokens", ["subject": "u_ann", "organization": "org_a"]))
        #expect(made.status == 201)
        let claims = EmulatorClient.claims(made.json["token"]?.stringValue ?? "")
        #expect(claims["sub"] == "u_ann")
        let signIn = control(
            .post, "/emulator/sign-ins",
            [
                "user": "u_ann", "scopes": ["openid"],
                "resources": ["https://api.acme.example"],
            ])
        #expect(signIn?.json["refresh_token"]?.stringValue?.utf8.count == 43)
        let foreign = control(
            .post, "/emulator/tokens", ["subject": "u_ann", "organization": "org_b"])
        #expect(foreign?.status == 422)
    }
}
