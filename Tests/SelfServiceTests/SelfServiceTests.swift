import Documents
import PolicyEngine
import SelfService
import Testing
import Values

@Suite struct SelfServiceTests {
    @Test func `an action that no rule mentions does not exist`() async throws {
        let bench = try Bench(policy: { _, _ in .notOffered })
        #expect(await bench.create(raw: [0xFF]).status == 404)
        #expect(await bench.list("nonsense").status == 404)
        #expect(await bench.create(as: Bench.person(kind: .machine)).code == "not-found")
        #expect(bench.directory.calls.isEmpty)
    }

    @Test func `AZ-08 who may not is refused before anything is asked of Logto`() async throws {
        let bench = try Bench(policy: { _, _ in .denied })
        let create = await bench.create()
        #expect(create.status == 403)
        #expect(create.code == "creation-not-allowed")
        let list = await bench.list()
        #expect(list.status == 403)
        #expect(list.code == "not-permitted")
        #expect(bench.directory.calls.isEmpty)
        #expect(try await bench.openCreations().isEmpty)
    }

    @Test func `the rules are asked about this action and this caller`() async throws {
        let bench = try Bench(policy: { action, principal in
            action == .listOrganizations && principal.id == UserID("ana") ? .allowed : .denied
        })
        #expect(await bench.list().status == 200)
        #expect(await bench.list(as: Bench.person("ben")).status == 403)
        #expect(await bench.create().status == 403)
    }

    @Test func `a machine does not create organizations`() async throws {
        let bench = try Bench()
        let answer = await bench.create(as: Bench.person(kind: .machine))
        #expect(answer.status == 403)
        #expect(answer.code == "creation-not-allowed")
        #expect(bench.directory.calls.isEmpty)
    }

    @Test(arguments: [
        Bench.person(organization: "org9", audience: nil), Bench.person(organization: "org9"),
        Bench.person(audience: nil),
    ])
    func `a token that names an organization is no account token`(
        _ person: PrincipalFacts
    ) async throws {
        let bench = try Bench()
        for answer in [await bench.create(as: person), await bench.list(as: person)] {
            #expect(answer.status == 403)
            #expect(answer.code == "account-token-required")
        }
        #expect(bench.directory.calls.isEmpty)
    }

    @Test(arguments: [
        ("missing", "creator-role-missing"), ("robot", "creator-role-for-machines"),
        ("root", "creator-role-opens-management-api"), ("Owner", "creator-role-missing"),
    ])
    func `M14 a creator role that is not there, or that nobody may have, degrades`(
        _ role: String, _ reason: String
    ) async throws {
        let bench = try Bench(creatorRole: role)
        await bench.service.check()
        #expect(bench.service.degradation == reason)
        for answer in [await bench.create(), await bench.list()] {
            #expect(answer.status == 503)
            #expect(answer.code == "self-service-degraded")
            #expect(answer.result.headers["Retry-After"] != nil)
            #expect(!answer.text.contains(role))
        }
        #expect(bench.directory.calls == [.template])
        #expect(bench.log.text.contains(reason))
    }

    @Test func `refused credentials degrade, and the next look heals`() async throws {
        let bench = try Bench()
        bench.directory.fail(.template, .before(.credentialsRefused))
        #expect(await bench.create().code == "self-service-degraded")
        #expect(bench.service.degradation == "credentials-refused")
        await bench.service.check()
        #expect(bench.service.degradation == nil)
        #expect(await bench.create().status == 201)
        bench.directory.fail(.listMine, .before(.credentialsRefused))
        #expect(await bench.list().status == 503)
        #expect(bench.service.degradation == "credentials-refused")
    }

    @Test func `while Logto was never reached nothing is created`() async throws {
        let bench = try Bench()
        bench.directory.failAlways(.template, .before(.notSent))
        let answer = await bench.create()
        #expect(answer.status == 503)
        #expect(answer.code == "upstream-unavailable")
        #expect(bench.directory.calls == [.template])
    }

    @Test func `X10 what Logto writes reaches no answer and no log`() async throws {
        let canary = "eyJhbGciOiJFUzM4NCJ9.canary"
        for call in FakeDirectory.Call.allCases {
            let bench = try Bench()
            bench.directory.failAlways(call, .before(.refused(code: canary)))
            if call != .add, call != .create {
                bench.directory.failAlways(.assign, .before(.quotaExceeded))
            }
            let answers = [await bench.create(key: "k1"), await bench.list()]
            await bench.round()
            #expect(!bench.log.text.contains("canary"), "\(call)")
            for answer in answers {
                #expect(!answer.text.contains("canary"))
                #expect(answer.result.headers.fields.allSatisfy { !$0.value.contains("canary") })
            }
        }
    }

    @Test func `a problem is complete`() async throws {
        let bench = try Bench()
        let answer = await bench.create(["name": ""])
        #expect(
            answer.body == [
                "type": "https://gatehouse.dev/problems/body-invalid",
                "title": "The body is not acceptable", "status": 422, "code": "body-invalid",
                "detail": "Correct the members named in `errors`.", "instance": "/organizations",
                "request_id": "r1",
                "errors": [
                    [
                        "pointer": "/name", "code": "name-empty",
                        "detail": "The name has no visible character.",
                    ]
                ],
            ]
        )
        #expect(answer.result.problem == .bodyInvalid)
        #expect(answer.result.headers["Cache-Control"] == "no-store")
    }

    @Test(arguments: ProblemCode.allCases)
    func `every code has words and a status of the vocabulary`(_ code: ProblemCode) {
        #expect([400, 403, 404, 409, 413, 415, 422, 502, 503].contains(code.status))
        #expect(!code.title.isEmpty && !code.detail.isEmpty)
        #expect(code.rawValue.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) })
    }

    @Test func `too many requests of one person at once are turned away`() async throws {
        let bench = try Bench()
        bench.directory.fail(.add, .hangs)
        let codes = await withTaskGroup(of: Answer.self) { group in
            group.addTask { await bench.create(["name": "first"], key: "k") }
            await bench.directory.untilHanging()
            for index in 0..<17 {
                group.addTask { await bench.create(["name": "next"], key: "k\(index)") }
            }
            // The queue holds sixteen: one of the seventeen comes back while the first hangs.
            let first = await group.next()
            #expect(first?.code == "overloaded")
            bench.directory.release()
            return await group.reduce(into: [Int]()) { $0.append($1.status) }
        }
        #expect(codes == Array(repeating: 201, count: 17))
        #expect(await bench.create(as: Bench.person("ben")).status == 201)
    }
}
