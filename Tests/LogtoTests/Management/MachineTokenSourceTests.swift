import Logto
import TestSupport
import Testing
import Values

@Suite struct MachineTokenSourceTests {
    private func failure(_ tenant: TestTenant) async -> LogtoFailure? {
        do throws(LogtoFailure) {
            _ = try await tenant.tokens.token()
            return nil
        } catch {
            return error
        }
    }

    @Test func `the request is the one that Logto documents`() async throws {
        let tenant = try TestTenant()
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        let request = try #require(tenant.tokenCalls.first)
        #expect(request.method == "POST")
        #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
        // `app%3A1:s%20e%2Fcret`: both halves percent-encoded before base64.
        #expect(request.headers["authorization"] == "Basic YXBwJTNBMTpzJTIwZSUyRmNyZXQ=")
        #expect(
            request.bodyText == "grant_type=client_credentials"
                + "&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all")
        await tenant.stop()
    }

    @Test func `everybody who needs one waits for the same`() async throws {
        let tenant = try TestTenant()
        let gate = ScriptedServer.Gate()
        tenant.tokenAnswer.value = { _ in [.wait(gate)] + TestTenant.token("shared") }
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try? await tenant.tokens.token().reveal() } }
            _ = await tenant.server.requests(atLeast: 1)
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens == Array(repeating: "shared", count: 20))
        #expect(tenant.tokenCalls.count == 1)
        await tenant.stop()
    }

    @Test func `it is renewed five minutes before its end`() async throws {
        let tenant = try TestTenant()
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        tenant.clock.advance(by: .seconds(3_299))
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        tenant.clock.advance(by: .seconds(1))
        #expect(try await tenant.tokens.token().reveal() == "machine-2")
        await tenant.stop()
    }

    @Test func `a short-lived one is renewed at half its life`() async throws {
        let tenant = try TestTenant()
        tenant.tokenAnswer.value = { _ in TestTenant.token("short", life: 60) }
        _ = try await tenant.tokens.token()
        tenant.clock.advance(by: .seconds(29))
        _ = try await tenant.tokens.token()
        #expect(tenant.tokenCalls.count == 1)
        tenant.clock.advance(by: .seconds(1))
        _ = try await tenant.tokens.token()
        #expect(tenant.tokenCalls.count == 2)
        await tenant.stop()
    }

    @Test func `when renewing fails the old one serves to its end`() async throws {
        let tenant = try TestTenant()
        _ = try await tenant.tokens.token()
        tenant.tokenAnswer.value = { _ in ScriptedServer.answer(500) }
        tenant.clock.advance(by: .seconds(3_300))
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        // The failure is remembered for a moment: one try, not two.
        #expect(tenant.tokenCalls.count == 2)
        tenant.clock.advance(by: .seconds(300))
        #expect(await failure(tenant) == .unavailable(reason: "status-500"))
        await tenant.stop()
    }

    @Test(arguments: ["", "al", "all2", "openid", nil] as [String?])
    func `L33 a token without the scope is no token`(_ scope: String?) async throws {
        let tenant = try TestTenant()
        tenant.tokenAnswer.value = { _ in TestTenant.token("useless", scope: scope) }
        #expect(await failure(tenant) == .scopeMissing)
        #expect(await tenant.failure { try await $0.user(UserID("u1")) } == .scopeMissing)
        #expect(tenant.calls.isEmpty)
        #expect(tenant.lines.of("ERROR").contains { $0.contains("Management API access") })
        #expect(!tenant.lines.all.contains { $0.contains("useless") })
        await tenant.stop()
    }

    @Test func `more than one scope may come back`() async throws {
        let tenant = try TestTenant()
        tenant.tokenAnswer.value = { _ in TestTenant.token("good", scope: "x all") }
        #expect(await failure(tenant) == nil)
        await tenant.stop()
    }

    static let refusals: [(answer: [ScriptedServer.Step], failure: LogtoFailure)] = [
        (
            ScriptedServer.json(
                401, #"{"code":"oidc.invalid_client","error":"invalid_client","message":"m"}"#),
            .credentialsRefused(code: "invalid_client")
        ),
        (
            ScriptedServer.json(400, #"{"error":"invalid_request"}"#),
            .credentialsRefused(code: "invalid_request")
        ),
        (
            ScriptedServer.json(400, #"{"error":"invalid_target"}"#),
            .credentialsRefused(code: "invalid_target")
        ),
        (ScriptedServer.json(400, #"{"error":"a b\n"}"#), .refused(status: 400, code: nil)),
        (ScriptedServer.answer(404, [:], "Not Found"), .refused(status: 404, code: nil)),
        (ScriptedServer.answer(302, ["Location": "/"]), .refused(status: 302, code: nil)),
        (
            ScriptedServer.answer(429, ["Retry-After": "7"]),
            .throttled(retryAfter: .seconds(7))
        ),
        (ScriptedServer.answer(503), .unavailable(reason: "status-503")),
        ([.close], .unavailable(reason: "call-interrupted")),
        (
            ScriptedServer.answer(200, ["Content-Type": "text/html"], "<html>"),
            .malformedAnswer("the token answer is not JSON")
        ),
        (ScriptedServer.json(200, "{"), .malformedAnswer("the token answer is not JSON")),
        (
            ScriptedServer.json(200, "{}"),
            .malformedAnswer("the token answer lacks a usable bearer token")
        ),
        (
            TestTenant.token("a b"),
            .malformedAnswer("the token answer lacks a usable bearer token")
        ),
        (
            TestTenant.token("x", life: 0),
            .malformedAnswer("the token answer lacks a usable bearer token")
        ),
    ]

    @Test(arguments: refusals.indices)
    func `every refusal has its failure, is remembered for a moment, and passes`(
        _ index: Int
    ) async throws {
        let (answer, expected) = Self.refusals[index]
        let tenant = try TestTenant()
        tenant.tokenAnswer.value = { _ in answer }
        #expect(await failure(tenant) == expected)
        #expect(await failure(tenant) == expected)
        #expect(tenant.tokenCalls.count == 1)
        tenant.tokenAnswer.value = nil
        tenant.clock.advance(by: .seconds(7))
        #expect(await failure(tenant) == nil)
        await tenant.stop()
    }

    @Test func `a refused token is replaced, another is not`() async throws {
        let tenant = try TestTenant()
        let first = try await tenant.tokens.token()
        tenant.tokens.reject(Secret("somebody else's"))
        #expect(try await tenant.tokens.token().reveal() == "machine-1")
        tenant.tokens.reject(first)
        #expect(try await tenant.tokens.token().reveal() == "machine-2")
        await tenant.stop()
    }
}
