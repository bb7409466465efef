import Documents
import Logto
import TestSupport
import Testing
import Values

@Suite struct ManagementClientTests {
    private static let organization =
        #"{"tenantId":"t","id":"o1","name":"Acme","description":null,"customData":{"a":{"b":[1]}},"#
        + #""isMfaRequired":true,"color":{},"branding":{},"customCss":null,"#
        + #""createdAt":1790000000000}"#

    private let user = UserID("u1")
    private let there = OrganizationID("o1")

    @Test func `a call carries the token, and a body of ours as JSON`() async throws {
        let tenant = try TestTenant { _ in ScriptedServer.json(201, Self.organization) }
        let made = try await tenant.management.createOrganization(
            name: "Acme \"1\"", description: "…", customData: ["gatehouse": ["v": 1]])
        #expect(made.id == there)
        #expect(made.isMFARequired)
        #expect(made.customData == ["a": ["b": [1]]])
        #expect(made.createdAt == UnixTime(milliseconds: 1_790_000_000_000))
        let request = try #require(tenant.calls.first)
        #expect(request.method == "POST" && request.target == "/api/organizations")
        #expect(request.headers["authorization"] == "Bearer machine-1")
        #expect(request.headers["content-type"] == "application/json")
        #expect(
            request.bodyText
                == #"{"name":"Acme \"1\"","description":"…","customData":{"gatehouse":{"v":1}}}"#)
        await tenant.stop()
    }

    /// Answers, what a reading call makes of them, and what a writing one does.
    static let rows: [(steps: [ScriptedServer.Step], read: LogtoFailure, write: LogtoFailure)] = {
        func both(_ failure: LogtoFailure) -> (LogtoFailure, LogtoFailure) { (failure, failure) }
        func row(
            _ steps: [ScriptedServer.Step], _ failures: (LogtoFailure, LogtoFailure)
        ) -> ([ScriptedServer.Step], LogtoFailure, LogtoFailure) {
            (steps, failures.0, failures.1)
        }
        func error(_ status: Int, _ code: String) -> [ScriptedServer.Step] {
            ScriptedServer.json(
                status, #"{"code":"\#(code)","message":"m","data":{"payload":"hidden"}}"#)
        }
        let html = ScriptedServer.answer(200, ["Content-Type": "text/html"], "<html>")
        return [
            row(error(401, "auth.unauthorized"), both(.unauthorized)),
            row(error(403, "auth.forbidden"), both(.forbidden)),
            row(
                error(403, "subscription.limit_exceeded"),
                both(.quotaExceeded(code: "subscription.limit_exceeded"))),
            row(
                error(403, "system_limit.limit_exceeded"),
                both(.quotaExceeded(code: "system_limit.limit_exceeded"))),
            row(error(403, "other"), both(.refused(status: 403, code: "other"))),
            row(
                error(422, "entity.relation_foreign_key_not_found"),
                both(.unprocessable(code: LogtoCode.relationNotFound))),
            row(ScriptedServer.answer(422, [:], "x"), both(.refused(status: 422, code: nil))),
            row(
                error(400, "guard.invalid_input"),
                both(.refused(status: 400, code: "guard.invalid_input"))),
            row(error(400, "bad\\ncode"), both(.refused(status: 400, code: nil))),
            // L29: a wrong path or a body over 1 MiB.
            row(
                ScriptedServer.answer(404, ["Content-Type": "text/plain"], "Not Found"),
                both(.refused(status: 404, code: nil))),
            row(
                error(404, "entity.not_exists"),
                both(.refused(status: 404, code: "entity.not_exists"))),
            row(
                ScriptedServer.answer(405, [:], "Method Not Allowed"),
                both(.refused(status: 405, code: nil))),
            row(
                ScriptedServer.answer(302, ["Location": "/x"]),
                both(.refused(status: 302, code: nil))),
            row(
                ScriptedServer.answer(429, ["Retry-After": "12"]),
                both(.throttled(retryAfter: .seconds(12)))),
            row(ScriptedServer.answer(429), both(.throttled(retryAfter: nil))),
            row(
                ScriptedServer.answer(429, ["Retry-After": "99999999999"]),
                both(.throttled(retryAfter: nil))),
            // L30: a 500 can follow a committed write.
            row(
                ScriptedServer.json(500, #"{"message":"Internal server error."}"#),
                (.unavailable(reason: "status-500"), .unknownOutcome(reason: "status-500"))),
            row(
                ScriptedServer.answer(503),
                (.unavailable(reason: "status-503"), .unknownOutcome(reason: "status-503"))),
            row(
                [.close],
                (
                    .unavailable(reason: "call-interrupted"),
                    .unknownOutcome(reason: "call-interrupted")
                )),
            row(
                html,
                (
                    .malformedAnswer("media type text/html"),
                    .unknownOutcome(reason: "answer-malformed")
                )
            ),
            row(
                ScriptedServer.answer(299),
                (
                    .malformedAnswer("status 299 instead of 200"),
                    .unknownOutcome(reason: "answer-malformed")
                )),
        ]
    }()

    @Test(arguments: rows.indices)
    func `AV-05 every answer has its failure, and no call but a 401 is repeated`(
        _ index: Int
    ) async throws {
        let (steps, read, write) = Self.rows[index]
        let tenant = try TestTenant { _ in steps }
        #expect(await tenant.failure { try await $0.organization(there) } == read)
        let isRefused = read == .unauthorized
        // A reading call that meets a close on a used connection is sent again by libcurl.
        let mayRepeat = read == .unavailable(reason: "call-interrupted")
        #expect(tenant.calls.count == (isRefused || mayRepeat ? 2 : 1))
        #expect(tenant.tokenCalls.count == (isRefused ? 2 : 1))
        let before = tenant.calls.count
        #expect(await tenant.failure { try await $0.createOrganization(name: "A") } == write)
        #expect(tenant.calls.count - before == (isRefused ? 2 : 1))
        #expect(write.mayHaveHappened == (tenant.page.contains("outcome-unknown")))
        // L34: what Logto says about a token stays out of the log, and so do tokens and secrets.
        for line in tenant.lines.all {
            #expect(
                !line.contains("hidden") && !line.contains("machine-") && !line.contains("cret"))
        }
        await tenant.stop()
    }

    @Test func `a deadline that passes is an unknown outcome of a write alone`() async throws {
        let tenant = try TestTenant(deadline: .milliseconds(100)) { _ in [.hang] }
        #expect(
            await tenant.failure { try await $0.organization(there) }
                == .unavailable(reason: "call-timed-out"))
        #expect(
            await tenant.failure { try await $0.deleteOrganization(there) }
                == .unknownOutcome(reason: "call-timed-out"))
        await tenant.stop()
    }

    @Test func `a write that was never sent changed nothing`() async throws {
        let tenant = try TestTenant()
        _ = try await tenant.tokens.token()
        tenant.server.stop()
        #expect(
            await tenant.failure { try await $0.createOrganization(name: "A") }
                == .unavailable(reason: "peer-unreachable"))
        await tenant.stop()
    }

    @Test func `a 401 is answered by a new token and one more try`() async throws {
        let tenant = try TestTenant { request in
            request.headers["authorization"] == "Bearer machine-2"
                ? ScriptedServer.json(201, Self.organization)
                : ScriptedServer.json(401, #"{"code":"auth.unauthorized"}"#)
        }
        #expect(await tenant.failure { try await $0.createOrganization(name: "A") } == nil)
        #expect(tenant.calls.count == 2)
        #expect(await tenant.failure { try await $0.createOrganization(name: "A") } == nil)
        #expect(tenant.calls.count == 3 && tenant.tokenCalls.count == 2)
        await tenant.stop()
    }

    @Test(arguments: [
        ("entity.not_exists_with_id", true), ("entity.not_found", false), ("x", false),
    ])
    func `only the code of the call says that an organization is not there`(
        _ code: String, _ isAbsent: Bool
    ) async throws {
        let tenant = try TestTenant { _ in ScriptedServer.json(404, #"{"code":"\#(code)"}"#) }
        let failure = await tenant.failure { try await $0.organization(there) }
        #expect(
            failure == (isAbsent ? .notFound(code: code) : .refused(status: 404, code: code)))
        await tenant.stop()
    }

    @Test(arguments: [
        "", "o1/../o2", "o1?x", "o1#", "u1/roles", "..", "o1%2Fx", "ö", "a b", "a\u{0}", "a\r\nb",
        String(repeating: "a", count: 65),
    ])
    func `AZ-09 an id that would change the path is not sent`(_ id: String) async throws {
        let tenant = try TestTenant { _ in ScriptedServer.json(200, "[]") }
        let (organization, user) = (OrganizationID(id), UserID(id))
        let failures = [
            await tenant.failure { try await $0.organization(organization) },
            await tenant.failure { try await $0.deleteOrganization(organization) },
            await tenant.failure { try await $0.members(of: organization) },
            await tenant.failure { try await $0.memberRoles(of: user, in: there) },
            await tenant.failure { try await $0.memberRoles(of: self.user, in: organization) },
            await tenant.failure { try await $0.addUsers(NonEmpty(user), to: there) },
            await tenant.failure { try await $0.addUsers(NonEmpty(self.user), to: organization) },
            await tenant.failure {
                try await $0.assignRoles(NonEmpty("r"), to: user, in: organization)
            },
            await tenant.failure { try await $0.organizations(of: user) },
            await tenant.failure { try await $0.user(user) },
        ]
        for failure in failures { #expect(failure?.code == "argument-invalid") }
        #expect(tenant.server.requests.isEmpty)
        await tenant.stop()
    }

    @Test(arguments: ["", "a\u{0}b", String(repeating: "a", count: 129)])
    func `texts that Logto would stumble over are not sent`(_ text: String) async throws {
        let tenant = try TestTenant { _ in ScriptedServer.json(200, "[]") }
        #expect(
            await tenant.failure { try await $0.createOrganization(name: text) }?.code
                == "argument-invalid")
        #expect(
            await tenant.failure {
                try await $0.assignRoles(NonEmpty(ExactText(text)), to: user, in: there)
            }?.code == "argument-invalid")
        #expect(tenant.server.requests.isEmpty)
        await tenant.stop()
    }

    @Test func `a search text is one value, whatever it holds`() async throws {
        let tenant = try TestTenant { _ in ScriptedServer.json(200, "[]", ["Total-Number": "0"]) }
        _ = try await tenant.management.organizations(
            matching: "a&page=9+é%", page: 2, pageSize: 500)
        #expect(
            tenant.calls.first?.target
                == "/api/organizations?q=a%26page%3D9%2B%C3%A9%25&page=2&page_size=100")
        await tenant.stop()
    }

    @Test func `an empty list of roles cannot be said`() {
        #expect(NonEmpty([ExactText]()) == nil)
        #expect(NonEmpty([ExactText("a")]) == NonEmpty("a"))
    }

    @Test(arguments: ["", "x", "-1", "1e3"])
    func `a list without its number is malformed`(_ total: String) async throws {
        let tenant = try TestTenant { _ in
            ScriptedServer.json(200, "[]", total.isEmpty ? [:] : ["Total-Number": total])
        }
        #expect(
            await tenant.failure { try await $0.members(of: there) }
                == .malformedAnswer("no Total-Number"))
        await tenant.stop()
    }

    @Test func `a user is only what may be shown`() async throws {
        let tenant = try TestTenant { _ in
            ScriptedServer.json(
                200,
                #"{"id":"u1","username":null,"primaryEmail":"a@b.example","primaryPhone":"1","#
                    + #""name":"Ana","avatar":null,"customData":{"x":1},"identities":{"g":{}},"#
                    + #""isSuspended":true,"hasPassword":true}"#)
        }
        let user = try await tenant.management.user(user)
        #expect(user.name == "Ana" && user.primaryEmail == "a@b.example" && user.isSuspended)
        #expect(!"\(user)".contains("identities"))
        await tenant.stop()
    }

    @Test(arguments: [
        "[]", "null", "{}", #"{"id":"","name":"n","customData":{},"createdAt":1}"#,
        #"{"id":1,"name":"n","customData":{},"createdAt":1}"#,
        #"{"id":"o","name":"n","customData":[],"createdAt":1}"#,
        #"{"id":"o","name":"n","customData":{}}"#,
        #"{"id":"o","name":"n","description":1,"customData":{},"createdAt":1}"#,
        #"{"id":"o","id":"p","name":"n","customData":{},"createdAt":1}"#,
    ])
    func `an answer that lacks what it must have is malformed`(_ body: String) async throws {
        let tenant = try TestTenant { request in
            ScriptedServer.json(request.method == "GET" ? 200 : 201, body)
        }
        #expect(
            await tenant.failure { try await $0.organization(there) }?.code == "answer-malformed")
        #expect(
            await tenant.failure { try await $0.createOrganization(name: "n") }
                == .unknownOutcome(reason: "answer-malformed"))
        await tenant.stop()
    }
}
